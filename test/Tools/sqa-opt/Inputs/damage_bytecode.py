"""Cuts MLIR bytecode short: sqa-opt refuses it with a message.

Row 58 of the failure catalogue. The reader is libMLIR's; with single bits flipped
it may loop for ever (two of 48 did), so input of the compiler has to be trusted:
SECURITY.md.

usage: damage_bytecode.py TOOLS FILE.mlir
"""

import pathlib
import subprocess
import sys


def run(tool: str, *arguments: str, data: bytes = b"") -> subprocess.CompletedProcess:
    return subprocess.run([tool, *arguments], input=data, capture_output=True, timeout=60)


def main() -> int:
    tool, source = str(pathlib.Path(sys.argv[1]) / "sqa-opt"), sys.argv[2]
    whole = run(tool, source, "--emit-bytecode", "-o", "-").stdout
    assert run(tool, "-", "-o", "/dev/null", data=whole).returncode == 0, "the whole file does not read"
    lengths = range(1, len(whole), max(1, len(whole) // 40))
    failures = 0
    for length in lengths:
        result = run(tool, "-", "-o", "/dev/null", data=whole[:length])
        if result.returncode != 1 or b"error" not in result.stderr:
            failures += 1
            print(f"cut to {length} bytes: exit code {result.returncode}\n{result.stderr.decode(errors='replace')[-500:]}")
    print(f"{len(lengths) - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
