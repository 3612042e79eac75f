"""Does nibabel see probabilities where their source lies?

probabilities.py SOURCE STEM NAME ...: STEM.nii.gz must hold what the files STEM/NAME.nii.gz do, a
class each along its fourth axis, under SOURCE's affine, and they must sum to 1. A line for each
difference; ends with 0 where there is none.
"""

import sys

import nibabel
import numpy as np


def differences(source, stem, names):
    a, four = nibabel.load(source), nibabel.load(f"{stem}.nii.gz")
    scores = np.asarray(four.dataobj)
    if scores.shape != (*a.shape[:3], len(names)):
        return [f"shape {scores.shape}"]
    found = []
    if not np.array_equal(a.affine, four.affine):
        found.append("affine")
    if np.abs(scores.sum(axis=3) - 1).max() > 1e-4:
        found.append(f"sum, by {np.abs(scores.sum(axis=3) - 1).max()}")
    for c, name in enumerate(names):
        one = nibabel.load(f"{stem}/{name}.nii.gz")
        values = np.asarray(one.dataobj).reshape(scores.shape[:3])
        if not np.array_equal(values, scores[..., c]):
            found.append(f"values of {name}")
        if not np.array_equal(a.affine, one.affine) or one.shape != a.shape:
            found.append(f"place of {name}")
        if one.get_data_dtype().newbyteorder("=") != np.uint16 or one.header["intent_code"] != 0:
            found.append(f"type of {name}")
    return found


def main():
    found = differences(sys.argv[1], sys.argv[2], sys.argv[3:])
    print(f"{sys.argv[2]}: {', '.join(found) or 'as its source'}")
    sys.exit(1 if found else 0)


main()
