#!/usr/bin/env python3
"""Writes docs/Pipeline.md: one small attention op at every stage.

usage: scripts/update_pipeline_doc.py --tools build/dev/bin [--check]

The prose is here, the IR comes from the compiler. With --check nothing is
written, and the exit code is 1 if the page is out of date.
"""

import argparse
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "Pipeline.md"
TARGET = "x86-64-v3"

INPUT = """\
func.func @attention(%query: tensor<1x2x?x8xf32>, %key: tensor<1x1x?x8xf32>, %value: tensor<1x1x?x8xf32>) -> tensor<1x2x?x8xf32> {
  %0 = attn.sqa %query, %key, %value causal(bottom_right)
      : (tensor<1x2x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>) -> tensor<1x2x?x8xf32>
  return %0 : tensor<1x2x?x8xf32>
}
"""

HEADER = f"""\
# The pipeline

One small op, two query heads that share one key/value head under a causal mask, at every stage of the CPU path. This page
is written by `scripts/update_pipeline_doc.py`, and a test fails when it no longer shows what the compiler does.

```
 input --> planned --> tiled --> kernel --> llvm --> binary
 attn      schedule    scf +     vector +   LLVM     ELF image per
 linalg    per op      online    memref     dialect  instruction set,
 tensors   + shapes    softmax   kernels             .sqapkg
```

Each stage is valid IR: `sqa-compile --stop-after=STAGE` prints it, `sqa-opt` reads it again. The order of the passes is written
in one place, `lib/Pipelines`.
"""

# Stage, what holds at its end, most lines shown.
STAGES = [
    ("input", "What the user wrote, parsed and verified.", 40),
    ("planned", "Rotary embedding and merges are ordinary `linalg`; every attention op carries the schedule chosen for the "
     "target, and what results look like is known in terms of the arguments.", 40),
    ("tiled", "`scf.forall` over batch, head and query tile. Inside, the query tile is packed with its rows last, and a loop over "
     "blocks of keys runs `attn.online_sqa`, without mask code where the clauses allow. No tensor has S x T elements.", 150),
    ("kernel", "Buffers instead of tensors, results written in place. Each `scf.forall` is a kernel, a private function over a range of "
     "tiles with its own scratch memory, and `host.dispatch` runs it. The online step is vector code: lanes are query rows.", 120),
    ("llvm", "The LLVM dialect, with the functions of the kernel ABI (`runtime/include/sqart/kernel_abi.h`).", 60),
]


def run_stage(tools: pathlib.Path, stage: str) -> str:
    """The IR at the end of a stage."""
    command = [str(tools / "sqa-compile"), "-", f"--target={TARGET}", f"--stop-after={stage}", "-o", "-"]
    result = subprocess.run(command, input=INPUT, capture_output=True, text=True, timeout=120)
    if result.returncode != 0:
        sys.exit(f"error: {' '.join(command)} failed:\n{result.stderr}")
    return result.stdout.rstrip()


def shorten(text: str, limit: int) -> str:
    """The first lines, and how many were left out; very long lines are cut."""
    lines = [line if len(line) <= 180 else line[:177] + "..." for line in text.splitlines()]
    if len(lines) > limit:
        lines = lines[:limit] + [f"// ... {len(lines) - limit} more lines"]
    return "\n".join(lines)


def make_page(tools: pathlib.Path) -> str:
    parts = [HEADER]
    for stage, text, limit in STAGES:
        parts.append(f"## {stage}\n\n{text}\n\n```mlir\n{shorten(run_stage(tools, stage), limit)}\n```\n")
    parts.append(
        "## binary\n\n"
        "LLVM optimises and emits an object for each instruction set of the package; the ELF writer lays it out as an image "
        "without imports or relocations, and the package holds one image per level, the manifest, the source IR and the "
        "schedules. `sqa-run --inspect` lists what is inside.\n"
    )
    return "\n".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tools", type=pathlib.Path, required=True, help="folder that holds sqa-compile")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is out of date")
    arguments = parser.parse_args()
    page = make_page(arguments.tools)
    if not arguments.check:
        PAGE.write_text(page)
        print(f"wrote {PAGE.relative_to(ROOT)}")
        return 0
    if PAGE.exists() and PAGE.read_text() == page:
        print("docs/Pipeline.md is what the compiler does")
        return 0
    print("error: docs/Pipeline.md is out of date; run scripts/update_pipeline_doc.py --tools <build>/bin")
    return 1


if __name__ == "__main__":
    sys.exit(main())
