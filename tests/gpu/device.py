"""Is there a GPU, and does the build have code for it?"""

import re

from context import Failed, last_line

QUERY = "name,driver_version,compute_cap,memory.total"


def architectures(listing):
    """(major, minor) of the lines of cuobjdump --list-elf or --list-ptx: ... sm_90.cubin."""
    found = {int(n) for n in re.findall(r"sm_(\d+)[af]?\.", listing)}
    return sorted((n // 10, n % 10) for n in found)


def code_for(gpu, elf, ptx):
    """What a GPU of (major, minor) would run: its own code, a lower minor's, PTX, or None."""
    same = [a for a in elf if a[0] == gpu[0] and a[1] <= gpu[1]]
    if same:
        return "sm_%d%d" % same[-1]
    older = [a for a in ptx if a <= gpu]
    return "PTX of %d%d" % older[-1] if older else None


def check(c):
    """GPU, driver, torch, and the architectures that the programs hold"""
    smi = c.run(["nvidia-smi", f"--query-gpu={QUERY}", "--format=csv,noheader"])
    torch = c.run(
        c.python(
            "-c", "import torch as t; print(t.__version__, t.version.cuda, t.cuda.is_available())"
        )
    )
    cuobjdump = c.tool("cuobjdump")
    program = str(c.bundle / "bin" / "segtrain")
    elf, ptx = (
        c.run([cuobjdump or "cuobjdump", f"--list-{kind}", program]) for kind in ("elf", "ptx")
    )
    if c.dry:
        return
    if smi.code != 0:
        raise Failed(f"no GPU: nvidia-smi: {last_line(smi.text)}")
    name, driver, capability, memory = smi.text.splitlines()[0].split(", ")
    version, cuda, available = (torch.text.split() + ["?"] * 3)[:3]
    c.details.update(
        gpu=name,
        driver=driver,
        capability=capability,
        memory=memory,
        torch=version,
        torch_cuda=cuda,
    )
    c.figure = f"{name}, {memory}, driver {driver}, torch {version}"
    if torch.code != 0 or available != "True":
        raise Failed(f"python3's torch sees no GPU: {last_line(torch.text)}")
    if not version.startswith("2.11."):
        raise Failed(f"python3's torch is {version}; the programs are built for 2.11")
    if not cuobjdump:
        raise Failed("cuobjdump was not found: put CUDA's bin folder on the PATH")
    holds, portable = architectures(elf.text), architectures(ptx.text)
    c.details.update(elf=holds, ptx=portable)
    if not holds and not portable:
        raise Failed("the programs hold no GPU code: build with 'make bundle CUDA=1'")
    code = code_for(tuple(int(n) for n in capability.split(".")), holds, portable)
    if not code:
        raise Failed(
            f"the programs hold no code for compute capability {capability}: build with ARCH="
            + capability.replace(".", "")
        )
    c.figure += f", runs {code}"
