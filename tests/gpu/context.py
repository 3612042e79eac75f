"""What the parts of gpu-check share: how they run a command and what they leave behind."""

import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path


class Failed(Exception):
    """The part failed; the text says why in one sentence."""


class NotRun(Exception):
    """The part cannot run here, for a reason that is no fault."""


@dataclass
class Result:
    code: int
    text: str  # both streams

    def json_lines(self):
        """segbench's figures and those of the peers."""
        return [json.loads(line) for line in self.text.splitlines() if line.startswith('{"')]


@dataclass
class Context:
    bundle: Path
    work: Path  # a temporary folder
    deadline: float  # by time.monotonic()
    dry: bool = False  # commands are printed, not run
    long: bool = False
    rehearse: bool = False  # tiny and on the CPU
    figure: str = ""  # the part's key figure, for the table
    lines: list = field(default_factory=list)  # its report
    details: dict = field(default_factory=dict)  # for the JSON

    def left(self):
        return self.deadline - time.monotonic()

    def device(self):
        """What the programs call the device."""
        return "cpu" if self.rehearse else "cuda"

    def program(self, name, *arguments):
        return [str(self.bundle / "run"), name, *(str(a) for a in arguments)]

    def note(self, line):
        self.lines.append(line)

    def run(self, command, limit=None, **environment):
        """Both streams go to the part's log too. A command that ran past the limit has code 124."""
        prefix = " ".join(f"{k}={v}" for k, v in environment.items())
        shown = f"{prefix} {shlex.join(command)}".strip()
        print(f"$ {shown}", flush=True)
        if self.dry:
            return Result(0, "")
        if self.left() < 1:
            return Result(124, "no time was left for it")
        limit = min(limit or 1e9, self.left())
        with tempfile.TemporaryFile() as out:  # a pipe lasts as long as any grandchild
            try:
                code = subprocess.run(
                    command,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    timeout=limit,
                    env={**os.environ, **environment},
                ).returncode
                why = ""
            except subprocess.TimeoutExpired:
                code, why = 124, f"\nnot done after {limit:.0f} s\n"
            except OSError as error:
                code, why = 127, f"{command[0]}: {error.strerror}\n"
            out.seek(0)
            result = Result(code, out.read().decode(errors="replace") + why)
        print(result.text, flush=True)
        return result

    def tool(self, name):
        """A tool of CUDA: on the PATH, where installers put it, or among Triton's; or None."""
        if self.dry:
            return name
        folders = [
            os.environ.get("CUDA_HOME", "") + "/bin",
            "/usr/local/cuda/bin",
            "/usr/local/cuda/compute-sanitizer",
            *map(str, Path("/opt/nvidia/nsight-compute").glob("*")),
        ]
        triton = importlib.util.find_spec("triton")  # it comes with torch and brings cuobjdump
        if triton and triton.origin:
            folders.append(str(Path(triton.origin).parent / "backends/nvidia/bin"))
        return shutil.which(name) or shutil.which(name, path=os.pathsep.join(folders))

    def python(self, *arguments):
        """The python3 whose torch the programs run with."""
        return ["python3", "-B", *(str(a) for a in arguments)]


def last_line(text):
    """The last line that says something, for a reason of one sentence."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:160] if lines else "it printed nothing"


if __name__ == "__main__":
    sys.exit("run gpu-check")
