#!/usr/bin/env python3
"""What compiled kernels cost by their instructions, and the time to expect of them on an H100.

  roofline.py build/lib/loss/CMakeFiles/seg_loss.dir/softmax_cuda.cu.o
  roofline.py build/bin/segtrain --arch sm_90 --only forward_kernel --bytes forward_kernel=35
  roofline.py --sass FILE --resources FILE      the saved output of cuobjdump --dump-sass, --dump-resource-usage

The table below has what a kernel moves per element and how many elements a thread owns; --bytes, --elements and --own
say otherwise. Expected: the larger of bytes / bandwidth and warp instructions / issue slots. Instructions are counted
as they stand: all once, and those of the longest innermost loop, which a kernel with a loop per element runs per
element. Branches not taken count too, so it is an upper bound; loops that run often make it too low.
"""
import argparse
import re
import shutil
import subprocess
import sys
from collections import Counter

BANDWIDTH = 3.0e12  # bytes a second: a copy as measured
ISSUE = 132 * 4 * 1.755e9  # warp instructions a second: SMs x schedulers x clock
VOXELS = 64 * 256 * 256

# kernel: bytes per voxel (16 classes in bfloat16, label and contour), voxels per thread and pass of its loop
KERNELS = {
    "forward_kernel": (34, 1),
    "backward_kernel": (66, 1),
    "slide_kernel": (3, 1),
    "contour_kernel": (4, 1),
    "nearest_kernel": (20, 1),
    "weight_kernel": (15, 1),
    "largest_kernel": (11, 1),
    "adaptive_kernel": (12, 1),
}

INSTRUCTION = re.compile(r"/\*([0-9a-f]{4,})\*/\s+(?:@!?U?P\w+\s+)?([A-Z][\w.]*)\s*([^;]*);")


def demangled(name):
    """kernel<arguments> of a mangled name, without namespaces."""
    tool = shutil.which("cu++filt") or shutil.which("c++filt")
    text = subprocess.run([tool, name], capture_output=True, text=True).stdout if tool else name
    text = re.sub(r"\((int|bool)\)", "", text.replace("(anonymous namespace)::", ""))
    found = re.search(r"(\w+)\s*(<[^()]*>)?\s*\(", text)
    return found.group(1) + (found.group(2) or "") if found else name


def functions(sass, arch):
    """(mangled name, [(address, opcode, operands)]) of each kernel for the architecture."""
    found, here = [], None
    for line in sass.splitlines():
        if "arch =" in line:
            here = line.split("=")[1].strip()
        elif "Function :" in line and here in (arch, None):
            found.append((line.split(":")[1].strip(), []))
        elif "Function :" in line:
            found.append((None, []))
        elif found and (match := INSTRUCTION.search(line)):
            found[-1][1].append((int(match.group(1), 16), match.group(2), match.group(3)))
    return [(name, code) for name, code in found if name]


def main_loop(code):
    """Instructions of the longest loop that holds no other; 0 without loops. Ends like `BRA self` are no loops."""
    loops = []
    for address, opcode, operands in code:
        target = re.search(r"0x([0-9a-f]+)", operands)
        if opcode.startswith("BRA") and target and int(target.group(1), 16) < address:
            loops.append((int(target.group(1), 16), address))
    inner = [a for a in loops if not any(b != a and a[0] <= b[0] and b[1] <= a[1] for b in loops)]
    return max((sum(begin <= at <= end for at, _, _ in code) for begin, end in inner), default=0)


def without_tail(code):
    """The code without the padding behind its end."""
    last = max((i for i, (_, opcode, _) in enumerate(code) if opcode.split(".")[0] in ("EXIT", "RET")), default=len(code))
    real = [i for i, (_, opcode, _) in enumerate(code) if opcode != "NOP"]
    return code[:max(last, real[-1] if real else 0) + 1]


def widths(code, kind):
    """How often LDG or STG of each width in bits: 128x4 32x1."""
    found = Counter()
    for _, opcode, _ in code:
        parts = opcode.split(".")
        if parts[0] == kind:
            found[next((p for p in ("128", "64", "U16", "S16", "U8", "S8") if p in parts), "32").lstrip("US")] += 1
    return " ".join(f"{bits}x{n}" for bits, n in sorted(found.items(), key=lambda x: -int(x[0]))) or "-"


def resources(text):
    """{mangled name: (registers, stack and local bytes)}, for the last architecture listed."""
    pattern = r"Function (\S+?):?\s+REG:(\d+) STACK:(\d+) SHARED:\d+ LOCAL:(\d+)"
    return {name: (int(reg), int(stack) + int(local)) for name, reg, stack, local in re.findall(pattern, text)}


def overridden(pairs):
    return {name: float(value) for name, value in (pair.split("=") for pair in pairs)}


def rows(args, sass, usage):
    sizes, own = overridden(args.bytes), overridden(args.own)
    for name, code in functions(sass, args.arch):
        shown = demangled(name)
        base = shown.split("<")[0]
        if args.only and args.only not in base:
            continue
        code = without_tail(code)
        loop, opcodes = main_loop(code), Counter(opcode.split(".")[0] for _, opcode, _ in code)
        registers, local = usage.get(name, ("?", "?"))
        size, voxels = KERNELS.get(base, (0, 1))
        size, voxels = sizes.get(base, size), own.get(base, voxels)
        memory = size * args.elements / BANDWIDTH * 1e6
        issue = len(code) / voxels / 32 * args.elements / ISSUE * 1e6
        yield (shown[:46], len(code), loop, registers, widths(code, "LDG"), widths(code, "STG"), local, opcodes["MUFU"],
               f"{memory:.0f}" if size else "?", f"{issue:.0f}", f"{max(memory, issue):.0f}")


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", help="object file or program with CUDA code")
    parser.add_argument("--arch", default="sm_90")
    parser.add_argument("--only", default="", help="kernels whose name holds this")
    parser.add_argument("--bytes", nargs="*", default=[], metavar="KERNEL=N", help="bytes per element")
    parser.add_argument("--own", nargs="*", default=[], metavar="KERNEL=N", help="elements of a thread")
    parser.add_argument("--elements", type=int, default=VOXELS)
    parser.add_argument("--sass", metavar="FILE")
    parser.add_argument("--resources", metavar="FILE")
    args = parser.parse_args()
    if not args.program and not args.sass:
        parser.error("name a program, or --sass")
    return args


def dumped(option, file, args):
    if file:
        return open(file).read()
    if not args.program:
        return ""
    cuobjdump = shutil.which("cuobjdump") or shutil.which("cuobjdump", path="/usr/local/cuda/bin")
    if not cuobjdump:
        sys.exit("roofline.py: cuobjdump was not found: put CUDA's bin folder on the PATH, or give --sass")
    return subprocess.run([cuobjdump, option, "-arch", args.arch, args.program], capture_output=True, text=True, check=True).stdout


def main():
    args = parsed()
    found = list(rows(args, dumped("--dump-sass", args.sass, args), resources(dumped("--dump-resource-usage", args.resources, args))))
    print(f"{'kernel':<46} {'instr':>5} {'loop':>5} {'regs':>4} {'LDG':<14} {'STG':<12} {'local':>5} {'MUFU':>4} "
          f"{'mem us':>6} {'issue us':>8} {'expected us':>11}")
    for r in found:
        print(f"{r[0]:<46} {r[1]:>5} {r[2]:>5} {r[3]:>4} {r[4]:<14} {r[5]:<12} {r[6]:>5} {r[7]:>4} {r[8]:>6} {r[9]:>8} {r[10]:>11}")
    return 0 if found else sys.exit(f"roofline.py: no kernel for {args.arch} there")


if __name__ == "__main__":
    main()
