#!/usr/bin/env python3
"""Names the C++ statements that join assignments by commas: commas.py FILE ...

`a = 1, b = 2;` is two statements. A declaration (`int a = 1, b = 2;`) and the clauses of a `for`
are not meant. Exit code 1: there is one.
"""

import re
import sys
from pathlib import Path

# What has no code in it: comments, strings (raw ones too), characters, preprocessor lines.
NO_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'
    r"(?<!\w)'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
    re.S | re.M,
)
CONTROL = re.compile(r"\s*(?:else\b|do\b|case\b[^:]*:|default\s*:|(?:if|for|while|switch)\b)")
# Something without a space that is assigned to or counted: not `type name = ...`.
ASSIGNMENT = re.compile(r"\s*\*?[\w:.\[\]()>-]+\s*(?:[-+*/%&|^]|<<|>>)?=(?!=)")
COUNTING = re.compile(r"\s*(?:(?:\+\+|--)\*?[\w.\[\]()>-]+|[\w.\[\]()>-]+(?:\+\+|--))\s*$")


def blank(match):
    """The same lines and length, so that places stay."""
    return re.sub(r"[^\n]", " ", match.group())


def statements(code):
    """(place, text) of what ends with a semicolon outside of parentheses."""
    begin, depth = 0, 0
    for place, c in enumerate(code):
        if c in "([":
            depth += 1
        elif c in ")]":
            depth = max(0, depth - 1)
        elif c in "{}":
            # A lambda among arguments begins anew; what it returns to is no statement of ours.
            begin, depth = place + 1, 0
        elif c == ";" and depth == 0:
            yield begin, code[begin:place]
            begin = place + 1


def without_control(text):
    """The statement behind `if (...)`, `else` and the like."""
    while found := CONTROL.match(text):
        text = text[found.end() :]
        if not text.lstrip().startswith(("(", "constexpr")):
            continue
        depth = 0
        for place, c in enumerate(text):
            depth += (c == "(") - (c == ")")
            if c == ")" and depth == 0:
                text = text[place + 1 :]
                break
        else:
            return ""
    return text


def parts(text):
    """What commas outside of brackets part."""
    depth, begin = 0, 0
    for place, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if c == "," and depth == 0:
            yield text[begin:place]
            begin = place + 1
    yield text[begin:]


def joins(text):
    found = list(parts(without_control(text)))
    changes = [p for p in found if ASSIGNMENT.match(p) or COUNTING.match(p)]
    return len(found) > 1 and len(changes) > 1 and bool(changes[0] == found[0])


def main():
    bad = False
    for name in sys.argv[1:]:
        code = NO_CODE.sub(blank, Path(name).read_text())
        for place, text in statements(code):
            if joins(text):
                line = code.count("\n", 0, place + len(text) - len(text.lstrip())) + 1
                print(f"{name}:{line}: {' '.join(text.split())[:80]}")
                bad = True
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
