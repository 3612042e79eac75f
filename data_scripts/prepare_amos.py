#!/usr/bin/env python3
"""AMOS 2022 as downloaded, made ready: links, checked labels, a split of the paper's counts.

  prepare_amos.py amos22 amos_ready                        # 180 train, 20 validation, 21 test
  prepare_amos.py amos22 amos_ready --counts 150 20 30     # other counts
  prepare_amos.py amos22 amos_ready --seed 1 --no-check    # another draw; voxels are not read

SOURCE is the extracted amos22 folder with imagesTr, labelsTr, imagesVa and labelsVa. 300 CT scans
of the public release have labels; which 221 of them the paper's authors took is not published. The
parts are drawn from the sorted ids of the labelled CT scans, as segtrain itself draws them from
the download with the same counts and seed. The scans of the test folder stay out, so that the split
is the same whether their labels are there or not. DEST gets imagesTr, labelsTr, dataset.json,
split.json (for data.split, also of the download) and unused.txt.
"""

import argparse
import array
import collections
import concurrent.futures
import gzip
import json
import math
import os
import pathlib
import re
import shlex
import shutil
import struct
import sys
import zlib

NAMES = [
    "background",
    "spleen",
    "right kidney",
    "left kidney",
    "gallbladder",
    "esophagus",
    "liver",
    "stomach",
    "aorta",
    "postcava",
    "pancreas",
    "right adrenal gland",
    "left adrenal gland",
    "duodenum",
    "bladder",
    "prostate/uterus",
]
COUNTS = (180, 20, 21)
PARTS = ("train", "validation", "test")

# links: path below DEST -> source file.
Case = collections.namedtuple("Case", "id images label links")
Header = collections.namedtuple("Header", "shape order type offset slope intercept affine")


class Failure(Exception):
    """What ends the program, as a sentence."""


# --- NIfTI labels ---

# NIfTI's datatype -> the array module's.
TYPES = {
    2: "B",
    4: "h",
    8: "i",
    16: "f",
    64: "d",
    256: "b",
    512: "H",
    768: "I",
    1024: "q",
    1280: "Q",
}
MOST_LISTED = 10

WORD, GOLDEN = (1 << 64) - 1, 0x9E3779B97F4A7C15  # of SplitMix64


def read_header(stream):
    """Of either version and byte order."""
    raw = stream.read(348)
    if len(raw) < 348:
        raise EOFError
    order = next((o for o in "<>" if struct.unpack(o + "i", raw[:4])[0] in (348, 540)), None)
    if order is None:
        raise Failure("is not a NIfTI file")
    old = struct.unpack(order + "i", raw[:4])[0] == 348
    dims = struct.unpack_from(order + ("8h" if old else "8q"), raw, 40 if old else 16)
    (kind,) = struct.unpack_from(order + "h", raw, 70 if old else 12)
    (offset,) = struct.unpack_from(order + ("f" if old else "q"), raw, 108 if old else 168)
    slope, intercept = struct.unpack_from(order + ("2f" if old else "2d"), raw, 112 if old else 176)
    if (
        not 3 <= dims[0] <= 7
        or min(dims[1 : dims[0] + 1]) < 1
        or max(dims[4 : dims[0] + 1], default=1) > 1
    ):
        raise Failure(f"is not a 3D volume (its header's dimensions are {list(dims)})")
    if not math.isfinite(offset) or offset < 348:
        raise Failure(f"is not a NIfTI file (its voxels begin at byte {offset:g})")
    if slope == 0 or not math.isfinite(slope) or not math.isfinite(intercept):
        slope, intercept = 1, 0
    if not old:
        raw += stream.read(540 - len(raw))
        if len(raw) < 540:
            raise EOFError
    affine = affine_in(raw, order, old)
    if not all(0 < math.hypot(*column) < math.inf for column in affine[:3]):
        raise Failure("has a voxel size that is no positive number")
    return Header(dims[1:4], order, kind, int(offset), slope, intercept, affine)


def affine_in(raw, order, old):
    """The axes' columns in mm per voxel, then the origin: of the sform, else qform, else pixdim."""
    real, size = ("f", 4) if old else ("d", 8)
    pixdim = struct.unpack_from(order + "8" + real, raw, 76 if old else 104)
    qform, sform = struct.unpack_from(order + ("2h" if old else "2i"), raw, 252 if old else 344)
    (units,) = struct.unpack_from(order + ("B" if old else "i"), raw, 123 if old else 500)
    unit = {1: 1000, 3: 0.001}.get(units & 7, 1)
    quatern = 256 if old else 352
    if sform > 0:
        rows = struct.unpack_from(order + "12" + real, raw, quatern + 6 * size)
        return [[unit * rows[4 * r + c] for r in range(3)] for c in range(4)]
    spacing = [unit * p for p in pixdim[1:4]]
    if qform <= 0:
        return [[spacing[c] * (r == c) for r in range(3)] for c in range(3)] + [[0, 0, 0]]
    b, c, d, *offset = struct.unpack_from(order + "6" + real, raw, quatern)
    a = math.sqrt(max(0, 1 - b * b - c * c - d * d))
    if pixdim[0] < 0:
        spacing[2] = -spacing[2]
    turned = [
        [a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)],
        [2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)],
        [2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c],
    ]
    axes = [[spacing[k] * v for v in turned[k]] for k in range(3)]
    return axes + [[unit * v for v in offset]]


def elsewhere(header, other):
    """How the second lies otherwise in space than the first, in segtrain's tolerances; or ''."""
    gap = max(abs(p - q) for p, q in zip(header.affine[3], other.affine[3]))
    if not gap <= 1e-3:
        return f"begins {gap:.3g} mm beside it"
    for axis, voxels, column, its in zip("xyz", header.shape, header.affine, other.affine):
        spacing, its_spacing = math.hypot(*column), math.hypot(*its)
        if not abs(spacing - its_spacing) * voxels <= 1e-3:
            return f"has a spacing of {its_spacing:.4g} mm along {axis}, not {spacing:.4g} mm"
        if not all(abs(p / spacing - q / its_spacing) <= 1e-4 for p, q in zip(column, its)):
            return "is turned otherwise"
    return ""


def values_in(raw, header):
    """The different numbers in `raw`.

    Eight bytes are compared at a time: a label volume repeats itself.
    """
    whole = len(raw) - len(raw) % 8
    numbers = array.array(TYPES[header.type])
    numbers.frombytes(array.array("Q", set(array.array("Q", raw[:whole]))).tobytes() + raw[whole:])
    if header.order != ("<" if sys.byteorder == "little" else ">"):
        numbers.byteswap()
    return set(numbers)


def label_of(number, header):
    """The whole number that it stands for, else the number as it is."""
    value = number * header.slope + header.intercept
    return round(value) if math.isfinite(value) and abs(value - round(value)) < 1e-3 else value


def other_values(stream, header, allowed):
    """The label values outside `allowed`; reading ends early where there are many."""
    if header.type not in TYPES:
        raise Failure(f"has voxels of NIfTI type {header.type}, which is none of labels")
    stream.seek(header.offset)
    left = math.prod(header.shape) * array.array(TYPES[header.type]).itemsize
    others = set()
    while left and len(others) <= MOST_LISTED:
        raw = stream.read(min(left, 1 << 23))
        if not raw:
            raise EOFError
        left -= len(raw)
        if left and len(raw) % 8:
            raise EOFError
        others |= {label_of(n, header) for n in values_in(raw, header)} - allowed
    while not left and stream.read(1 << 20):  # to the end, for the checksum
        pass
    return others


def listed(values):
    shown = [f"{v:g}" for v in sorted(values, key=lambda v: (v != v, v))]
    return ", ".join(shown[:MOST_LISTED]) + (" and more" if len(shown) > MOST_LISTED else "")


def described(allowed):
    least, most = min(allowed), max(allowed)
    return (
        f"{least} to {most}"
        if len(allowed) == most - least + 1
        else ", ".join(map(str, sorted(allowed)))
    )


def read(path, what):
    """what(stream), and what is wrong with the file: (result, None) or (None, sentence)."""
    try:
        with gzip.open(path) as stream:
            return what(stream), None
    except Failure as e:
        return None, f"{path}: {e}; download it again"
    except EOFError:
        return None, f"{path}: ends too early; download it again"
    except (gzip.BadGzipFile, zlib.error):
        return None, f"{path}: is damaged or not compressed with gzip; download it again"
    except OSError as e:
        return (
            None,
            f"{path}: cannot be read ({e.strerror}); download it again or correct its permissions",
        )


def problems_of(case, allowed, voxels):
    """Every problem of a case's files, as sentences."""
    problems = []
    label, problem = read(case.label, read_header)
    if problem:
        problems.append(problem)
    for path in case.images:
        image, problem = read(path, read_header)
        if problem:
            problems.append(problem)
        elif label and image.shape != label.shape:
            problems.append(
                f"{case.label}: is of {size(label)} voxels, but {path} of {size(image)}; "
                "download both again"
            )
        elif label and elsewhere(label, image):
            problems.append(
                f"{case.label}: lies elsewhere than its image: {path} {elsewhere(label, image)}; "
                "download both again"
            )
    if label and voxels:
        others, problem = read(case.label, lambda stream: other_values(stream, label, allowed))
        if problem:
            problems.append(problem)
        elif others:
            problems.append(
                f"{case.label}: holds the value{'s' * (len(others) > 1)} {listed(others)}, "
                f"but labels are {described(allowed)}; download it again or correct it"
            )
    return problems


def size(header):
    return " x ".join(map(str, header.shape))


def check_case(job):
    return problems_of(*job)


def check(cases, allowed, voxels):
    """Every problem of every case, several cases at once."""
    problems = []
    with concurrent.futures.ProcessPoolExecutor(min(os.cpu_count() or 1, 16, len(cases))) as pool:
        for done, found in enumerate(
            pool.map(check_case, [(c, allowed, voxels) for c in cases]), 1
        ):
            problems += found
            if sys.stderr.isatty() or done == len(cases):
                print(
                    f"\rchecked {done} of {len(cases)} cases", end="", file=sys.stderr, flush=True
                )
    print(file=sys.stderr)
    return problems


# --- The ready folder ---


def mixed(z):
    """SplitMix64's mixing."""
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & WORD
    z = (z ^ z >> 27) * 0x94D049BB133111EB & WORD
    return z ^ z >> 31


def shuffled(ids, seed):
    """As segtrain shuffles them for data.split (lib/core/random.h, purpose split)."""
    state = mixed(seed + GOLDEN & WORD)
    for key in (0, 0, 5):
        state = mixed(state + GOLDEN * (key + 1) & WORD)
    ids = list(ids)
    for i in range(len(ids) - 1, 0, -1):
        biased = (WORD + 1) % (i + 1)
        number = -1
        while number < biased:
            state = state + GOLDEN & WORD
            number = mixed(state)
        j = number % (i + 1)
        ids[i], ids[j] = ids[j], ids[i]
    return ids


def draw(ids, counts, seed):
    """The parts, drawn from the sorted ids without replacement, as data.split draws them."""
    ids = shuffled(sorted(ids), seed)
    parts = {}
    for part, count in zip(PARTS, counts):
        parts[part], ids = sorted(ids[:count]), ids[count:]
    return parts


def require_enough(found, counts, what):
    if min(counts) < 0 or counts[0] < 1:
        raise Failure("--counts: needs at least one case to train on and no negative number")
    if found < sum(counts):
        raise Failure(
            f"{what}: {found} found, {sum(counts)} needed ({counts[0]} train, "
            f"{counts[1]} validation, {counts[2]} test); "
            "complete the download or give --counts T V S"
        )


def require_new(dest):
    if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
        raise Failure(
            f"{dest}: exists and is not an empty folder; remove it or choose another DEST"
        )


def require_sound(problems):
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise Failure(f"{count}, nothing was written:\n  " + "\n  ".join(problems))


def write(dest, cases, files):
    """DEST with the links of `cases` and the texts of `files`, by name: whole or not at all."""
    dest.parent.mkdir(parents=True, exist_ok=True)
    folder = dest.parent / f".{dest.name}.{os.getpid()}"
    folder.mkdir()
    try:
        for case in cases:
            for name, source in case.links.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).symlink_to(os.path.realpath(source))
        for name, text in files.items():
            (folder / name).write_text(text)
        folder.rename(dest)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def as_json(value):
    return json.dumps(value, indent=2) + "\n"


def parser_of(description, counts):
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "source", metavar="SOURCE", type=pathlib.Path, help="the extracted download; only read"
    )
    parser.add_argument("dest", metavar="DEST", type=pathlib.Path, help="the folder to make")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draw (0)")
    parser.add_argument(
        "--counts",
        type=int,
        nargs=3,
        default=counts,
        metavar=("T", "V", "S"),
        help="cases to train, to validate and to test on (%d %d %d)" % counts,
    )
    parser.add_argument(
        "--no-check", action="store_true", help="read headers only, not the voxels of the labels"
    )
    return parser


def summary(split, unused, dest, config, checked, settings=()):
    lines = [f"{part:<12}{len(split[part]):>5}" for part in PARTS] + [f"{'unused':<12}{unused}"]
    lines.append(f"{'labels':<12}{'  checked' if checked else '  sizes checked, values not read'}")
    command = ["segtrain", "--config", config]
    for setting in (f"data.root={dest}", "data.split=split.json", *settings):
        command += ["--set", setting]
    return "\n".join(
        lines + ["", f"{dest} is ready. Next:", "  " + " ".join(map(shlex.quote, command))]
    )


def run(main):
    """main's exit code; failures become sentences."""
    try:
        return main()
    except Failure as e:
        print(f"error: {e}", file=sys.stderr)
    except OSError as e:
        print(
            f"error: {e.filename}: {e.strerror}; correct the path, its permissions or the disk's "
            "free space",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        return 130
    return 1


# --- AMOS ---


def scans_in(folder):
    """File name -> path of each amos_NUMBER.nii.gz."""
    if not folder.is_dir():
        return {}
    return {
        p.name: p for p in sorted(folder.iterdir()) if re.fullmatch(r"amos_\d+\.nii\.gz", p.name)
    }


def labelled_scans(source):
    """The cases with a label, and the problems of what has no place."""
    cases, problems = {}, []
    for part in ("Tr", "Va"):
        images = scans_in(source / f"images{part}")
        for name, label in scans_in(source / f"labels{part}").items():
            identity = name[: -len(".nii.gz")]
            if name not in images:
                problems.append(
                    f"{label}: has no image {source / f'images{part}' / name}; download it again"
                )
            elif identity in cases:
                problems.append(
                    f"{label}: is there a second time as {cases[identity].label}; "
                    "remove one of them with its image"
                )
            else:
                links = {f"imagesTr/{name}": images[name], f"labelsTr/{name}": label}
                cases[identity] = Case(identity, [images[name]], label, links)
    return [cases[identity] for identity in sorted(cases)], problems


def is_ct(identity):
    return int(identity.rpartition("_")[2]) <= 500


def dataset_json(cases):
    return as_json(
        {
            "name": "AMOS 2022",
            "channel_names": {"0": "CT"},
            "labels": {name: i for i, name in enumerate(NAMES)},
            "numTraining": len(cases),
            "file_ending": ".nii.gz",
        }
    )


def main():
    arguments = parser_of(__doc__, COUNTS).parse_args()
    source, dest = arguments.source, pathlib.Path(os.path.realpath(arguments.dest))
    require_new(dest)
    if not (source / "imagesTr").is_dir() or not (source / "labelsTr").is_dir():
        raise Failure(
            f"{source}: has no folders imagesTr and labelsTr; name the extracted amos22 folder"
        )
    cases, problems = labelled_scans(source)
    ct = [c.id for c in cases if is_ct(c.id)]
    if not problems:
        require_enough(
            len(ct), arguments.counts, f"{source}: labelled CT scans in imagesTr and imagesVa"
        )
    if cases:
        problems += check(cases, set(range(len(NAMES))), not arguments.no_check)
    require_sound(problems)

    split = draw(ct, arguments.counts, arguments.seed)
    used = {identity for part in split.values() for identity in part}
    unused = [c.id for c in cases if c.id not in used]
    write(
        dest,
        cases,
        {
            "dataset.json": dataset_json(cases),
            "split.json": as_json(split),
            "unused.txt": "".join(f"{i}\n" for i in unused),
        },
    )

    spare = sum(map(is_ct, unused))
    print(f"AMOS 2022: {len(ct)} CT and {len(cases) - len(ct)} MR scans with labels in {source}")
    remark = f"{len(unused):>5}  ({spare} CT, {len(unused) - spare} MR; listed in unused.txt)"
    print(summary(split, remark, dest, "amos_cwcd.yaml", not arguments.no_check))
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
