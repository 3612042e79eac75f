#!/usr/bin/env python3
"""Trains the U-Net of `peers.py step` in plain PyTorch with MONAI's DiceCELoss on the training
cases of a run of segtrain, and writes the labels of its test cases: how good is that, by the same
segeval?

  train.py --root Task04_Hippocampus --split runs/hippocampus/RUN/split.json --out peer0 --seed 0
  segeval --truth peer0/truth --prediction peer0/prediction

A folder in the Decathlon's layout, one channel. Whole volumes are z-scored; patches are random,
half of them centred on a labelled voxel; nothing is augmented. The rate is halved after 60 and 80 %
of the steps, and a running average of the weights predicts, in windows that overlap by half.
"""

import argparse
import json
import pathlib
import shutil
import time

import nibabel
import numpy as np
import torch
from monai.inferers import sliding_window_inference
from monai.losses import DiceCELoss
from networks import UNet
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


def volume(file, kind):
    """[D, H, W], and the file's image to write labels like it."""
    image = nibabel.load(file)
    turned = nibabel.as_closest_canonical(image)
    return np.ascontiguousarray(np.asanyarray(turned.dataobj).T).astype(kind), image


def read(root, name):
    x, _ = volume(root / "imagesTr" / f"{name}.nii.gz", np.float32)
    y, _ = volume(root / "labelsTr" / f"{name}.nii.gz", np.int64)
    return (x - x.mean()) / x.std(), y


def grown(x, size, value):
    lack = [max(0, want - have) for want, have in zip(size, x.shape)]
    return np.pad(x, [(n // 2, n - n // 2) for n in lack], constant_values=value)


def patch(case, size, rng):
    x = grown(case[0], size, case[0].min())
    y = grown(case[1], size, 0)
    start = [rng.integers(0, have - want + 1) for want, have in zip(size, y.shape)]
    labelled = np.argwhere(y)
    if rng.random() < 0.5 and len(labelled):
        middle = labelled[rng.integers(len(labelled))]
        start = [
            int(np.clip(m - want // 2, 0, have - want))
            for m, want, have in zip(middle, size, y.shape)
        ]
    cut = tuple(slice(s, s + want) for s, want in zip(start, size))
    return torch.from_numpy(x[cut])[None], torch.from_numpy(y[cut])[None]


def train(args, cases):
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    last = torch.channels_last_3d
    network = UNet(1, args.classes).to(memory_format=last)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(0.98), use_buffers=True)
    optimiser = torch.optim.Adam(network.parameters(), args.rate)
    halve = torch.optim.lr_scheduler.MultiStepLR(
        optimiser, [args.steps * 6 // 10, args.steps * 8 // 10], 0.5
    )
    criterion = DiceCELoss(
        include_background=False, to_onehot_y=True, softmax=True, squared_pred=True, batch=True
    )
    for step in range(args.steps):
        pairs = [patch(cases[rng.integers(len(cases))], args.patch, rng) for _ in range(args.batch)]
        x = torch.stack([p[0] for p in pairs]).contiguous(memory_format=last)
        y = torch.stack([p[1] for p in pairs])
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bfloat16):
            logits = network(x)
        value = criterion(logits.float(), y)
        value.backward()
        optimiser.step()
        halve.step()
        average.update_parameters(network)
        if (step + 1) % 50 == 0:
            print(json.dumps({"step": step + 1, "loss": value.item()}), flush=True)
    return average.eval()


def write_labels(args, network, names):
    out, truth = (pathlib.Path(args.out) / name for name in ("prediction", "truth"))
    out.mkdir(parents=True, exist_ok=True)
    truth.mkdir(exist_ok=True)
    for name in names:
        shutil.copy(args.root / "labelsTr" / f"{name}.nii.gz", truth)
        x, image = volume(args.root / "imagesTr" / f"{name}.nii.gz", np.float32)
        x = torch.from_numpy((x - x.mean()) / x.std())[None, None]
        with torch.no_grad():
            logits = sliding_window_inference(
                x, args.patch, 1, network, overlap=0.5, mode="gaussian", cval=float(x.min())
            )
        labels = logits.argmax(1)[0].numpy().T.astype(np.uint8)
        turned = nibabel.Nifti1Image(labels, nibabel.as_closest_canonical(image).affine)
        nibabel.save(turned, out / f"{name}.nii.gz")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--split", required=True, help="split.json of a run")
    parser.add_argument(
        "--out", required=True, help="folder of the test cases' labels, ours and theirs"
    )
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--patch", type=int, nargs=3, default=[48, 64, 48])
    parser.add_argument("--classes", type=int, default=3)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bfloat16", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    split = json.loads(pathlib.Path(args.split).read_text())
    begun = time.perf_counter()
    network = train(args, [read(args.root, name) for name in split["train"]])
    print(json.dumps({"steps": args.steps, "seconds": time.perf_counter() - begun}))
    write_labels(args, network, split["test"])


if __name__ == "__main__":
    main()
