"""Do nibabel and SimpleITK (where it is installed) see a label where its source lies?

same_place.py N SOURCE LABEL [SOURCE LABEL ...]: LABEL must hold (x + 3 y + 7 z) k mod N in
the file's own axes (k is 1 where N is at most 256, else 997), under SOURCE's version, byte order,
shape, affine, codes and units. A line for each difference; without any it prints only what looked,
and ends with 0.
"""

import sys

import nibabel
import numpy as np

try:
    import SimpleITK
except ImportError:
    SimpleITK = None


def expected(shape, n):
    x, y, z = np.ogrid[: shape[0], : shape[1], : shape[2]]
    return ((x + 3 * y + 7 * z) * (1 if n <= 256 else 997) % n).reshape(shape)


def by_nibabel(source, label, n):
    a, b = nibabel.load(source), nibabel.load(label)
    same = {
        "version": type(a) is type(b),
        "byte order": a.header.endianness == b.header.endianness,
        "shape": a.shape == b.shape,
        "affine": np.array_equal(a.affine, b.affine),
        "zooms": np.array_equal(a.header["pixdim"], b.header["pixdim"]),
        "qform": a.header["qform_code"] == b.header["qform_code"],
        "sform": a.header["sform_code"] == b.header["sform_code"],
        "units": a.header["xyzt_units"] == b.header["xyzt_units"],
        "type": b.get_data_dtype().newbyteorder("=") == (np.uint8 if n <= 256 else np.uint16),
        "scaling": b.header.get_slope_inter() in ((None, None), (1.0, 0.0)),
        "extensions": len(b.header.extensions) == 0,
        "intent": b.header["intent_code"] == 1002,
    }
    if same["shape"]:
        same["values"] = np.array_equal(np.asarray(b.dataobj), expected(b.shape, n))
    return [what for what, good in same.items() if not good]


def by_simpleitk(source, label, n):
    """None where SimpleITK cannot read the source."""
    try:
        a = SimpleITK.ReadImage(source)
    except RuntimeError:
        return None
    b = SimpleITK.ReadImage(label)
    same = {
        "size": a.GetSize() == b.GetSize(),
        "spacing": a.GetSpacing() == b.GetSpacing(),
        "origin": a.GetOrigin() == b.GetOrigin(),
        "direction": a.GetDirection() == b.GetDirection(),
    }
    values = SimpleITK.GetArrayFromImage(b)
    same["values"] = np.array_equal(values, expected(b.GetSize(), n).transpose())
    return [what for what, good in same.items() if not good]


def main():
    n, files = int(sys.argv[1]), sys.argv[2:]
    seen = {"nibabel": 0, "SimpleITK": 0}
    wrong = 0
    for source, label in zip(files[::2], files[1::2], strict=True):
        for name, look in (("nibabel", by_nibabel), ("SimpleITK", by_simpleitk)):
            if name == "SimpleITK" and SimpleITK is None:
                continue
            differences = look(source, label, n)
            seen[name] += differences is not None
            if differences:
                wrong += 1
                print(f"{name}: {label} differs from {source}: {', '.join(differences)}")
    print(", ".join(f"{name}: {count}" for name, count in seen.items()))
    sys.exit(1 if wrong else 0)


main()
