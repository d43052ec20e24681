#!/usr/bin/env python3
"""Checks who may include whom.

dialects <- lib <- tools; the runtime sees none of them and no LLVM; of the
runtime, lib sees only what the package writer needs. Prints each violation and
exits with 1 if there is one.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.MULTILINE)
# Layer -> patterns that its files must not include.
FORBIDDEN = {
    "dialects": [r"^sqa/", r"^sqart/", r"^tools/"],
    "include/sqa": [r"^tools/"],
    "lib": [r"^tools/"],
    # The oracle shares no code with what it checks.
    "lib/Interpreter": [r"^sqa/(?!Interpreter/)", r"^mlir/.*/Transforms/", r"^mlir/Conversion/"],
    "runtime": [r"^mlir", r"^llvm", r"^dialects/", r"^sqa/", r"^tools/", r"^cuda\w*\.h"],
    "tools/io": [r"^mlir", r"^llvm", r"^dialects/", r"^sqa/"],
    "tools/sqa-run": [r"^mlir", r"^llvm", r"^dialects/", r"^sqa/"],
}
# What lib may see of the runtime: the formats, never the implementation.
LIB_MAY_SEE = re.compile(r"^(sqart/(kernel_abi|package_format|manifest_generated)\.h|.*sha256.*\.h)$")


def violations(layer: str, patterns: list[str]) -> list[str]:
    found = []
    for path in sorted((ROOT / layer).rglob("*")):
        if path.suffix not in {".h", ".hpp", ".cpp", ".c"} or "third_party" in path.parts:
            continue
        for name in INCLUDE.findall(path.read_text()):
            if any(re.match(p, name) for p in patterns):
                found.append(f"{path.relative_to(ROOT)}: {layer} must not include \"{name}\"")
            elif layer == "lib" and name.startswith("sqart/") and not LIB_MAY_SEE.match(name):
                found.append(f"{path.relative_to(ROOT)}: lib may see the runtime's formats only, not \"{name}\"")
    return found


def device_numbers() -> list[str]:
    """No option is declared outside tools/, where it would be global state."""
    return [
        f"{path.relative_to(ROOT)}: cl::opt belongs in tools/"
        for top in ("lib", "dialects")
        for path in sorted((ROOT / top).rglob("*.cpp"))
        if re.search(r"\bcl::opt<", path.read_text())
    ]


def main() -> int:
    errors = [e for layer, patterns in FORBIDDEN.items() for e in violations(layer, patterns)]
    errors += device_numbers()
    for error in errors:
        print(f"error: {error}")
    if not errors:
        print("layering holds")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
