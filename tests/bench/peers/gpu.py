#!/usr/bin/env python3
"""Times PyTorch eager on a GPU at the work that segbench times, one JSON line per figure.

  gpu.py loss --types float32 bfloat16 --formats contiguous channels_last
  gpu.py contour
  gpu.py step --models unet vnet unetr deeplabv3 --formats channels_last --benchmark on off

beside `segbench --device cuda` with loss, contour and step. CWCD is written plainly, as a user of
PyTorch would, as are U-Net and DeepLabV3 (networks.py); V-Net and UNETR are MONAI's, where `monai`
can be imported or the environment variable MONAI_WHEEL names its wheel (UNETR needs that of einops
too, after a colon). The loss of a step is CWCD, and MONAI's DiceCELoss where MONAI is there. Times
are between events on the GPU; TF32 is off.
"""

import argparse
import itertools
import json
import os
import sys
import tempfile
import time
import zipfile

import networks
import torch
import torch.nn.functional as F

UNPACKED = []  # folders that last as long as the process


def events_of(work, reps):
    events = [torch.cuda.Event(enable_timing=True) for _ in range(reps + 1)]
    torch.cuda.synchronize()
    events[0].record()
    for event in events[1:]:
        work()
        event.record()
    torch.cuda.synchronize()
    return [a.elapsed_time(b) / 1e3 for a, b in itertools.pairwise(events)]


def clock_of(work, reps):
    seconds = []
    for _ in range(reps):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return seconds


def measure(name, work, args, **extra):
    gpu = args.device != "cpu"
    for _ in range(args.warmup):
        work()
    if gpu:
        torch.cuda.reset_peak_memory_stats()
    seconds = sorted((events_of if gpu else clock_of)(work, args.reps))
    peak = {"peak_device_mib": torch.cuda.max_memory_allocated() / 2**20} if gpu else {}
    print(
        json.dumps(
            {
                "name": name,
                "min_s": seconds[0],
                "median_s": seconds[len(seconds) // 2],
                "max_s": seconds[-1],
                "reps": len(seconds),
                "device": args.device,
                **peak,
                **extra,
            }
        ),
        flush=True,
    )


def boxes(args, side):
    """Labels [B, D, H, W] of boxes of random classes, as segbench's."""
    batch = args.batch if "batch" in args else 1
    coarse = torch.randint(
        0, args.classes, [batch, *(s // side + 1 for s in args.size)], dtype=torch.uint8
    )
    for axis, size in enumerate(args.size, 1):
        coarse = coarse.repeat_interleave(side, axis).narrow(axis, 0, size)
    return coarse.contiguous().to(args.device)


def union_of_contours(y, n=6):
    """Voxels [B, D, H, W] of a class whose cube of 2n + 1 holds another class: Eq 1."""
    wide = torch.stack([y.float(), -y.float()], 1)
    for axis in range(3):
        window, pad = [1, 1, 1], [0, 0, 0]
        window[axis], pad[axis] = 2 * n + 1, n
        wide = F.max_pool3d(wide, window, stride=1, padding=pad)
    return ((wide[:, 0] != -wide[:, 1]) & (y > 0)).float()


def dice_loss(p, g, region):
    p, g = p * region, g * region
    axes = (0, 2, 3, 4)
    return (1 - 2 * (p * g).sum(axes) / (p.square().sum(axes) + g.sum(axes) + 1e-5)).mean()


def cwcd(logits, y):
    contour, targets = union_of_contours(y), y.long()
    ce = (F.cross_entropy(logits, targets, reduction="none") * (1 + contour)).mean()
    p = logits.softmax(1)[:, 1:]
    one_hot = torch.zeros_like(logits, dtype=p.dtype)
    g = one_hot.scatter_(1, targets[:, None], 1)[:, 1:]
    region = contour[:, None]
    return ce + 0.5 * dice_loss(p, g, region) + 0.5 * dice_loss(p, g, 1 - region)


def format_of(name):
    return torch.channels_last_3d if name == "channels_last" else torch.contiguous_format


def loss(args):
    y = boxes(args, 32)
    for kind, order in itertools.product(args.types, args.formats):
        x = torch.randn(1, args.classes, *args.size, device=args.device, dtype=getattr(torch, kind))
        x = x.contiguous(memory_format=format_of(order)).requires_grad_()

        def work(x=x, kind=kind):
            x.grad = None
            with torch.autocast(args.device, torch.bfloat16, enabled=kind == "bfloat16"):
                value = cwcd(x, y)
            value.backward()

        measure(
            "loss.CWCD",
            work,
            args,
            type=kind,
            channels_last=order == "channels_last",
            size=args.size,
        )
        del x


def contour(args):
    y = boxes(args, 16)
    measure("contour.uniform", lambda: union_of_contours(y), args, size=args.size)


def import_monai():
    """MONAI, or None. Wheels are unpacked, for MONAI looks for its modules among files."""
    for wheel in filter(None, os.environ.get("MONAI_WHEEL", "").split(os.pathsep)):
        folder = tempfile.TemporaryDirectory()
        zipfile.ZipFile(wheel).extractall(folder.name)
        sys.path.insert(0, folder.name)
        UNPACKED.append(folder)
    try:
        import monai
        import monai.losses
        import monai.networks.nets
    except ImportError:
        return None
    return monai


def network_of(name, args, monai):
    """The network, or why there is none."""
    if name == "unet":
        return networks.UNet(args.channels, args.classes)
    if name == "deeplabv3":
        return networks.DeepLabV3(args.channels, args.classes)
    if monai is None:
        return "no MONAI: set MONAI_WHEEL"
    nets = monai.networks.nets
    try:
        if name == "vnet":
            return nets.VNet(3, args.channels, args.classes)
        return nets.UNETR(args.channels, args.classes, tuple(args.size))
    except ImportError as error:  # einops
        return str(error)


def losses_of(monai):
    yield "CWCD, plain", cwcd
    if monai is not None:
        criterion = monai.losses.DiceCELoss(
            include_background=False, to_onehot_y=True, softmax=True, squared_pred=True
        )
        yield "DiceCELoss, MONAI", lambda logits, y: criterion(logits, y[:, None])


def one_step(network, order, benchmark, criterion, args):
    torch.backends.cudnn.benchmark = benchmark
    network = network.to(args.device, memory_format=format_of(order)).train()
    image = torch.randn(args.batch, args.channels, *args.size, device=args.device)
    image = image.contiguous(memory_format=format_of(order))
    label = boxes(args, 32)
    optimiser = torch.optim.Adam(network.parameters(), 3e-4, fused=True)

    def work():
        optimiser.zero_grad()
        with torch.autocast(args.device, torch.bfloat16, enabled=args.precision == "bfloat16"):
            value = criterion(network(image), label)
        value.backward()
        optimiser.step()

    return work


def step(args):
    monai = import_monai()
    for name in args.models:
        for order, benchmark, (text, criterion) in itertools.product(
            args.formats, args.benchmark, losses_of(monai)
        ):
            network = network_of(name, args, monai)
            extra = {
                "loss": text,
                "channels_last": order == "channels_last",
                "cudnn_benchmark": benchmark == "on",
                "precision": args.precision,
                "size": args.size,
                "channels": args.channels,
            }
            if isinstance(network, str):
                print(json.dumps({"name": f"step.{name}", "skipped": network, **extra}), flush=True)
                continue
            measure(
                f"step.{name}",
                one_step(network, order, benchmark == "on", criterion, args),
                args,
                **extra,
            )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cuda", help="cpu: to try this script")
    parser.add_argument("--reps", type=int, default=10)
    parser.add_argument("--warmup", type=int, default=3)
    commands = parser.add_subparsers(dest="command", required=True)
    for work in (loss, contour, step):
        command = commands.add_parser(work.__name__)
        command.set_defaults(work=work)
        command.add_argument(
            "--size", type=int, nargs=3, default=[64, 256, 256], metavar=("D", "H", "W")
        )
        command.add_argument("--classes", type=int, default=16)
        if work is not contour:
            command.add_argument(
                "--formats",
                nargs="+",
                choices=["channels_last", "contiguous"],
                default=["channels_last"],
            )
        if work is loss:
            command.add_argument(
                "--types", nargs="+", choices=["float32", "bfloat16"], default=["float32"]
            )
        if work is step:
            command.add_argument(
                "--models",
                nargs="+",
                choices=["unet", "vnet", "unetr", "deeplabv3"],
                default=["unet"],
            )
            command.add_argument(
                "--benchmark",
                nargs="+",
                choices=["on", "off"],
                default=["on"],
                help="cuDNN's benchmark mode",
            )
            command.add_argument("--precision", choices=["bfloat16", "float32"], default="bfloat16")
            command.add_argument("--channels", type=int, default=1)
            command.add_argument("--batch", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    args.work(args)


if __name__ == "__main__":
    main()
