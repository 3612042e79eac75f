#!/usr/bin/env python3
"""clang-tidy on some files: tidy.py BUILD FILE ...

Reads BUILD/compile_commands.json without the precompiled headers, which clang cannot read from
another compiler. A header is looked at through a source file that includes it. Exit code 1: a
finding.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def plain(command):
    """The command without precompiled header and what only GCC knows."""
    words, out = shlex.split(command), []
    while words:
        word = words.pop(0)
        # Behind -Xclang stands Clang's own precompiled header, which is another clang's.
        if word == "-Xclang" or (word == "-include" and "cmake_pch" in words[0]):
            words.pop(0)
        elif word != "-Winvalid-pch" and "CCACHE" not in word and not word.endswith("ccache"):
            out.append(word)
    while out[0].endswith("cmake") or out[0] in ("-E", "env"):
        out.pop(0)
    # As third_party/cmake/dependencies.cmake has it for Clang: ITK refuses other compilers.
    itk = ["ITK_COMPILER_DETECTION_H", "ITK_NOEXCEPT=noexcept", "ITK_CONSTEXPR=constexpr"]
    return shlex.join(out + ["-D" + definition for definition in itk])


def sources_of(name, commands):
    """The source file itself; for a header the first that includes it, one of its name if any."""
    if name in commands:
        return [name]
    path = Path(name)
    included = re.sub(r"^(lib|tests)/", "", name)
    line = re.compile(rf'#include "(?:{re.escape(included)}|{re.escape(path.name)})"')
    users = [s for s in sorted(commands) if line.search(Path(s).read_text())]
    users.sort(key=lambda s: Path(s).stem != path.stem)
    if not users:
        print(f"tidy: no source of this build includes {name}: not looked at", file=sys.stderr)
    return users[:1]


def main():
    build, names = Path(sys.argv[1]), sys.argv[2:]
    if not names:
        print("tidy: no C++ file has changed")
        return 0
    tool = shutil.which("clang-tidy-14") or shutil.which("clang-tidy")
    listing = build / "compile_commands.json"
    if not tool or not listing.exists():
        print(f"tidy: needs clang-tidy (make lint installs it) and {listing} (make build)")
        return 1
    here = Path.cwd()
    commands = {}
    for entry in json.loads(listing.read_text()):
        path = Path(entry["file"])
        if path.suffix == ".cpp" and path.is_relative_to(here) and path.exists():
            name = str(path.relative_to(here))
            if not name.startswith(f"{build}/"):
                commands[name] = {**entry, "command": plain(entry["command"])}
    chosen = sorted({s for name in names for s in sources_of(name, commands)})
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "compile_commands.json").write_text(json.dumps(list(commands.values())))

        def look(source):
            command = [tool, "--quiet", "--warnings-as-errors=*", "-p", folder, source]
            done = subprocess.run(command, capture_output=True, text=True)
            return source, done.returncode, done.stdout + (done.stderr if done.returncode else "")

        bad = 0
        with ThreadPoolExecutor(int(os.environ.get("JOBS", "1"))) as pool:
            for source, code, text in pool.map(look, chosen):
                bad += code != 0
                print(f"{source}: {'findings' if code else 'clean'}", flush=True)
                if code:
                    print(text, flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
