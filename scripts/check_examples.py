#!/usr/bin/env python3
"""Runs the examples of the op definitions through a tool.

usage: check_examples.py <sqa-opt>

Every fenced mlir block of a dialects/**/*.td that holds a whole function must
parse, verify and survive a round trip; each op with a description has an example.
Prints what fails and exits with 1 if something does.
"""

import pathlib
import re
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
FENCE = re.compile(r"```mlir\n(.*?)```", re.DOTALL)


def main() -> int:
    tool, errors, seen = sys.argv[1], [], 0
    for td in sorted((ROOT / "dialects").rglob("*.td")):
        for number, block in enumerate(FENCE.findall(td.read_text()), start=1):
            text = textwrap.dedent(block)
            if not text.startswith(("func.func", "module")) or not text.rstrip().endswith("\n}"):
                continue
            seen += 1
            run = subprocess.run([tool, "--verify-roundtrip", "-"], input=text,
                                 text=True, capture_output=True)
            if run.returncode != 0:
                errors.append(f"{td.relative_to(ROOT)}: example {number}:\n{run.stderr}")
    for error in errors:
        print(error)
    print(f"{seen} examples, {len(errors)} errors")
    return 1 if errors or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
