#!/usr/bin/env python3
"""Kills, starves and disturbs real runs, and counts what they lost.

  torture.py build/bin                # 200 kills, then disks, memory, second processes, bad files
  torture.py build/bin --kills 20 --only kills

Every run must come to the same end as one that nobody disturbed: weights, optimiser, metrics and
table, byte by byte. Exits with 1 if anything was lost.
"""

import argparse
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from run_under_test import Failure, Folder, end_of, progress_of


def check(condition, text):
    if not condition:
        raise Failure(text)


def kill_at_random(folder, kills, draw):
    """A run is killed again and again until it is through, then another, until `kills` is reached.
    Returns how many runs came to their end."""
    done, ended, reached = 0, 0, -1
    folder.forget_cache()
    while done < kills:
        process = folder.start()
        sent = draw.choices([signal.SIGKILL, signal.SIGTERM, signal.SIGINT], [8, 1, 1])[0]
        try:
            process.wait(draw.uniform(0.1, folder.seconds * 0.4))
        except subprocess.TimeoutExpired:
            process.send_signal(sent)
            done += 1
        code = process.wait()
        expected = {0, 130, -sent}
        check(code in expected, f"kill {done}: exit code {code}\n{folder.output()}")
        if code == 0:
            check(end_of(folder.run) == folder.end, f"after {done} kills the run ended otherwise")
            ended, reached = ended + 1, -1
            shutil.rmtree(folder.run)
            folder.forget_cache()
            continue
        step = progress_of(folder.run)
        check(step >= reached, f"kill {done}: went back from step {reached} to {step}")
        reached = step
    folder.finish()
    return ended + 1


def kills(folder, count, draw):
    ended = kill_at_random(folder, count, draw)
    return f"{count} kills, {ended} runs came to the same end"


def refused_once(folder, **limits):
    """A run that cannot go on: exit code 1, one sentence, and its end when it can again."""
    process = folder.start(**limits)
    code = process.wait()
    lines = [line for line in folder.output().splitlines() if line.startswith("error: ")]
    check(code in (0, 1), f"{limits}: exit code {code}\n{folder.output()}")
    check(code == 0 or len(lines) == 1, f"{limits}: {len(lines)} sentences\n{folder.output()}")
    return code


def short_files(folder, _count, draw):
    """No file may grow beyond a limit (EFBIG)."""
    refused = 0
    largest = max(f.stat().st_size for f in folder.whole.rglob("*") if f.is_file())
    limits = [draw.randrange(1, largest + 4096) for _ in range(12)]
    for limit in limits:
        folder.forget()
        refused += refused_once(folder, file_bytes=limit)
        folder.finish()
    return f"{len(limits)} limits of a file's length, {refused} refused"


def full_disks(folder, _count, draw):
    """The run's folder lies on a disk that fills (a small tmpfs, which needs root)."""
    disk = folder.place / "disk"
    disk.mkdir()
    size = sum(f.stat().st_size for f in folder.whole.rglob("*") if f.is_file())
    refused, tries = 0, 12
    for _ in range(tries):
        kib = max(16, int(size * draw.uniform(0.05, 1.2)) // 1024)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "none", str(disk)]
        if subprocess.run(mount, capture_output=True).returncode != 0:
            return "skipped: no right to mount a tmpfs"
        try:
            other = folder.with_run(disk / "run")
            refused += refused_once(other)
            subprocess.run(["mount", "-o", "remount,size=1g", str(disk)], check=True)
            other.finish()
        finally:
            subprocess.run(["umount", str(disk)], check=True)
    return f"{tries} small disks, {refused} filled"


def little_memory(folder, _count, draw):
    """Less address space than the program needs: it may end as it likes, but loses nothing."""
    ended = []
    for gib in (0.5, 1, 2, 3, 4, 5, 6):
        folder.forget()
        process = folder.start(address_bytes=int(gib * 2**30))
        ended.append(process.wait())
        folder.finish()
    return f"limits of memory: exit codes {ended}"


def two_processes(folder, _count, draw):
    """Two on one folder at once: one works, the other is told so or finds the work done."""
    refused, tries = 0, 10
    for _ in range(tries):
        folder.forget()
        first = folder.start()
        time.sleep(draw.uniform(0, 1.5 * folder.start_seconds))
        second = folder.start(log="second.txt")
        codes = [first.wait(), second.wait()]
        texts = folder.output() + folder.output("second.txt")
        check(0 in codes, f"two at once: exit codes {codes}\n{texts}")
        refused += codes.count(1)
        check(codes.count(1) == texts.count("is at work here"), f"two at once: {codes}\n{texts}")
        check(end_of(folder.run) == folder.end, "two at once: the run ended otherwise")
    return f"{tries} pairs at once, {refused} refused"


def bad_files(folder, _count, draw):
    """Each file of a run half-way is replaced by nonsense, by half of it, or removed."""
    folder.forget()
    process = folder.start(stop_at="step:7:15")
    check(process.wait() == 130, "the run was to stop half-way")
    kept = folder.place / "kept"
    shutil.copytree(folder.run, kept, symlinks=True)
    codes, tries = {}, 0
    for file in sorted(f.relative_to(kept) for f in kept.rglob("*") if f.is_file()):
        if file.name in ("log.txt", "metrics.csv"):
            continue
        for what in ("nonsense", "half", "gone", "empty"):
            shutil.rmtree(folder.run)
            shutil.copytree(kept, folder.run, symlinks=True)
            victim = folder.run / file
            content = victim.read_bytes()
            victim.unlink()
            if what != "gone":
                half = content[: len(content) // 2]
                victim.write_bytes({"nonsense": b"\x00\xff{]", "half": half, "empty": b""}[what])
            code = folder.start().wait()
            tries += 1
            codes[code] = codes.get(code, 0) + 1
            check(code in (0, 1, 2, 3), f"{file} {what}: exit code {code}\n{folder.output()}")
            errors = folder.output().count("error: ")
            check(code == 0 or errors == 1, f"{file} {what}: {errors} errors\n{folder.output()}")
            if code == 0:
                check(end_of(folder.run) == folder.end, f"{file} {what}: ended otherwise")
    shutil.rmtree(kept)
    return f"{tries} bad files, by exit code {codes}"


TRIALS = (kills, short_files, full_disks, little_memory, two_processes, bad_files)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=Path, help="where segtrain and segphantom are")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", choices=[t.__name__ for t in TRIALS])
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    draw = random.Random(options.seed)
    print(f"torture: seed {options.seed}", flush=True)
    lost = 0
    with tempfile.TemporaryDirectory(prefix="segtorture-") as place:
        folder = Folder(options.programs.resolve(), Path(place))
        print(f"torture: an undisturbed run takes {folder.seconds:.1f} s", flush=True)
        for trial in TRIALS:
            if options.only not in (None, trial.__name__):
                continue
            begun = time.time()
            try:
                text = trial(folder, options.kills, draw)
            except Failure as failure:
                lost += 1
                text = f"LOST: {failure}"
            print(f"{trial.__name__}: {text} ({time.time() - begun:.0f} s)", flush=True)
    print(f"lost: {lost}")
    return 1 if lost else 0


if __name__ == "__main__":
    os.environ.pop("SEG_STOP_AT", None)
    sys.exit(main())
