"""The tests that need a GPU: as they are, and under compute-sanitizer."""

import re

from context import Failed, last_line


def counts(text):
    """passed, failed, skipped of the last line of segtests; None where it did not get that far."""
    found = re.findall(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", text, re.M)
    return tuple(int(n) for n in found[-1]) if found else None


def complaint(result):
    """Why a run of segtests is no success, or None."""
    found = counts(result.text)
    if result.code == 124 or not found:
        return f"segtests did not finish: {last_line(result.text)}"
    if found[0] == 0 or found[1] or found[2] or result.code != 0:
        return "%d passed, %d failed, %d skipped" % found
    return None


def check(c):
    """segtests [cuda], where a skipped test counts as failed"""
    result = c.run(c.program("segtests", "[cuda]"), SEG_REQUIRE_GPU="1")
    if c.dry:
        return
    for line in result.text.splitlines():
        if line.startswith("SKIPPED"):
            c.note(line)
    reason = complaint(result)
    if reason:
        raise Failed(reason)
    c.figure = "%d passed, %d failed, %d skipped" % counts(result.text)


def sanitize(c):
    """compute-sanitizer's memcheck and racecheck over segtests [cuda][kernel]"""
    sanitizer = c.tool("compute-sanitizer")
    if not sanitizer:
        raise Failed("compute-sanitizer was not found: put CUDA's bin folder on the PATH")
    results = {}
    for tool in ("memcheck", "racecheck"):
        command = [
            sanitizer,
            "--tool",
            tool,
            "--error-exitcode",
            "9",
            "--target-processes",
            "all",
            "--print-limit",
            "5",
            *c.program("segtests", "[cuda][kernel]"),
        ]
        results[tool] = c.run(command, SEG_REQUIRE_GPU="1")
    if c.dry:
        return
    reasons, figures = [], []
    for tool, result in results.items():
        summaries = re.findall(r"(?:ERROR|RACECHECK) SUMMARY: (.*)", result.text)
        reason = complaint(result)
        if result.code == 9:
            reason = summaries[-1] if summaries else "errors"
        if reason:
            reasons.append(f"{tool}: {reason}")
        else:
            figures.append(
                f"{tool}: {summaries[-1] if summaries else 'clean'}, {counts(result.text)[0]} tests"
            )
    c.figure = "; ".join(figures)
    if reasons:
        raise Failed("; ".join(reasons))
