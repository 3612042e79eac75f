#!/usr/bin/env python3
"""What compiled kernels cost by their instructions, and the time to expect of them on an H100.

  roofline.py build/lib/loss/CMakeFiles/seg_loss.dir/softmax_cuda.cu.o
  roofline.py build/bin/segtrain --arch sm_90 --only forward_kernel --bytes forward_kernel=66

The table below has what a kernel moves per voxel and how many voxels a thread owns; --bytes and
--own say otherwise. Expected: the larger of bytes / bandwidth and warp instructions / issue slots.
Instructions are counted as they stand in the code, each once: branches that are not taken make
that too high, loops that run more than once too low (`loop`: those of the longest inner loop).
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections import Counter

BANDWIDTH = 3.0e12  # bytes a second: a copy as measured
ISSUE = 132 * 4 * 1.755e9  # warp instructions a second: SMs x schedulers x clock

# kernel: bytes per voxel (16 classes or channels in bfloat16), voxels of a thread at a time
KERNELS = {
    "forward_kernel": (34, 1),
    "backward_kernel": (66, 1),
    "window_x_kernel": (3, 4),
    "window_y_kernel": (4, 16),
    "contour_kernel": (4, 16),
    "norm_measure_kernel": (32, 2),
    "norm_apply_kernel": (64, 2),
    "norm_slopes_kernel": (64, 1),
    "norm_gradient_kernel": (96, 1),
    "max_pool_kernel": (38, 4),
    "max_pool_gradient_kernel": (38, 4),
    "nearest_kernel": (20, 1),
    "weight_kernel": (15, 1),
    "largest_kernel": (11, 1),
    "adaptive_kernel": (12, 1),
}
HEAD = (
    "kernel",
    "instr",
    "loop",
    "regs",
    "LDG bits",
    "STG bits",
    "local",
    "MUFU",
    "memory us",
    "issue us",
    "expected us",
)
INSTRUCTION = re.compile(r"/\*([0-9a-f]{4,})\*/\s+(?:@!?U?P\w+\s+)?([A-Z][\w.]*)\s*([^;]*);")


def demangled(name):
    """kernel<arguments> of a mangled name, without namespaces."""
    tool = shutil.which("cu++filt") or shutil.which("c++filt")
    text = subprocess.run([tool, name], capture_output=True, text=True).stdout if tool else name
    text = re.sub(r"\([\w:]+\)(?=\d)", "", text.replace("(anonymous namespace)::", ""))
    found = re.search(r"(\w+)\s*(<[^()]*>)?\s*\(", text)
    return found.group(1) + (found.group(2) or "") if found else name


def functions(sass):
    """(mangled name, [(address, opcode, operands)]) of each kernel, without its padding."""
    found = []
    for line in sass.splitlines():
        if "Function :" in line:
            found.append((line.split(":")[1].strip(), []))
        elif found and (match := INSTRUCTION.search(line)):
            address, opcode, operands = match.groups()
            found[-1][1].append((int(address, 16), opcode, operands))
    for _, code in found:
        while code and (code[-1][1] == "NOP" or loops_of(code[-1:])):
            code.pop()
    return found


def loops_of(code):
    """(begin, end) of each branch backwards, or to itself."""
    loops = []
    for address, opcode, operands in code:
        target = re.search(r"0x([0-9a-f]+)", operands)
        if opcode.startswith("BRA") and target and int(target.group(1), 16) <= address:
            loops.append((int(target.group(1), 16), address))
    return loops


def main_loop(code):
    """Instructions of the longest loop that holds no other; 0 without loops."""
    loops = loops_of(code)
    inner = [a for a in loops if not any(b != a and a[0] <= b[0] and b[1] <= a[1] for b in loops)]
    return max((sum(begin <= at <= end for at, _, _ in code) for begin, end in inner), default=0)


def widths(code, kind):
    """How often LDG or STG of each width in bits: 128x4 32x1."""
    found = Counter()
    for _, opcode, _ in code:
        name, *flags = opcode.split(".")
        if name == kind:
            wide = [f.lstrip("US") for f in flags if f in ("128", "64", "U16", "S16", "U8", "S8")]
            found[int(wide[0]) if wide else 32] += 1
    return " ".join(f"{bits}x{n}" for bits, n in sorted(found.items(), reverse=True)) or "-"


def resources(text):
    """{mangled name: (registers, bytes of stack and local memory)}."""
    pattern = r"Function (\S+?):?\s+REG:(\d+) STACK:(\d+) SHARED:\d+ LOCAL:(\d+)"
    return {
        name: (int(registers), int(stack) + int(local))
        for name, registers, stack, local in re.findall(pattern, text)
    }


def row(name, code, usage, size, own, voxels):
    opcodes = Counter(opcode.split(".")[0] for _, opcode, _ in code)
    memory = size * voxels / BANDWIDTH * 1e6
    issue = len(code) / own * voxels / 32 / ISSUE * 1e6
    return (
        name,
        len(code),
        main_loop(code),
        usage[0],
        widths(code, "LDG"),
        widths(code, "STG"),
        usage[1],
        opcodes["MUFU"],
        f"{memory:.0f}" if size else "?",
        f"{issue:.0f}",
        f"{max(memory, issue):.0f}",
    )


def parsed():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("program", help="object file or program with CUDA code")
    parser.add_argument("--arch", default="sm_90")
    parser.add_argument("--only", default="", help="kernels whose name holds this")
    parser.add_argument("--bytes", nargs="*", default=[], metavar="KERNEL=N", help="per voxel")
    parser.add_argument("--own", nargs="*", default=[], metavar="KERNEL=N", help="voxels a thread")
    parser.add_argument("--voxels", type=int, default=64 * 256 * 256)
    return parser.parse_args()


def overridden(pairs):
    return {name: float(value) for name, value in (pair.split("=") for pair in pairs)}


def main():
    args = parsed()
    cuobjdump = shutil.which("cuobjdump") or shutil.which("cuobjdump", path="/usr/local/cuda/bin")
    if not cuobjdump:
        sys.exit("roofline.py: cuobjdump was not found: put CUDA's bin folder on the PATH")
    sass, usage = (
        subprocess.run(
            [cuobjdump, option, "-arch", args.arch, args.program],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        for option in ("--dump-sass", "--dump-resource-usage")
    )
    sizes, owned, used = overridden(args.bytes), overridden(args.own), resources(usage)
    found = [HEAD]
    for mangled, code in functions(sass):
        name = demangled(mangled)
        base = name.split("<")[0]
        if args.only in base:
            size, own = KERNELS.get(base, (0, 1))
            found.append(
                row(
                    name,
                    code,
                    used.get(mangled, ("?", "?")),
                    sizes.get(base, size),
                    owned.get(base, own),
                    args.voxels,
                )
            )
    columns = [max(len(str(r[k])) for r in found) for k in range(len(HEAD))]
    for r in found:
        print(
            "  ".join(
                str(x).ljust(w) if k in (0, 4, 5) else str(x).rjust(w)
                for k, (x, w) in enumerate(zip(r, columns))
            ).rstrip()
        )
    return 0 if len(found) > 1 else sys.exit(f"roofline.py: no such kernel for {args.arch}")


if __name__ == "__main__":
    main()
