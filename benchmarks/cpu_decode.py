# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A step of decoding on the CPU, as a fraction of the measured memory bandwidth.

    python benchmarks/cpu_decode.py --threads=16 --json=cpu_decode.json

One query a head against a cache of keys and values: every byte of the cache is
read once, so GB/s (of K and V alone) is the measure. Every round measures how
fast the same threads read memory, then each shape, then torch's
scaled_dot_product_attention on it, if torch is installed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from cpu_attention import ROOT, cpu_model, output_of, time_calls, tool

SHAPES = "1x32768x32x8x128,1x32768x16x4x64,1x131072x8x2x128,16x8192x32x8x128"
BYTES = {"f32": 4, "bf16": 2, "f16": 2}


@dataclass(frozen=True)
class Step:
    element: str
    batch: int
    keys: int
    query_heads: int
    kv_heads: int
    dim: int

    @property
    def name(self) -> str:
        return f"{self.element}_h{self.query_heads}x{self.kv_heads}_d{self.dim}"

    @property
    def gigabytes(self) -> float:
        return 2 * self.batch * self.kv_heads * self.keys * self.dim * BYTES[self.element] * 1e-9

    def mlir(self) -> str:
        """Batch and number of keys are dynamic."""
        q = f"tensor<?x{self.query_heads}x1x{self.dim}x{self.element}>"
        kv = f"tensor<?x{self.kv_heads}x?x{self.dim}x{self.element}>"
        return (f"func.func @{self.name}(%q: {q}, %k: {kv}, %v: {kv}) -> {q} {{\n"
                f"  %o = attn.sqa %q, %k, %v causal(bottom_right) : ({q}, {kv}, {kv}) -> {q}\n"
                f"  return %o : {q}\n}}\n")


class Kernels:
    """One package with all head configurations, called by sqa-run."""

    def __init__(self, options: argparse.Namespace, steps: list[Step]):
        self.options, self.runner = options, tool(options.bin, "sqa-run")
        self.package = options.package or self.compile(steps)

    def compile(self, steps: list[Step]) -> Path:
        package = self.options.out / "cpu_decode.sqapkg"
        source = package.with_suffix(".mlir")
        source.write_text("\n".join({step.name: step.mlir() for step in steps}.values()))
        start = time.monotonic()
        output_of([tool(self.options.bin, "sqa-compile"), str(source), "-o", str(package)])
        print(f"compiled in {time.monotonic() - start:.1f} s")
        return package

    def measure(self, step: Step) -> float:
        o = self.options
        command = [self.runner, str(self.package), f"--function={step.name}", "--benchmark", "--benchmark-format=json",
                   f"--threads={o.threads}", f"--min-time={o.min_time}", "--allow-any-owner"]
        command.append(f"--input={step.batch}x{step.query_heads}x1x{step.dim}x{step.element}=random(1)")
        kv = f"{step.batch}x{step.kv_heads}x{step.keys}x{step.dim}x{step.element}"
        command += [f"--input={kv}=random({seed})" for seed in (2, 3)]
        return json.loads(output_of(command))["benchmarks"][0]["median"] * 1e-9


class Torch:
    def __init__(self, options: argparse.Namespace):
        import torch

        self.torch, self.options = torch, options
        self.name = f"torch {torch.__version__}"
        torch.set_num_threads(options.threads)

    def measure(self, step: Step) -> float:
        torch = self.torch
        element = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}[step.element]
        q = torch.randn(step.batch, step.query_heads, 1, step.dim).to(element)
        k, v = (torch.randn(step.batch, step.kv_heads, step.keys, step.dim).to(element) for _ in range(2))
        with torch.inference_mode():
            return time_calls(lambda: torch.nn.functional.scaled_dot_product_attention(q, k, v, enable_gqa=True),
                              self.options.min_time)[0]


def find_peer(options: argparse.Namespace) -> Torch | None:
    if not options.peers:
        return None
    try:
        return Torch(options)
    except ImportError:
        print("without torch: not installed", file=sys.stderr)
        return None


def measure(options: argparse.Namespace, steps: list[Step]) -> list[dict]:
    ours = Kernels(options, steps)
    if options.compile_only:
        return []
    peer = find_peer(options)
    rows = [{"step": step, "ours": [], "peer": [], "roof": []} for step in steps]
    for number in range(options.rounds):
        for row in rows:
            read = [tool(options.bin, "read_bandwidth"), f"--threads={options.threads}"]
            row["roof"].append(float(output_of(read)))
            row["ours"].append(ours.measure(row["step"]))
            if peer:
                row["peer"].append(peer.measure(row["step"]))
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    return rows


def print_table(rows: list[dict]) -> None:
    table = [("type", "B", "T", "heads", "D", "ms", "GB/s", "of reading", "torch ms", "torch / ours")]
    for row in rows:
        step, own = row["step"], statistics.median(row["ours"])
        rate = step.gigabytes / own
        cells = [step.element, step.batch, step.keys, f"{step.query_heads}/{step.kv_heads}", step.dim, f"{own * 1e3:.3f}",
                 f"{rate:.1f}", f"{rate / statistics.median(row['roof']):.2f}", "", ""]
        if row["peer"]:
            peer = statistics.median(row["peer"])
            cells[8:] = [f"{peer * 1e3:.3f}", f"{peer / own:.2f}"]
        table.append(tuple(str(cell) for cell in cells))
    widths = [max(len(line[c]) for line in table) for c in range(len(table[0]))]
    for line in table:
        print("  ".join(c.ljust(w) if n == 0 else c.rjust(w) for n, (c, w) in enumerate(zip(line, widths))).rstrip())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", default=SHAPES, help=f"BxTxHqxHkvxD, with commas between them (default: {SHAPES})")
    parser.add_argument("--types", default="f32,bf16", help="default: f32,bf16")
    parser.add_argument("--threads", type=int, default=1, help="default: 1")
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("--min-time", type=float, default=0.3, help="seconds a shape in a round (default: 0.3)")
    parser.add_argument("--package", type=Path, help="a package of these shapes, to measure on a machine without the compiler")
    parser.add_argument("--compile-only", action="store_true", help="make that package and stop")
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="measure ours only")
    parser.add_argument("--bin", type=Path, default=ROOT / "build" / "release" / "bin", help="directory of the tools")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "benchmarks", help="directory for what is made")
    parser.add_argument("--json", type=Path, help="write all numbers there")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    steps = [Step(element, *(int(size) for size in shape.split("x")))
             for element in options.types.split(",") for shape in options.shapes.split(",")]
    rows = measure(options, steps)
    if not rows:
        return
    print(f"{cpu_model()}, {options.threads} thread(s), one query a head; reading memory: {statistics.median(rows[0]['roof']):.0f} GB/s")
    print_table(rows)
    if options.json:
        report = [{**vars(row["step"]), **{key: row[key] for key in ("ours", "peer", "roof")}} for row in rows]
        options.json.write_text(json.dumps({"cpu": cpu_model(), "rows": report}, indent=2) + "\n")


if __name__ == "__main__":
    main()
