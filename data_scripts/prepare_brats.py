#!/usr/bin/env python3
"""BraTS 2021 or 2023 (GLI) as downloaded, made ready: links, checked labels, a split.

The counts are the paper's, the draw is ours.

  prepare_brats.py SOURCE brats_ready                       # 800 train, 200 validation, 251 test
  prepare_brats.py SOURCE brats_ready --counts 40 10 10     # other counts
  prepare_brats.py SOURCE brats_ready --seed 1 --no-check   # another draw; voxels are not read

SOURCE is the extracted training data: it holds the labelled cases, BraTS2021_00000 or
BraTS-GLI-00000-000 and so on, or a folder with them. The parts are drawn as segtrain itself draws
them with the same counts and seed. DEST gets a folder per case, split.json and, where cases are in
no part, unused.txt.
"""

import collections
import os
import pathlib
import re
import sys

from prepare_amos import (
    Case,
    Failure,
    as_json,
    check,
    draw,
    parser_of,
    require_enough,
    require_new,
    require_sound,
    run,
    summary,
    write,
)

COUNTS = (800, 200, 251)

# folder: of a case; endings: of the files of flair, t1, t1ce, t2 and the label.
Release = collections.namedtuple("Release", "name folder endings values labels")
RELEASES = (
    Release(
        "BraTS 2021",
        r"BraTS2021_\d+",
        ("_flair", "_t1", "_t1ce", "_t2", "_seg"),
        {0, 1, 2, 4},
        "{1: NTC, 2: ED, 4: ET}",
    ),
    Release(
        "BraTS 2023 (GLI)",
        r"BraTS-GLI-\d+-\d+",
        ("-t2f", "-t1n", "-t1c", "-t2w", "-seg"),
        {0, 1, 2, 3},
        "{1: NTC, 2: ED, 3: ET}",
    ),
)


def case_folders(source):
    """The release, and the folders of its cases, below SOURCE or one level deeper."""
    if not source.is_dir():
        raise Failure(f"{source}: is no folder; name the extracted BraTS training data")
    entries = [f for depth in ("*", "*/*") for f in source.glob(depth) if f.is_dir()]
    found = [(r, [f for f in entries if re.fullmatch(r.folder, f.name)]) for r in RELEASES]
    found = [(release, folders) for release, folders in found if folders]
    if not found:
        raise Failure(
            f"{source}: has no folder BraTS2021_NUMBER or BraTS-GLI-NUMBER-NUMBER; name the "
            "extracted BraTS 2021 or 2023 training data"
        )
    if len(found) > 1:
        raise Failure(
            f"{source}: holds cases of {' and of '.join(r.name for r, _ in found)}, whose labels "
            "differ; name the folder of one release"
        )
    release, folders = found[0]
    return release, sorted(folders, key=lambda f: (f.name, f))


def case_in(folder, endings):
    """The case, and the names of the files that it lacks."""
    files = [folder / f"{folder.name}{ending}.nii.gz" for ending in endings]
    links = {f"{folder.name}/{file.name}": file for file in files}
    lacking = [file.name for file in files if not file.exists()]
    return Case(folder.name, files[:-1], files[-1], links), lacking


def labelled_cases(source):
    """The release, its cases, and the problems of those that are incomplete or there twice."""
    cases, problems = {}, []
    release, folders = case_folders(source)
    for folder in folders:
        case, lacking = case_in(folder, release.endings)
        if lacking:
            problems.append(
                f"{folder}: lacks {', '.join(lacking)}; download the case again, or take it out of "
                "SOURCE if it is unlabelled"
            )
        elif case.id in cases:
            problems.append(
                f"{folder}: is there a second time as {cases[case.id].label.parent}; "
                "remove one of them"
            )
        else:
            cases[case.id] = case
    return release, list(cases.values()), problems


def scans_of_patients(cases):
    """How many patients have several scans: BraTS-GLI-NUMBER-SCAN."""
    scans = collections.Counter(c.id.rpartition("-")[0] for c in cases if c.id.count("-") == 3)
    return sum(count > 1 for count in scans.values())


def main():
    arguments = parser_of(__doc__, COUNTS).parse_args()
    source, dest = arguments.source, pathlib.Path(os.path.realpath(arguments.dest))
    require_new(dest)
    release, cases, problems = labelled_cases(source)
    require_sound(problems)
    require_enough(len(cases), arguments.counts, f"{source}: labelled cases")
    require_sound(check(cases, release.values, not arguments.no_check))

    split = draw([c.id for c in cases], arguments.counts, arguments.seed)
    used = {identity for part in split.values() for identity in part}
    unused = [c.id for c in cases if c.id not in used]
    files = {"split.json": as_json(split)}
    if unused:
        files["unused.txt"] = "".join(f"{i}\n" for i in unused)
    write(dest, cases, files)

    print(f"{release.name}: {len(cases)} cases with labels in {source}")
    remark = f"{len(unused):>5}" + ("  (listed in unused.txt)" if unused else "")
    settings = [] if release is RELEASES[0] else [f"data.labels={release.labels}"]
    print(summary(split, remark, dest, "brats_cwcd.yaml", not arguments.no_check, settings))
    if several := scans_of_patients(cases):
        print(
            f"warning: {several} patients have several scans, which the draw may put into "
            "different parts; a split by patient can be given as JSON (data.split)",
            file=sys.stderr,
        )
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
