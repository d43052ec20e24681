#!/usr/bin/env python3
"""Checks that every constraint of a dialect is enforced and tested.

A row `| `sqa_c3` | ... |` of dialects/<D>/README.md asks for the id in a verifier
(a comment in a .cpp or a tag on a trait in a .td of that directory) and in the
name of a case (`@sqa_c3_...`) of test/Dialect/<D>/*.mlir. An id in code or test
that no README has is an error too. Prints each violation and exits with 1 if
there is one.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| `(\w+_c\d+)` \|", re.MULTILINE)
CODE_ID = re.compile(r"(?://|/\*)[^\n]*")
ID = re.compile(r"\b([a-z_]+_c\d+)\b")
CASE = re.compile(r"@([a-z_]+_c\d+)(?:_\w+)?\b")


def read_all(directory: pathlib.Path, suffixes: tuple[str, ...]) -> str:
    return "\n".join(path.read_text() for path in sorted(directory.glob("*"))
                     if path.suffix in suffixes)


def check_dialect(directory: pathlib.Path) -> tuple[int, list[str]]:
    name = directory.name
    readme = directory / "README.md"
    if not readme.exists():
        return 0, [f"dialects/{name}: expected a README.md"]
    ids = ROW.findall(readme.read_text())
    errors = [f"dialects/{name}/README.md: {i} is defined twice"
              for i in sorted(set(ids)) if ids.count(i) > 1]
    comments = "\n".join(CODE_ID.findall(read_all(directory, (".cpp", ".td"))))
    verified = set(ID.findall(comments))
    tested = set(CASE.findall(read_all(ROOT / "test/Dialect" / name, (".mlir",))))
    for constraint in ids:
        if constraint not in verified:
            errors.append(f"{constraint}: expected a verifier line in dialects/{name} that cites it")
        if constraint not in tested:
            errors.append(f"{constraint}: expected a case @{constraint}_... in test/Dialect/{name}")
    for constraint in sorted((verified | tested) - set(ids)):
        errors.append(f"{constraint}: expected a row in dialects/{name}/README.md")
    return len(ids), errors


def main() -> int:
    total, errors = 0, []
    for directory in sorted((ROOT / "dialects").iterdir()):
        if directory.is_dir():
            count, found = check_dialect(directory)
            total += count
            errors += found
    for error in errors:
        print(error)
    print(f"{total} constraints, {len(errors)} errors")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
