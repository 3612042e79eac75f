#!/usr/bin/env python3
"""Checks and times everything about the GPU, from a bundle (make bundle CUDA=1).

  gpu-check                      all parts, under 9 minutes; a table last, gpu-check.json beside it
  gpu-check --only tests,timings
  gpu-check --dry-run            prints the commands

Needs a GPU, python3 with torch 2.11, which brings LibTorch, CUDA's compute-sanitizer, and ncu where
it is installed. Each part runs in a process of its own with its own time limit. Exit code 0: every
part passed.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import device  # noqa: E402
import profile_kernels  # noqa: E402
import run_tests  # noqa: E402
import timings  # noqa: E402
import training  # noqa: E402
from context import Context, Failed, NotRun  # noqa: E402

# By importance: what it does, its limit in seconds, and the least it needs.
PARTS = {
    "device": (device.check, 40, 10),
    "tests": (run_tests.check, 130, 30),
    "sanitizer": (run_tests.sanitize, 110, 30),
    "training": (training.check, 90, 60),
    "timings": (timings.check, 350, 60),
    "ncu": (profile_kernels.check, 40, 20),
}


def parsed():
    parser = argparse.ArgumentParser(
        prog="gpu-check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", metavar="NAME,...", help="these parts only")
    parser.add_argument("--list", action="store_true", help="names the parts with their limits")
    parser.add_argument("--dry-run", action="store_true", help="prints the commands, runs none")
    parser.add_argument("--minutes", type=float, default=9, help="for all parts together")
    parser.add_argument(
        "--long",
        action="store_true",
        help="the whole grid of training steps, without limits of parts or of --minutes",
    )
    parser.add_argument("--json", metavar="FILE", type=Path, default=Path("gpu-check.json"))
    parser.add_argument(
        "--rehearse",
        action="store_true",
        help="training and timings tiny and on the CPU: tries the check, proves nothing",
    )
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=1e9, help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.chosen = args.only.split(",") if args.only else list(PARTS)
    unknown = [name for name in args.chosen if name not in PARTS]
    if unknown:
        parser.error(f"--only {','.join(unknown)}: the parts are {', '.join(PARTS)}")
    return args


def context_of(args, work, seconds):
    return Context(
        Path(__file__).resolve().parent.parent,
        work,
        time.monotonic() + seconds,
        dry=args.dry_run,
        long=args.long,
        rehearse=args.rehearse,
    )


def run_here(args):
    """The part itself, in its own process: writes WORK/PART.json."""
    c = context_of(args, args.work, args.seconds)
    status, reason = "PASS", ""
    try:
        PARTS[args.part][0](c)
    except Failed as error:
        status, reason = "FAIL", str(error)
    except NotRun as error:
        status, reason = "NOT RUN", str(error)
    outcome = {
        "status": status,
        "reason": reason,
        "figure": c.figure,
        "lines": c.lines,
        "details": c.details,
        "required": status != "NOT RUN",
    }
    (args.work / f"{args.part}.json").write_text(json.dumps(outcome))


def stop(process):
    """Ends the part's process and all that it started: they are one session."""
    for kill in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, kill)
        except ProcessLookupError:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)


def run_part(name, args, work, limit):
    command = [
        sys.executable,
        "-B",
        __file__,
        "--part",
        name,
        "--work",
        str(work),
        "--seconds",
        str(limit - 3),
    ]
    command += [flag for flag, on in (("--long", args.long), ("--rehearse", args.rehearse)) if on]
    log = work / f"{name}.log"
    with open(log, "wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            process.wait(limit)
            reason = "it broke down: see its log above"
        except subprocess.TimeoutExpired:
            reason = f"not done after {limit:.0f} s"
        finally:
            stop(process)
    written = work / f"{name}.json"
    if written.exists():
        outcome = json.loads(written.read_text())
    else:
        outcome = {
            "status": "FAIL",
            "reason": reason,
            "figure": "",
            "lines": [],
            "details": {},
            "required": True,
        }
    outcome["log"] = log.read_text(errors="replace")[-6000:]
    return outcome


def report(name, outcome):
    """What a part found, before the table."""
    for line in outcome["lines"]:
        print(f"  {line}")
    if outcome["status"] == "FAIL":
        for line in outcome["log"].splitlines()[-15:]:
            print(f"  | {line[:160]}")
    sys.stdout.flush()


def run_all(args, work):
    outcomes, begun = {}, time.monotonic()
    for n, name in enumerate(args.chosen):
        _, limit, least = PARTS[name]
        left = args.minutes * 60 - (time.monotonic() - begun)
        rest = args.chosen[n + 1 :]
        later = sum(PARTS[other][2] for other in rest)  # what the rest needs at least
        if args.long:
            limit = left = 3600 + later
        started = time.monotonic()
        if left < least:
            outcomes[name] = {
                "status": "NOT RUN",
                "reason": f"{left:.0f} s of --minutes were left, it needs {least}",
                "figure": "",
                "lines": [],
                "details": {},
                "required": True,
                "log": "",
            }
        else:
            limit = min(limit, max(least, left - later))
            print(f"{name}: up to {limit:.0f} s", flush=True)
            outcomes[name] = run_part(name, args, work, limit)
        outcomes[name]["seconds"] = round(time.monotonic() - started, 1)
        report(name, outcomes[name])
    return outcomes


def table(outcomes, rehearsal):
    rows = [f"{'part':<10} {'result':<8} {'seconds':>7}  figure"]
    for name, o in outcomes.items():
        text = "; ".join(t for t in (o["reason"], o["figure"]) if t)
        rows.append(f"{name:<10} {o['status']:<8} {o['seconds']:>7.1f}  {text}")
    bad = [name for name, o in outcomes.items() if failed(o)]
    seconds = sum(o["seconds"] for o in outcomes.values())
    verdict = f"FAILED: {', '.join(bad)}" if bad else "every part passed"
    if rehearsal:
        verdict = f"only a rehearsal on the CPU, which proves nothing; {verdict}"
    skipped = [
        name for name, o in outcomes.items() if o["status"] == "NOT RUN" and not o["required"]
    ]
    note = f" (not run: {', '.join(skipped)})" if skipped else ""
    return rows + [f"gpu-check: {verdict}{note}, {seconds:.0f} s"]


def failed(outcome):
    """A part left out for want of time counts as failed; one that lacks its tool does not."""
    return outcome["status"] == "FAIL" or (outcome["status"] == "NOT RUN" and outcome["required"])


def main():
    args = parsed()
    if args.part:
        return run_here(args)
    if args.list:
        for name, (work, limit, _) in PARTS.items():
            print(f"{name:<10} {limit:>4} s  {work.__doc__.splitlines()[0]}")
        return 0
    if args.dry_run:
        for name in args.chosen:
            print(f"{name}:")
            PARTS[name][0](context_of(args, Path("WORK"), 1e9))
        return 0
    work = Path(tempfile.mkdtemp(prefix="gpu-check-"))
    try:
        outcomes = run_all(args, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    passed = not any(failed(o) for o in outcomes.values())
    args.json.write_text(
        json.dumps({"passed": passed, "rehearsal": args.rehearse, "parts": outcomes}, indent=1)
    )
    print("\n".join(table(outcomes, args.rehearse)))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
