#!/usr/bin/env python3
"""Writes docs/Pipeline.md: one small attention op at every stage.

usage: scripts/update_pipeline_doc.py --tools build/dev/bin [--check]

The prose is here, the IR comes from the compiler. With --check nothing is
written, and the exit code is 1 if the page is out of date.
"""

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "Pipeline.md"
TARGET = "x86-64-v3"
GPU = "sm_90a"

INPUT = """\
func.func @attention(%query: tensor<1x2x?x8xf32>, %key: tensor<1x1x?x8xf32>, %value: tensor<1x1x?x8xf32>) -> tensor<1x2x?x8xf32> {
  %0 = attn.sqa %query, %key, %value causal(bottom_right)
      : (tensor<1x2x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>) -> tensor<1x2x?x8xf32>
  return %0 : tensor<1x2x?x8xf32>
}
"""

GPU_INPUT = """\
func.func @attention(%query: tensor<?x2x?x64xbf16>, %key: tensor<?x1x?x64xbf16>, %value: tensor<?x1x?x64xbf16>) -> tensor<?x2x?x64xbf16> {
  %0 = attn.sqa %query, %key, %value causal(bottom_right)
      : (tensor<?x2x?x64xbf16>, tensor<?x1x?x64xbf16>, tensor<?x1x?x64xbf16>) -> tensor<?x2x?x64xbf16>
  return %0 : tensor<?x2x?x64xbf16>
}
"""

HEADER = f"""\
# The pipeline

One small op, two query heads that share one key/value head under a causal mask, at every stage of the CPU path; then one on
the [GPU path](#the-gpu-path). This page
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


GPU_HEADER = """\
# The GPU path

A similar op for an NVIDIA GPU. Host code and kernels part at `kernel`; there is no `tiled` stage, since a kernel's tiles follow from
its schedule.

```
 input --> planned --> kernel ---------------> llvm --> binary
 attn      schedule    host.launch, maps       LLVM     ELF image for any x86-64
 tensors   per op      hopper block programs   NVVM     PTX, machine code, .sqapkg
```
"""

# Stage, what holds at its end, parts of the module: a text that starts it, which lines are shown, how many at most.
GPU_STAGES = [
    ("planned", "The schedule says how many warpgroups share a tile of queries, how many keys a block has, how deep the rings are.",
     [("func.func", ".", 5)]),
    ("kernel", "The function is host code: it checks what the kernel takes for granted, describes the tensors to the copy engine and launches. "
     "The kernel is the program of one thread block: a producer fills rings of tiles, consumers multiply and sum "
     "(`dialects/Hopper`). Arithmetic on sizes and positions is not shown.",
     [("func.func", r"func\.func|host\.|return", 30), ("gpu.module", r"gpu\.module|hopper\.|scf\.|\}", 70)]),
    ("llvm", "The host code in the kernel ABI; kernels in the LLVM and NVVM dialects, where a fragment is one value a register.",
     [("llvm.func @attention", r"llvm\.func|llvm\.call|llvm\.cond_br|llvm\.return", 20), ("gpu.module", r"llvm\.func|nvvm\.|inline_asm", 25)]),
    ("binary", "PTX, which every package has, so that newer drivers can compile it; `ptxas`, if there is one, makes machine code of it.",
     [(".visible .entry", r"\.entry|\.param|reqntid|mbarrier|cp\.async|setmaxnreg|wgmma|ex2", 45)]),
]


def run_stage(tools: pathlib.Path, stage: str, target: str = TARGET, text: str = INPUT) -> str:
    """The IR at the end of a stage."""
    command = [str(tools / "sqa-compile"), "-", f"--target={target}", f"--stop-after={stage}", "-o", "-"]
    result = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120)
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
    parts.append(GPU_HEADER)
    for stage, text, pieces in GPU_STAGES:
        lines = run_stage(tools, stage, GPU, GPU_INPUT).splitlines()
        shown = []
        for start, pattern, limit in pieces:
            first = next(n for n, line in enumerate(lines) if line.strip().startswith(start))
            end = lines[first].partition(start)[0] + "}"
            last = next((n for n in range(first, len(lines)) if lines[n] == end), len(lines))
            shown.append(shorten("\n".join(line for line in lines[first:last] if re.search(pattern, line)), limit))
        language = "ptx" if stage == "binary" else "mlir"
        parts.append(f"## {stage} of a GPU\n\n{text}\n\n```{language}\n" + "\n\n".join(shown) + "\n```\n")
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
