"""Nsight Compute on our kernels: bytes moved, time, share of the memory's speed, issue activity."""

import csv
import re

from context import Failed, NotRun, last_line

METRICS = {
    "gpu__time_duration.sum": "ns",
    "dram__bytes.sum": "bytes",
    "dram__throughput.avg.pct_of_peak_sustained_elapsed": "bandwidth",
    "smsp__issue_active.avg.pct_of_peak_sustained_active": "issue",
    "smsp__inst_executed.sum": "instructions",
}


def short(kernel):
    """forward_kernel<float, 16> of void seg::<unnamed>::forward_kernel<float, (int)16>(...)."""
    kernel = re.sub(r"\((int|bool|unsigned int)\)", "", kernel)
    found = re.search(r"(\w+)\s*(<[^()]*>)?\s*\((?!anonymous)", kernel)
    return (found.group(1) + (found.group(2) or "")) if found else kernel


def launches(text):
    """One {kernel, metric: number} per launch, of ncu --csv --page raw."""
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith('"ID"')), None)
    if start is None:
        return []
    found = []
    for row in csv.DictReader(lines[start:]):
        if (row.get("ID") or "").isdigit():  # the row below the names holds the units
            numbers = {
                short_name: float((row.get(metric) or "nan").replace(",", ""))
                for metric, short_name in METRICS.items()
            }
            found.append({"kernel": short(row["Kernel Name"]), **numbers})
    return found


def fastest(found):
    """The fastest launch of each kernel, in the order of their first."""
    best = {}
    for launch in found:
        kept = best.get(launch["kernel"])
        if kept is None or launch["ns"] < kept["ns"]:
            best[launch["kernel"]] = launch
    return list(best.values())


def profiled(c, ncu, count, *arguments):
    command = [
        ncu,
        "--clock-control",
        "none",
        "--target-processes",
        "all",
        "--csv",
        "--page",
        "raw",
        "--print-units",
        "base",
        "--kernel-name-base",
        "demangled",
        "--kernel-name",
        "regex:seg::",
        "--launch-count",
        str(count),
        "--metrics",
        ",".join(METRICS),
        *c.program("segbench", "--device", "cuda", "--reps", 1, "--warmup", 1, *arguments),
    ]
    return c.run(command)


def check(c):
    """ncu on the kernels of loss, contour and networks; not run where ncu is missing"""
    ncu = c.tool("ncu")
    if not ncu:
        raise NotRun("ncu is not installed")
    # two calls of the loss with its contour; then, of a step, what comes before its loss
    runs = [
        profiled(c, ncu, 24, "loss", "--type", "bfloat16", "--channels-last"),
        profiled(c, ncu, 16, "step", "--precision", "bfloat16", "--size", 64, 256, 256),
    ]
    if c.dry:
        return
    if any("ERR_NVGPUCTRPERM" in run.text for run in runs):
        raise NotRun("this user may not read the GPU's counters (ERR_NVGPUCTRPERM)")
    found = fastest([launch for run in runs for launch in launches(run.text)])
    if not found:
        raise Failed(f"ncu measured no kernel: {last_line(runs[0].text)}")
    c.details["kernels"] = found
    for k in found:
        c.note(
            f"{k['kernel'][:44]:<44} {k['ns'] / 1e3:8.1f} us {k['bytes'] / 2**20:8.1f} MiB, "
            f"bandwidth {k['bandwidth']:.0f} %, issue {k['issue']:.0f} %, "
            f"{k['instructions'] / 1e6:.2f} M instructions"
        )
    slowest = max(found, key=lambda k: k["ns"])
    c.figure = (
        f"{len(found)} kernels, slowest {slowest['kernel'][:40]}: {slowest['ns'] / 1e3:.0f} us "
        f"at {slowest['bandwidth']:.0f} % of the memory's speed"
    )
