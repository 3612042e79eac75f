"""A small run of segtrain on phantoms, and what must be equal at its end."""

import copy
import json
import os
import resource
import shutil
import subprocess
import time

CONFIG = """
data: {{root: {place}/data, split: {{train: 4, validation: 1, test: 1}}, sampling: random}}
prep: {{cache: {place}/cache, spacing: [3, 3, 3]}}
model: {{base_channels: 4}}
training: {{patch: [16, 32, 32], epochs: 4, steps_per_epoch: 5, precision: float32, average: 0.9,
  checkpoint_minutes: 0.003}}
inference: {{overlap: 0}}
device: cpu
"""


class Failure(Exception):
    pass


def without_times(csv):
    """metrics.csv but for its seconds, the fifth column."""
    rows = [line.split(",") for line in csv.read_text().splitlines()]
    return "\n".join(",".join(row[:4] + row[5:]) for row in rows)


def end_of(run):
    """Everything that two runs to the same end have in common, byte by byte."""
    parts = [without_times(run / "metrics.csv").encode()]
    parts += [(run / name).read_bytes() for name in ("dsc.csv", "dsc.md", "split.json")]
    for link in ("last", "best"):
        checkpoint = run / "checkpoints" / link
        parts.append(os.readlink(checkpoint).encode())
        for name in ("weights", "trained", "optimiser"):
            parts.append((checkpoint / f"{name}.safetensors").read_bytes())
        parts.append((checkpoint / "task.json").read_bytes())
        state = json.loads((checkpoint / "state.json").read_text())
        for key in ("run", "seconds"):
            del state[key]
        for record in state["history"]:
            del record["seconds"]
        parts.append(json.dumps(state).encode())
    return parts


def header_of(file):
    with open(file, "rb") as f:
        header = json.loads(f.read(int.from_bytes(f.read(8), "little")))
        end = max([t["data_offsets"][1] for k, t in header.items() if k != "__metadata__"] + [0])
        if os.fstat(f.fileno()).st_size != f.tell() + end:
            raise Failure(f"{file} is not whole")


def progress_of(run):
    """The step of `last`; -1 where there is none. Whatever a killed process left must be whole."""
    for file in run.rglob("*"):
        if ".part-" in str(file) or not file.is_file():
            continue
        if file.suffix == ".json":
            json.loads(file.read_text())
        elif file.suffix == ".safetensors":
            header_of(file)
    last = run / "checkpoints" / "last"
    return json.loads((last / "state.json").read_text())["step"] if last.exists() else -1


class Folder:
    """Data, cache, and the folder of the run that is disturbed."""

    def __init__(self, programs, place):
        self.programs, self.place = programs, place
        self.run, self.whole = place / "run", place / "whole"
        self.config = place / "run.yaml"
        self.config.write_text(CONFIG.format(place=place))
        make = ["amos", "--cases", "6", "--seed", "3", "--size", "32", "48", "48"]
        subprocess.run(
            [programs / "segphantom", *make, "--out", place / "data"],
            check=True,
            capture_output=True,
        )
        begun = time.time()
        undisturbed = self.with_run(self.whole)
        if undisturbed.start().wait() != 0:
            raise SystemExit(f"an undisturbed run fails:\n{undisturbed.output()}")
        self.seconds = time.time() - begun
        self.end = end_of(self.whole)
        begun = time.time()
        subprocess.run([programs / "segtrain", "--help"], capture_output=True, check=True)
        self.start_seconds = time.time() - begun

    def with_run(self, run):
        other = copy.copy(self)
        other.run = run
        return other

    def forget(self):
        shutil.rmtree(self.run, ignore_errors=True)

    def forget_cache(self):
        shutil.rmtree(self.place / "cache", ignore_errors=True)

    def start(self, file_bytes=None, address_bytes=None, stop_at=None, log="log.txt"):
        def limit():
            if file_bytes:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
            if address_bytes:
                resource.setrlimit(resource.RLIMIT_AS, (address_bytes, address_bytes))

        environment = dict(os.environ, **({"SEG_STOP_AT": stop_at} if stop_at else {}))
        # Through a pipe: its own output must not meet the limit of a file's length.
        reader, writer = os.pipe()
        process = subprocess.Popen(
            [self.programs / "segtrain", "--config", self.config, "--output", self.run],
            stdout=writer,
            stderr=writer,
            preexec_fn=limit,
            env=environment,
        )
        os.close(writer)
        with open(self.place / log, "wb") as file:
            subprocess.Popen(["cat"], stdin=reader, stdout=file)
        os.close(reader)
        return process

    def output(self, log="log.txt"):
        time.sleep(0.1)  # the last lines may be on their way
        return (self.place / log).read_text(errors="replace")

    def finish(self):
        """The run goes on, undisturbed, to the end that every run has."""
        code = self.start().wait()
        if code != 0:
            raise Failure(f"the run does not go on: exit code {code}\n{self.output()}")
        if end_of(self.run) != self.end:
            raise Failure("the run ended otherwise")
