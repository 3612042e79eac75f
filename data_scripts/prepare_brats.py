#!/usr/bin/env python3
"""BraTS 2021 as downloaded, made ready: links, checked labels, a split of the paper's counts.

  prepare_brats.py SOURCE brats_ready                       # 800 train, 200 validation, 251 test
  prepare_brats.py SOURCE brats_ready --counts 40 10 10     # other counts
  prepare_brats.py SOURCE brats_ready --seed 1 --no-check   # another draw; voxels are not read

SOURCE is the extracted BraTS2021_Training_Data: it holds the labelled cases, BraTS2021_00000 and so
on, or a folder with them. DEST gets a folder per case, split.json and, where cases are in no part,
unused.txt.
"""

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

CHANNELS = ("flair", "t1", "t1ce", "t2")
VALUES = {0, 1, 2, 4}
COUNTS = (800, 200, 251)


def case_folders(source):
    """The folders of cases, below SOURCE or one level deeper."""
    if not source.is_dir():
        raise Failure(f"{source}: is no folder; name the extracted BraTS 2021 training data")
    folders = [
        f
        for depth in ("*", "*/*")
        for f in source.glob(depth)
        if re.fullmatch(r"BraTS2021_\d+", f.name) and f.is_dir()
    ]
    if not folders:
        raise Failure(
            f"{source}: has no folder BraTS2021_NUMBER; name the extracted BraTS 2021 training data"
        )
    return sorted(folders, key=lambda f: (f.name, f))


def case_in(folder):
    """The case, and the names of the files that it lacks."""
    files = {kind: folder / f"{folder.name}_{kind}.nii.gz" for kind in CHANNELS + ("seg",)}
    links = {f"{folder.name}/{file.name}": file for file in files.values()}
    lacking = [file.name for file in files.values() if not file.exists()]
    return Case(folder.name, [files[c] for c in CHANNELS], files["seg"], links), lacking


def labelled_cases(source):
    """The cases, and the problems of those that are incomplete or there twice."""
    cases, problems = {}, []
    for folder in case_folders(source):
        case, lacking = case_in(folder)
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
    return list(cases.values()), problems


def main():
    arguments = parser_of(__doc__, COUNTS).parse_args()
    source, dest = arguments.source, pathlib.Path(os.path.realpath(arguments.dest))
    require_new(dest)
    cases, problems = labelled_cases(source)
    require_sound(problems)
    require_enough(len(cases), arguments.counts, f"{source}: labelled cases")
    require_sound(check(cases, VALUES, not arguments.no_check))

    split = draw([c.id for c in cases], arguments.counts, arguments.seed)
    used = {identity for part in split.values() for identity in part}
    unused = [c.id for c in cases if c.id not in used]
    files = {"split.json": as_json(split)}
    if unused:
        files["unused.txt"] = "".join(f"{i}\n" for i in unused)
    write(dest, cases, files)

    print(f"BraTS 2021: {len(cases)} cases with labels in {source}")
    remark = f"{len(unused):>5}" + ("  (listed in unused.txt)" if unused else "")
    print(summary(split, remark, dest, "brats_cwcd.yaml", not arguments.no_check))
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
