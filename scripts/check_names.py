#!/usr/bin/env python3
"""Checks that a pass has one stem in five places.

`def TileAttentionPass : Pass<"sqa-tile-attention">` in a Passes.td means
lib/.../TileAttention.cpp, DEBUG_TYPE "sqa-tile-attention" there (where it logs),
and a test whose RUN lines use --sqa-tile-attention. Prints each violation and
exits with 1 if there is one.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PASS_DEF = re.compile(
    r"^def\s+(\w+)\s*:\s*(?:Interface)?Pass<\s*\"([^\"]+)\"", re.MULTILINE
)


def kebab(camel: str) -> str:
    """TileAttention -> tile-attention; LLVM and NVVM stay one word."""
    camel = camel.replace("LLVM", "Llvm").replace("NVVM", "Nvvm")
    return re.sub(r"(?<!^)(?=[A-Z])", "-", camel).lower()


def check_pass(definition: str, argument: str, sources: dict[str, pathlib.Path],
               tests: str) -> list[str]:
    errors = []
    if not definition.endswith("Pass"):
        errors.append(f"{definition}: expected the definition to end in 'Pass'")
    stem = definition.removesuffix("Pass")
    if argument != "sqa-" + kebab(stem):
        errors.append(f"{definition}: expected argument 'sqa-{kebab(stem)}', but got '{argument}'")
    # A conversion's file may drop the word: ConvertAttnToVector -> AttnToVector.cpp.
    names = [stem + ".cpp", stem.removeprefix("Convert") + ".cpp"]
    source = next((sources[name] for name in names if name in sources), None)
    if source is None:
        errors.append(f"{definition}: expected a file lib/**/{names[0]}")
    else:
        debug = re.search(r'#define DEBUG_TYPE "([^"]+)"', source.read_text())
        if debug and debug.group(1) != argument:
            errors.append(f"{source.relative_to(ROOT)}: expected DEBUG_TYPE \"{argument}\", but got \"{debug.group(1)}\"")
    if f"--{argument}" not in tests and f"{argument}" not in tests:
        errors.append(f"{definition}: expected a test that runs --{argument}")
    return errors


def main() -> int:
    sources = {path.name: path for path in (ROOT / "lib").rglob("*.cpp")}
    tests = "\n".join(
        line
        for path in (ROOT / "test").rglob("*.mlir")
        for line in path.read_text().splitlines()
        if "RUN:" in line
    )
    errors, seen = [], 0
    for td in (ROOT / "include").rglob("Passes.td"):
        for definition, argument in PASS_DEF.findall(td.read_text()):
            seen += 1
            errors += check_pass(definition, argument, sources, tests)
    if not seen:
        errors.append("expected at least one pass in include/**/Passes.td")
    for error in errors:
        print(f"error: {error}")
    if not errors:
        print(f"checked {seen} passes")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
