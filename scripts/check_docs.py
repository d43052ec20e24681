#!/usr/bin/env python3
"""Checks that every repository path a document names exists.

A path is what stands in backquotes, holds a slash, starts at a top-level folder
and has no placeholder in it; links are checked too. Prints each that is missing
and exits with 1 if there is one.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOPS = {p.name for p in ROOT.iterdir() if p.is_dir() and p.name not in {"build", ".git"}}
QUOTED = re.compile(r"`([A-Za-z0-9_./-]+)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def missing(document: pathlib.Path) -> list[str]:
    found = []
    text = document.read_text()
    for name in QUOTED.findall(text):
        top = name.split("/")[0]
        if ("/" in name and top in TOPS) or name.endswith(".md") and "/" not in name and name[0].isupper():
            if not (ROOT / name).exists() and not (document.parent / name).exists():
                found.append(name)
    for name in LINK.findall(text):
        if not (document.parent / name).exists():
            found.append(name)
    return found


def main() -> int:
    documents = [p for p in ROOT.rglob("*.md") if "build" not in p.relative_to(ROOT).parts and "third_party" not in p.parts]
    errors = [f"{d.relative_to(ROOT)}: names '{name}', which does not exist" for d in documents for name in missing(d)]
    for error in errors:
        print(f"error: {error}")
    if not errors:
        print(f"checked {len(documents)} documents")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
