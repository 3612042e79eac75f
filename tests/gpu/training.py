"""A short training with augmentation and validation: does it learn, and is the GPU busy?"""

import csv
import os
import subprocess
import threading
import time
from statistics import mean

from context import Failed, last_line

FALLS_TO = 0.7  # the last epoch's loss, of the first one's
EPOCHS = 4


class Watch:
    """Runs a command and notes when its lines came; beside it nvidia-smi's utilisation."""

    def __init__(self, command, environment):
        self.lines, self.busy = [], []
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **environment},
        )
        try:
            self.sampler = subprocess.Popen(
                [
                    "nvidia-smi",
                    "-i",
                    "0",
                    "--query-gpu=utilization.gpu",
                    "--format=csv,noheader,nounits",
                    "-lms",
                    "200",
                ],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        except OSError:
            self.sampler = None
        for stream, into in ((self.process, self.lines), (self.sampler, self.busy)):
            if stream:
                threading.Thread(
                    target=self.follow, args=(stream.stdout, into), daemon=True
                ).start()

    @staticmethod
    def follow(stream, into):
        for line in stream:
            into.append((time.monotonic(), line.rstrip()))

    def wait(self, limit):
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = 124
        if self.sampler:
            self.sampler.kill()
        time.sleep(0.2)  # what is left in the pipes
        return code

    def when(self, words):
        """When each line that holds these words was printed."""
        return [t for t, line in self.lines if words in line]


def busy_share(samples, begin, end):
    """Mean utilisation in %, of the samples between two times; None without any."""
    inside = [float(text) for t, text in samples if begin <= t <= end and text.strip().isdigit()]
    return mean(inside) if inside else None


def arguments(c, data, run):
    # The paper's patches, on phantoms that hold one at this spacing; validated at the end.
    steps, spacing, patch = (
        (5, "[10, 8, 8]", "[32, 48, 48]") if c.rehearse else (150, "[4, 3, 3]", "[64, 256, 256]")
    )
    keys = {
        "data.root": data,
        "data.split": "{train: 6, validation: 1, test: 1}",
        "data.sampling": "random",
        "prep.cache": c.work / "cache",
        "prep.spacing": spacing,
        "training.patch": patch,
        "prep.crop.size": "[null, null, null]" if c.rehearse else "[null, 256, 256]",
        "training.steps_per_epoch": steps,
        "training.epochs": EPOCHS,
        "training.validate_every": EPOCHS,
        "training.learning_rate": "1e-3",
        "device": c.device(),
        "output": run,
    }
    listed = [part for key, value in keys.items() for part in ("--set", f"{key}={value}")]
    return ["--config", "amos_cwcd.yaml", *listed]


def judge(c, rows, steps):
    first, last = float(rows[0]["loss"]), float(rows[-1]["loss"])
    c.details["metrics"] = rows
    per_step = float(rows[1]["seconds"]) / steps
    c.figure = (
        f"loss {first:.3f} -> {last:.3f}, DSC {rows[-1]['mean_dsc'] or 'none'}, "
        f"{per_step * 1e3:.1f} ms a step, 900 steps in {900 * per_step:.0f} s"
    )
    if not rows[-1]["mean_dsc"]:
        raise Failed("the last epoch was not validated")
    if last >= FALLS_TO * first and not c.rehearse:
        raise Failed(f"the loss does not fall to {FALLS_TO} of the first epoch's")


def check(c):
    """segphantom, segtrain with augmentation and validation: the loss falls, a table, a busy GPU"""
    data, run = c.work / "data", c.work / "run"
    size = (48, 96, 96) if c.rehearse else (96, 256, 256)
    made = c.run(
        c.program("segphantom", "amos", "--cases", 8, "--seed", 1, "--size", *size, "--out", data)
    )
    command = c.program("segtrain", *arguments(c, data, run))
    if c.dry:
        c.run(command)
        return
    if made.code != 0:
        raise Failed(f"segphantom: {last_line(made.text)}")
    watch = Watch(command, {})
    code = watch.wait(c.left())
    text = "\n".join(line for _, line in watch.lines)
    print(text, flush=True)
    if code != 0:
        raise Failed(f"segtrain: exit code {code}: {last_line(text)}")
    with open(run / "metrics.csv") as metrics:
        rows = list(csv.DictReader(metrics))
    if len(rows) != EPOCHS:
        raise Failed(f"metrics.csv has {len(rows)} epochs, not {EPOCHS}")
    judge(c, rows, int(rows[0]["step"]))
    table = run / "dsc.md"
    if not table.exists() or "|" not in table.read_text():
        raise Failed("no table of DSC came out")
    # The second epoch: nothing but steps.
    begin, end = watch.when("epoch 1:"), watch.when("epoch 2/")
    busy = busy_share(watch.busy, begin[0] + 1, end[-1]) if begin and end else None
    c.details["busy_percent"] = busy
    c.figure += f", GPU busy {busy:.0f} %" if busy is not None else ", GPU busy unknown"
