#!/usr/bin/env python3
"""Weights to and from Python, by name.

  weights.py to-torch runs/amos/checkpoints/best/weights.safetensors vnet.pt
      a state_dict: model.load_state_dict(torch.load("vnet.pt"))
  weights.py from-torch vnet.pt vnet.safetensors
      for segtrain --set model.weights=vnet.safetensors
  weights.py list FILE
      names, types and shapes of either kind

V-Net and UNETR have the names of monai.networks.nets.VNet and UNETR. Needs the packages torch and
safetensors.
"""

import argparse
import sys

import torch
from safetensors.torch import load_file, save_file


def load(path):
    """A dict name -> tensor of either kind of file.

    A .pt may hold the state_dict itself, or have it under "state_dict" or "model".
    """
    if str(path).endswith(".safetensors"):
        return load_file(path)
    tensors = torch.load(path, map_location="cpu", weights_only=True)
    for key in ("state_dict", "model"):
        if isinstance(tensors.get(key), dict):
            tensors = tensors[key]
    return tensors


def save_safetensors(tensors, path):
    """Names without the "module." that DataParallel adds.

    Each tensor gets memory of its own, as the format wants it.
    """
    save_file(
        {
            name.removeprefix("module."): t.detach().cpu().contiguous().clone()
            for name, t in tensors.items()
        },
        path,
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("to-torch", "from-torch", "list"):
        command = commands.add_parser(name)
        command.add_argument("source")
        if name != "list":
            command.add_argument("target")
    arguments = parser.parse_args()
    tensors = load(arguments.source)
    if arguments.command == "to-torch":
        torch.save(tensors, arguments.target)
    elif arguments.command == "from-torch":
        save_safetensors(tensors, arguments.target)
    else:
        for name, t in tensors.items():
            print(name, str(t.dtype).removeprefix("torch."), list(t.shape))
    return 0


if __name__ == "__main__":
    sys.exit(main())
