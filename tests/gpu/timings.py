"""Losses, contours and steps by segbench, beside PyTorch eager (peers/gpu.py) at one precision."""

from dataclasses import dataclass

from context import Failed, last_line

MODELS = ("unet", "vnet", "unetr", "deeplabv3")
PEERS = ("unet", "vnet", "unetr")
FORMATS = ("channels_last", "contiguous")
LEAST = 15  # seconds for one more figure


@dataclass(frozen=True)
class Patch:
    name: str
    channels: int
    classes: int
    size: tuple


PATCHES = (Patch("AMOS", 1, 16, (64, 256, 256)), Patch("BraTS", 4, 4, (128, 160, 160)))
TINY = (Patch("AMOS", 1, 16, (16, 32, 32)), Patch("BraTS", 4, 4, (16, 32, 32)))


def reps(c, count):
    return ["--reps", 1, "--warmup", 1] if c.rehearse else ["--reps", count, "--warmup", 3]


def segbench(c, count, *arguments):
    return c.program("segbench", "--device", c.device(), *reps(c, count), *arguments)


def peers(c, count, *arguments):
    return c.python(
        c.bundle / "peers" / "gpu.py", "--device", c.device(), *reps(c, count), *arguments
    )


def figures(c, command, who, required=True):
    """The JSON lines of a command, which all go into the JSON; [] where it failed."""
    result = c.run(command, 150 if who == "peer" else 60)  # a peer's process times many figures
    lines = [] if c.dry else result.json_lines()
    c.details.setdefault(who, []).extend(lines)
    if required and not c.dry and (result.code != 0 or not lines):
        shown = " ".join(part.rsplit("/", 1)[-1] for part in command)
        c.details.setdefault("broken", []).append(f"{shown[:100]}: {last_line(result.text)}")
    return lines


def ms(line):
    return line["min_s"] * 1e3


def first(lines, **wanted):
    """The first figure whose values are these."""
    return next(
        (x for x in lines if "min_s" in x and all(x.get(k) == v for k, v in wanted.items())), None
    )


def against(own, peer):
    return f"{ms(peer):9.3f} ms eager {ms(peer) / ms(own):6.2f}x" if peer else f"{'':>9} no peer"


def loss_limit(logits_mib, voxels, copy):
    """Seconds that memory allows for forward and backward: the logits read twice and their gradient
    written, label and contour read twice. copy: the figure of a copy, which reads and writes."""
    speed = 2 * copy["mib"] / copy["min_s"]
    return (3 * logits_mib + 4 * voxels / 2**20) / speed


def time_losses(c):
    patch = (TINY if c.rehearse else PATCHES)[0]
    size = ["--size", *patch.size]
    voxels = patch.size[0] * patch.size[1] * patch.size[2]
    eager = figures(
        c,
        peers(c, 5, "loss", *size, "--types", "float32", "bfloat16", "--formats", *FORMATS),
        "peer",
    )
    for kind in ("bfloat16", "float32"):
        for order in FORMATS:
            last = ["--channels-last"] if order == "channels_last" else []
            lines = figures(c, segbench(c, 30, "loss", *size, "--type", kind, *last), "segtrain")
            own, copy = first(lines, name="loss.CWCD"), first(lines, name="copy")
            if not own or not copy:
                continue
            times = own["min_s"] / loss_limit(own["logits_mib"], voxels, copy)
            c.note(
                f"loss.CWCD {kind:<8} {order:<13} {ms(own):8.3f} ms "
                f"{times:5.2f}x its limit (goal 2) "
                + against(own, first(eager, type=kind, channels_last=bool(last)))
            )
            c.details.setdefault("loss_over_limit", {})[f"{kind} {order}"] = round(times, 3)


def time_contours(c):
    size = ["--size", *(TINY if c.rehearse else PATCHES)[0].size]
    eager = figures(c, peers(c, 5, "contour", *size), "peer")
    for kind in ("uniform", "adaptive", "dwce"):
        own = first(figures(c, segbench(c, 30, "contour", "--map", kind, *size), "segtrain"))
        if own:
            goal = " (goal 0.05)" if kind == "uniform" else ""
            c.note(
                f"contour.{kind:<14} {ms(own):8.3f} ms{goal} "
                + against(own, first(eager, name=f"contour.{kind}"))
            )
            c.details.setdefault("contour_ms", {})[kind] = round(ms(own), 4)


def time_prediction(c):
    listed = c.run(c.program("segbench", "--help"), 30)
    if c.dry or " predict " in listed.text:
        for line in figures(c, segbench(c, 3, "predict", "--window", 64, 256, 256), "segtrain"):
            c.note(f"{line['name']:<22} {ms(line):8.1f} ms")


def step_of(c, model, patch, order, benchmark, precision, required):
    flag = "--cudnn-benchmark" if benchmark == "on" else "--no-cudnn-benchmark"
    command = segbench(
        c,
        8,
        "step",
        "--model",
        model,
        "--loss",
        "CWCD",
        "--precision",
        precision,
        "--memory-format",
        order,
        "--size",
        *patch.size,
        "--channels",
        patch.channels,
        "--classes",
        patch.classes,
        flag,
    )
    return first(figures(c, command, "segtrain", required))


def eager_steps(c, models, patch, order, benchmark, precision, required):
    command = peers(
        c,
        8,
        "step",
        "--models",
        *models,
        "--formats",
        order,
        "--benchmark",
        benchmark,
        "--precision",
        precision,
        "--size",
        *patch.size,
        "--channels",
        patch.channels,
        "--classes",
        patch.classes,
    )
    return figures(c, command, "peer", required)


def note_step(c, own, eager, text, model):
    mine = [x for x in eager if x.get("name") == f"step.{model}" and "min_s" in x]
    plain, dice = (
        next((x for x in mine if x["loss"].startswith(loss)), None) for loss in ("CWCD", "DiceCE")
    )
    beside = f", DiceCE {ms(dice):.1f} ms {ms(dice) / ms(own):.2f}x" if dice else ""
    c.note(
        f"step.{model:<10} {text} {ms(own):8.1f} ms "
        f"{own.get('peak_device_mib', 0) / 1024:5.1f} GiB " + against(own, plain) + beside
    )
    if plain:
        c.details.setdefault("step_ratio", {})[f"{model} {text}"] = round(ms(plain) / ms(own), 3)


def time_steps(c, patch, order, benchmark, precision="bfloat16", required=True):
    """Every network on one patch, beside its peer; left out for want of time unless required."""
    text = f"{patch.name} {precision} {order}, benchmark {benchmark}"
    if not required and c.left() < 3 * LEAST:
        c.details.setdefault("left_out", []).append(text)
        return
    owns = {}
    for model in MODELS:
        if not required and c.left() < 2 * LEAST:
            c.details.setdefault("left_out", []).append(f"{model} {text}")
            continue
        owns[model] = step_of(c, model, patch, order, benchmark, precision, required)
    eager = eager_steps(
        c, [m for m in PEERS if m in owns], patch, order, benchmark, precision, required
    )
    for model, own in owns.items():
        if own:
            note_step(c, own, eager, text, model)


def key_figure(c):
    d = c.details
    copies = [
        2 * x["mib"] / x["min_s"] / 2**20 for x in d.get("segtrain", []) if x["name"] == "copy"
    ]
    limits = d.get("loss_over_limit", {})
    parts = [f"copy {max(copies):.2f} TiB/s"] if copies else []
    if limits:
        parts.append(f"loss {min(limits.values()):.1f} to {max(limits.values()):.1f}x its limit")
    if "uniform" in d.get("contour_ms", {}):
        parts.append(f"contour {d['contour_ms']['uniform']:.3f} ms")
    ratios = d.get("step_ratio", {}).values()
    if ratios:
        parts.append(f"steps {min(ratios):.2f} to {max(ratios):.2f}x eager")
    if d.get("left_out"):
        parts.append(f"{len(d['left_out'])} steps left out")
    return ", ".join(parts)


def check(c):
    """segbench beside PyTorch eager: losses, contours, sliding window, steps"""
    patches = TINY if c.rehearse else PATCHES
    time_losses(c)
    time_contours(c)
    time_steps(c, patches[0], "channels_last", "on")
    time_prediction(c)
    time_steps(c, patches[1], "channels_last", "on")
    rest = (("channels_last", "off"), ("contiguous", "on"), ("contiguous", "off"))
    for order, benchmark in rest:
        for patch in patches:
            time_steps(c, patch, order, benchmark, required=c.long)
    if c.long:
        for patch in patches:
            time_steps(c, patch, "channels_last", "on", "float32")
    c.figure = key_figure(c)
    broken = c.details.get("broken")
    if broken:
        raise Failed(f"{len(broken)} commands failed, the first: {broken[0]}")
