#!/usr/bin/env python3
"""Picks what the project holds of the reference vectors: select.py FULL writes it beside itself.

FULL is a folder with every reference vector, such as SEG_ORACLE_DIR names. Gradients and outputs
are thinned (`stride` in the indexes grows), values are copied as they are. Needs numpy and
safetensors.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from safetensors.numpy import load_file, save_file

HERE = Path(__file__).resolve().parent
LARGEST = 2_000_000  # bytes, all files together

# Cases of the losses whose contour maps or distance weights are too many, and which of them stay.
MAPS = {
    "batch": ["contour.adaptive", "contour.release", "contour.n3"],
    "many_classes": ["contour.adaptive"],
    "n6_large_logits": ["contour.n6"],
}
MAPS_ONLY = ["aniso_odd"]  # neither logits nor losses
THIN_GRADIENTS = 17  # odd, like the strides: places along every axis differ
THIN_OUTPUTS = 7
NETWORKS_LEFT_OUT = ["unetr_weights"]  # a file of weights of 0.9 MB
SLIDING_RUNS = {"odd": ["out.gaussian_0.5_0.125"]}
# Cases of the lesions that stay, with the rules of whose results.
LESIONS = {
    "anisotropic": ["brats2023", "brats2023_met", "brats2024", "panoptic"],
    "full_volume": ["brats2023", "brats2024"],
    "iou_half": ["panoptic"],
    "split": ["brats2023"],
    "tissue_merge": ["brats2024", "panoptic"],
    "tissue_order": ["brats2024"],
    "touch_corner": ["brats2024"],
}


def read_index(folder):
    return json.loads((folder / "cases.json").read_text())


def write_index(name, index):
    text = json.dumps(index, separators=(",", ":")).replace('{"name"', '\n{"name"')
    (HERE / name / "cases.json").write_text(text + "\n")


def thin(entry, tensors, out, factor):
    """The vector that an entry of an index names, every factor-th value of it."""
    out[entry["key"]] = tensors[entry["key"]][::factor].copy()
    entry["stride"] *= factor


def losses(full):
    index = read_index(full)
    for case in index["cases"]:
        tensors = load_file(full / case["file"])
        kept = MAPS.get(case["name"], list(case["contours"]))
        case["contours"] = {k: v for k, v in case["contours"].items() if k in kept}
        out = {k: tensors[k] for k in ["labels", *case["contours"]]}
        if case["name"] not in MAPS:
            out.update({k: v for k, v in tensors.items() if k.startswith("dwce_weight.")})
        if case["name"] in MAPS_ONLY:
            case["losses"] = []
        else:
            out["logits"] = tensors["logits"]
        for loss in case["losses"]:
            thin(loss["grad"], tensors, out, THIN_GRADIENTS)
        save_file(out, HERE / "losses" / case["file"])
    write_index("losses", index)


def networks(full):
    index = read_index(full)
    index["cases"] = [c for c in index["cases"] if c["name"] not in NETWORKS_LEFT_OUT]
    for case in index["cases"]:
        tensors = load_file(full / case["file"])
        out = {k: v for k, v in tensors.items() if k.startswith("after_train.")}
        for entry in ("eval", "train", "grad_input"):
            if entry in case:
                thin(case[entry], tensors, out, THIN_OUTPUTS)
        save_file(out, HERE / "networks" / case["file"])
    write_index("networks", index)
    for counts in full.glob("*_counts.json"):
        shutil.copy(counts, HERE / "networks")


def metrics(full):
    index = read_index(full)
    write_index("metrics", index)
    maps = load_file(full / "label_maps.safetensors")
    out = {c[role]: maps[c[role]] for c in index["cases"] for role in ("reference", "prediction")}
    out["surface_area_normals"] = maps["surface_area_normals"]
    save_file(out, HERE / "metrics" / "label_maps.safetensors")


def resample(full):
    write_index("resample", read_index(full))
    for volume in full.glob("*.nii.gz"):
        shutil.copy(volume, HERE / "resample")


def sliding(full):
    index = read_index(full)
    for case in index["cases"]:
        kept = SLIDING_RUNS.get(case["name"])
        case["runs"] = [
            run
            for run in case["runs"]
            if run["sigma_scale"] in (None, 0.125) and (not kept or run["key"] in kept)
        ]
        for run in case["runs"]:
            run.pop("weight_key", None)
        tensors = load_file(full / case["file"])
        out = {"input": tensors["input"]}
        out.update({run["key"]: tensors[run["key"]] for run in case["runs"]})
        save_file(out, HERE / "sliding" / case["file"])
    write_index("sliding", index)


def lesions(full):
    index = read_index(full)
    index["cases"] = [c for c in index["cases"] if c["name"] in LESIONS]
    maps = load_file(full / "label_maps.safetensors")
    out = {}
    for case in index["cases"]:
        case["results"] = {rule: case["results"][rule] for rule in LESIONS[case["name"]]}
        out.update({case[role]: maps[case[role]] for role in ("reference", "prediction")})
    save_file(out, HERE / "lesions" / "label_maps.safetensors")
    write_index("lesions", index)


def statistics(full):
    index = read_index(full)
    for case in index["wilcoxon"]:
        kept = ("exact_midrank", "normal")
        case["p"] = {side: {k: p[k] for k in kept} for side, p in case["p"].items()}
    for case in index["holm"]:
        del case["benjamini_hochberg"], case["rejected_at_0.05"]
    write_index("statistics", index)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("full", type=Path, metavar="FULL")
    full = parser.parse_args().full
    for part in (losses, networks, metrics, resample, sliding, lesions, statistics):
        name = part.__name__
        shutil.rmtree(HERE / name, ignore_errors=True)
        (HERE / name).mkdir()
        part(full / name)
    size = sum(f.stat().st_size for f in HERE.rglob("*") if f.is_file())
    print(f"{size} bytes of at most {LARGEST}")
    return 0 if size <= LARGEST else 1


if __name__ == "__main__":
    sys.exit(main())
