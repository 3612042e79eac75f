#!/usr/bin/env python3
"""Times what today's libraries need for the work that segbench times.

One JSON line per figure in segbench's form. On the right the verb of segbench for the same work:

  peers.py loss                forward and backward of CWCD and cross-entropy on logits   loss
  peers.py contour             contour map of boxes of random classes                     contour
  peers.py step --model vnet   one training step of MONAI's network, or of ours written    step
                               plainly in PyTorch (unet, deeplabv3: networks.py)
  peers.py predict             sliding window over a whole volume and argmax: MONAI's     predict
                               inferer with the U-Net of `step`
  peers.py ct DIR              writes DIR/image.nii.gz and label.nii.gz of 512x512x100
                               voxels, 0.7x0.7x5 mm
  peers.py prep --image F --label F    files to 1 mm, z-scored                            prep
  peers.py metrics DIR         MONAI's Dice, HD95, ASSD and surface Dice of the maps that
                               segbench saved in DIR                       metrics --save DIR

Run both on the same machine, one after the other, and compare the ratio: shared machines differ
from hour to hour.
"""

import argparse
import json
import resource
import time


def measure(name, work, args, **extra):
    for _ in range(args.warmup):
        work()
    seconds = []
    for _ in range(args.reps):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    seconds.sort()
    print(
        json.dumps(
            {
                "name": name,
                "min_s": seconds[0],
                "median_s": seconds[len(seconds) // 2],
                "max_s": seconds[-1],
                "reps": len(seconds),
                "threads": args.threads,
                "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                **extra,
            }
        ),
        flush=True,
    )


def boxes(args, side):
    """Labels [D, H, W] of boxes of random classes, as segbench's."""
    import torch

    coarse = torch.randint(0, args.classes, [s // side + 1 for s in args.size], dtype=torch.uint8)
    for axis, size in enumerate(args.size):
        coarse = coarse.repeat_interleave(side, axis).narrow(axis, 0, size)
    return coarse.contiguous()


def loss(args):
    import torch
    import torch.nn.functional as F

    y = boxes(args, 32)[None]
    targets = y.long()
    x = torch.randn(1, args.classes, *args.size, requires_grad=True)

    def union_of_contours(n=6):
        wide = torch.stack([y[0].float(), -y[0].float()])[None]
        for axis in range(3):
            window, pad = [1, 1, 1], [0, 0, 0]
            window[axis], pad[axis] = 2 * n + 1, n
            wide = F.max_pool3d(wide, window, stride=1, padding=pad)
        return ((wide[:, 0] != -wide[:, 1]) & (y > 0)).float()

    def dice_loss(p, g, region):
        p, g = p * region, g * region
        axes = (0, 2, 3, 4)
        return (1 - 2 * (p * g).sum(axes) / (p.square().sum(axes) + g.sum(axes) + 1e-5)).mean()

    def contour_weighted(logits, contour):
        ce = (F.cross_entropy(logits, targets, reduction="none") * (1 + contour)).mean()
        p = logits.softmax(1)[:, 1:]
        g = torch.zeros_like(logits).scatter_(1, targets[:, None], 1)[:, 1:]
        region = contour[:, None]
        return ce + 0.5 * dice_loss(p, g, region) + 0.5 * dice_loss(p, g, 1 - region)

    def step(f):
        def work():
            x.grad = None
            f().backward()

        return work

    compiled = torch.compile(contour_weighted)
    measure("loss.ce", step(lambda: F.cross_entropy(x, targets)), args)
    measure("loss.cwcd_eager", step(lambda: contour_weighted(x, union_of_contours())), args)
    measure("loss.cwcd_compile", step(lambda: compiled(x, union_of_contours())), args)


def contour(args):
    import numpy as np
    from scipy import ndimage

    y, side = boxes(args, 16).numpy(), 2 * args.erosions + 1
    measure(
        "contour.scipy_filters",
        lambda: (ndimage.minimum_filter(y, side) != ndimage.maximum_filter(y, side)) & (y > 0),
        args,
    )

    def eroded():
        cube, union = np.ones((3, 3, 3)), np.zeros(y.shape, bool)
        for j in range(1, args.classes):
            inside = y == j
            union |= inside & ~ndimage.binary_erosion(inside, cube, args.erosions, border_value=1)
        return union

    measure("contour.scipy_erosion", eroded, args)


def step(args):
    import networks
    import torch
    from monai.losses import DiceCELoss
    from monai.networks import nets

    network = {
        "unet": lambda: networks.UNet(1, args.classes),
        "deeplabv3": lambda: networks.DeepLabV3(1, args.classes),
        "vnet": lambda: nets.VNet(3, 1, args.classes),
        "basicunet": lambda: nets.BasicUNet(3, 1, args.classes),
        "unetr": lambda: nets.UNETR(1, args.classes, tuple(args.size)),
    }[args.model]().train()
    image = torch.randn(1, 1, *args.size)
    if args.channels_last:
        network = network.to(memory_format=torch.channels_last_3d)
        image = image.to(memory_format=torch.channels_last_3d)
    label = torch.randint(0, args.classes, (1, 1, *args.size))
    criterion = DiceCELoss(
        include_background=False, to_onehot_y=True, softmax=True, squared_pred=True
    )
    optimiser = torch.optim.Adam(network.parameters(), 3e-4)

    def work():
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bfloat16):
            value = criterion(network(image), label)
        value.backward()
        optimiser.step()

    measure(
        f"step.{args.model}",
        work,
        args,
        bfloat16=args.bfloat16,
        channels_last=args.channels_last,
        size=args.size,
    )


def predict(args):
    import networks
    import torch
    from monai.inferers import sliding_window_inference

    network = networks.UNet(1, args.classes).eval()
    image = torch.randn(1, 1, *args.size)
    if args.channels_last:
        network = network.to(memory_format=torch.channels_last_3d)
    spent = []

    def timed(patch):
        begun = time.perf_counter()
        if args.channels_last:
            patch = patch.contiguous(memory_format=torch.channels_last_3d)
        logits = network(patch)
        spent.append(time.perf_counter() - begun)
        return logits

    def work():
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=args.bfloat16):
            logits = sliding_window_inference(
                image, args.window, 1, timed, overlap=0.5, mode="gaussian"
            )
            logits.argmax(1).to(torch.uint8)

    measure(
        "predict.unet",
        work,
        args,
        bfloat16=args.bfloat16,
        channels_last=args.channels_last,
        size=args.size,
        window=args.window,
    )
    calls = len(spent) // (args.reps + args.warmup)
    network_s = min(sum(spent[i : i + calls]) for i in range(0, len(spent), calls))
    print(json.dumps({"name": "predict.unet", "network_s": network_s, "windows": calls}))


def ct(args):
    import os

    import nibabel
    import numpy as np
    from scipy.ndimage import zoom

    random = np.random.default_rng(0)
    os.makedirs(args.folder, exist_ok=True)
    affine = np.diag([-0.7, -0.7, 5, 1])
    organs = random.integers(0, 16, (9, 9, 6))
    label = zoom(organs, (512 / 9, 512 / 9, 100 / 6), order=0).astype(np.uint8)
    image = (
        60.0 * zoom(organs.astype(np.float32), (512 / 9, 512 / 9, 100 / 6), order=1)
        - 300
        + random.normal(0, 12, label.shape)
    )
    nibabel.save(nibabel.Nifti1Image(image.astype(np.int16), affine), f"{args.folder}/image.nii.gz")
    nibabel.save(nibabel.Nifti1Image(label, affine), f"{args.folder}/label.nii.gz")


def prep(args):
    measure("prep.monai_linear", monai_pipeline(args), args)
    measure("prep.sitk_linear", sitk_pipeline(args), args)
    args.reps, args.warmup = 1, 0
    try:
        pipeline = nnunet_pipeline(args)
    except ImportError as error:
        print(json.dumps({"name": "prep.nnunet", "skipped": str(error)}))
    else:
        measure("prep.nnunet", pipeline, args)


def monai_pipeline(args):
    from monai import transforms as t

    images = [f"image{k}" for k in range(len(args.image))]
    keys = images + ["label"]
    pipeline = t.Compose(
        [
            t.LoadImaged(keys, ensure_channel_first=True),
            t.Orientationd(keys, axcodes="RAS", labels=None),
            t.Spacingd(keys, pixdim=(1, 1, 1), mode=["bilinear"] * len(images) + ["nearest"]),
            t.ConcatItemsd(images, "image"),
            t.NormalizeIntensityd("image", channel_wise=True),
        ]
    )
    return lambda: pipeline(dict(zip(keys, [*args.image, args.label])))


def sitk_pipeline(args):
    import SimpleITK as sitk

    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(args.threads)

    def to_grid(file, interpolator, kind):
        volume = sitk.DICOMOrient(sitk.ReadImage(file), "RAS")
        size = [max(1, round(n * mm)) for n, mm in zip(volume.GetSize(), volume.GetSpacing())]
        return sitk.GetArrayFromImage(
            sitk.Resample(
                volume,
                size,
                sitk.Transform(),
                interpolator,
                volume.GetOrigin(),
                (1, 1, 1),
                volume.GetDirection(),
                0,
                kind,
            )
        )

    def work():
        channels = [to_grid(file, sitk.sitkLinear, sitk.sitkFloat32) for file in args.image]
        channels = [(c - c.mean()) / c.std() for c in channels]
        return channels, to_grid(args.label, sitk.sitkNearestNeighbor, sitk.sitkUInt8)

    return work


def nnunet_pipeline(args):
    """nnU-Net's own way.

    No reorientation; z-score, then order 3 for images and order 1 for one-hot labels.
    """
    import numpy as np
    import SimpleITK as sitk
    from nnunetv2.preprocessing.resampling.default_resampling import (
        compute_new_shape,
        resample_data_or_seg_to_shape,
    )

    def work():
        volumes = [sitk.ReadImage(f) for f in [*args.image, args.label]]
        arrays = [sitk.GetArrayFromImage(v) for v in volumes]
        spacing = volumes[0].GetSpacing()[::-1]
        image, label = np.stack(arrays[:-1]).astype(np.float32), arrays[-1][None].astype(np.int16)
        image = np.stack([(c - c.mean()) / c.std() for c in image])
        shape = compute_new_shape(image.shape[1:], spacing, (1, 1, 1))
        for array, order, is_seg in ((image, 3, False), (label, 1, True)):
            resample_data_or_seg_to_shape(
                array,
                shape,
                spacing,
                (1, 1, 1),
                is_seg=is_seg,
                order=order,
                order_z=0,
                force_separate_z=None,
            )

    return work


def metrics(args):
    import numpy as np
    import torch
    from monai import metrics as m

    maps = {}
    for side in ("prediction", "truth"):
        labels = np.fromfile(f"{args.folder}/{side}.u8", np.uint8)
        n = round(len(labels) ** (1 / 3))
        labels = labels.reshape(n, n, n)
        # One hot, as its functions take them: a bool per class and voxel.
        maps[side] = torch.from_numpy(np.stack([labels == j for j in range(args.classes)])[None])
    p, t = maps["prediction"], maps["truth"]
    spaced = {"include_background": False, "spacing": tuple(args.spacing)}
    bounds = [args.tolerance] * (args.classes - 1)
    works = {
        "dice": lambda: m.compute_dice(p, t, include_background=False),
        "hd95": lambda: m.compute_hausdorff_distance(p, t, percentile=95, **spaced),
        "assd": lambda: m.compute_average_surface_distance(p, t, symmetric=True, **spaced),
        # Without use_subvoxels it is of voxels, not DeepMind's; with them it takes longer.
        "nsd": lambda: m.compute_surface_dice(p, t, bounds, use_subvoxels=args.subvoxels, **spaced),
    }
    for name in args.items:
        found = {}

        def work(name=name, found=found):
            found["values"] = works[name]()[0]

        measure(f"metrics.monai_{name}", work, args, size=n, classes=args.classes)
        mean = found["values"][found["values"].isfinite()].mean().item()
        print(json.dumps({"name": f"metrics.monai_{name}", "mean": mean}), flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--reps", type=int, default=5)
    parser.add_argument("--warmup", type=int, default=1)
    commands = parser.add_subparsers(dest="command", required=True)
    for work, size in ((loss, [64, 256, 256]), (contour, [64, 256, 256]), (step, [64, 96, 96])):
        command = commands.add_parser(work.__name__)
        command.add_argument("--size", type=int, nargs=3, default=size, metavar=("D", "H", "W"))
        command.add_argument("--classes", type=int, default=16)
        command.set_defaults(work=work)
        if work is contour:
            command.add_argument("--erosions", type=int, default=6)
        if work is step:
            command.add_argument(
                "--model",
                choices=["unet", "vnet", "unetr", "deeplabv3", "basicunet"],
                default="vnet",
            )
            command.add_argument("--bfloat16", action="store_true")
            command.add_argument("--channels-last", action="store_true")
    command = commands.add_parser("predict")
    sizes = {"--size": [128, 256, 256], "--window": [64, 128, 128]}
    for flag, size in sizes.items():
        command.add_argument(flag, type=int, nargs=3, default=size, metavar=("D", "H", "W"))
    command.add_argument("--classes", type=int, default=16)
    command.add_argument("--bfloat16", action="store_true")
    command.add_argument("--channels-last", action="store_true")
    command.set_defaults(work=predict)
    command = commands.add_parser("ct")
    command.add_argument("folder")
    command.set_defaults(work=ct)
    command = commands.add_parser("prep")
    command.add_argument("--image", nargs="+", required=True)
    command.add_argument("--label", required=True)
    command.set_defaults(work=prep)
    command = commands.add_parser("metrics")
    command.add_argument("folder")
    command.add_argument("--classes", type=int, default=16)
    command.add_argument(
        "--spacing", type=float, nargs=3, default=[1, 1, 1], metavar=("D", "H", "W")
    )
    command.add_argument("--tolerance", type=float, default=2)
    command.add_argument(
        "--items",
        nargs="+",
        choices=["dice", "hd95", "assd", "nsd"],
        default=["dice", "hd95", "assd", "nsd"],
    )
    command.add_argument("--subvoxels", action="store_true", help="DeepMind's surface Dice")
    command.set_defaults(work=metrics)
    args = parser.parse_args()
    if args.command != "ct":
        import torch

        torch.set_num_threads(args.threads)
        torch.manual_seed(0)
    args.work(args)


if __name__ == "__main__":
    main()
