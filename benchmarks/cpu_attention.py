# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention on the CPU, as a fraction of the measured FMA peak.

    python benchmarks/cpu_attention.py --json=cpu_attention.json --svg=cpu_attention.svg
    python benchmarks/cpu_attention.py --heads=paper --dims=16 --lengths=1024,4096
    python benchmarks/cpu_attention.py --threads=1,2,4,8,16 --masks=full

Every round measures the FMA peak, then every kernel, then the peers that are
installed, so that all of them see the same machine. Each number is the median
over the rounds; GF/s counts 4 S T D operations a head, half of that if causal.
Peers (torch, its flex_attention, onnxruntime) are optional, get tensors of the
same shape and the same threads, and run in processes of their own (peers.py).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from peers import PEERS, find_peers, time_calls  # noqa: F401
from plot import Group, draw_bars

ROOT = Path(__file__).resolve().parents[1]

# Query and key heads of the SQA paper's models (16 heads of 16 features).
PAPER_HEADS = {"MHA": (16, 16), "GQA": (16, 4), "MQA": (16, 1), "SQA": (8, 4), "sSQA": (8, 8), "xSQA": (4, 4), "xSMQA": (4, 1)}
# Vector instructions a score that are not products: the exponential, its sum,
# the maximum. The ceiling takes them as FMA slots, one after the products.
SOFTMAX_SLOTS = {"f32": 14, "bf16": 12.5, "f16": 14}
# Products of bf16 tiles, as multiples of the f32 rate.
TILE_RATE = 16


@dataclass(frozen=True)
class Shape:
    """One attention problem; S == T."""

    element: str
    dim: int
    length: int
    query_heads: int
    kv_heads: int
    causal: bool
    threads: int = 1
    batch: int = 1

    @property
    def name(self) -> str:
        """Of the function, which serves any length."""
        kind = "causal" if self.causal else "full"
        return f"{self.element}_d{self.dim}_h{self.query_heads}x{self.kv_heads}_{kind}"

    @property
    def flops(self) -> float:
        work = 4.0 * self.length * self.length * self.dim * self.query_heads * self.batch
        return work / 2 if self.causal else work

    def question(self, min_time: float) -> dict:
        return asdict(self) | {"min_time": min_time}

    def ceiling(self, isa: str) -> float:
        """Fraction of the FMA peak if products and softmax take turns, each at its rate."""
        products = 2 * self.dim / (TILE_RATE if self.element == "bf16" and isa.endswith("amx") else 1)
        return 2 * self.dim / (products + SOFTMAX_SLOTS[self.element])

    def type(self, heads: int) -> str:
        return f"{self.batch}x{heads}x{self.length}x{self.dim}x{self.element}"

    def mlir(self) -> str:
        """Batch and lengths are dynamic: the package serves any."""
        q, kv = (f"tensor<?x{heads}x?x{self.dim}x{self.element}>" for heads in (self.query_heads, self.kv_heads))
        mask = "causal(bottom_right) " if self.causal else ""
        return (f"func.func @{self.name}(%q: {q}, %k: {kv}, %v: {kv}) -> {q} {{\n"
                f"  %o = attn.sqa %q, %k, %v {mask}: ({q}, {kv}, {kv}) -> {q}\n"
                f"  return %o : {q}\n}}\n")


@dataclass
class Row:
    shape: Shape
    system: str
    seconds: list[float] = field(default_factory=list)  # a median for each round
    spread: list[float] = field(default_factory=list)  # of the calls of a round
    fraction: list[float] = field(default_factory=list)  # of the peak of that round

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def gflops(self) -> float:
        return self.shape.flops / self.median / 1e9


def tool(directory: Path, name: str) -> str:
    if not os.access(directory / name, os.X_OK):
        sys.exit(f"error: {directory / name} not found; build it, or pass --bin=DIRECTORY")
    return str((directory / name).resolve())


def output_of(command: list[str]) -> str:
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode:
        sys.exit(f"error: {' '.join(command)}\nfailed with exit code {result.returncode}:\n{result.stderr or result.stdout}")
    return result.stdout


# ===------------------------------------------------------------------------===
# Ours
# ===------------------------------------------------------------------------===


class Kernels:
    """One package with all shapes, called by sqa-run."""

    name = "sqa-mlir"

    def __init__(self, options: argparse.Namespace, shapes: list[Shape]):
        self.options = options
        self.runner = tool(options.bin, "sqa-run")
        self.package = options.package or self.compile(shapes)

    def compile(self, shapes: list[Shape]) -> Path:
        package = self.options.out / "cpu_attention.sqapkg"
        source = package.with_suffix(".mlir")
        source.write_text("\n".join({shape.name: shape.mlir() for shape in shapes}.values()))
        target = [f"--target={self.options.target}"] if self.options.target else []
        start = time.monotonic()
        output_of([tool(self.options.bin, "sqa-compile"), str(source), "-o", str(package), *target])
        print(f"{len({shape.name for shape in shapes})} functions compiled in {time.monotonic() - start:.1f} s")
        return package

    def measure(self, shape: Shape) -> tuple[float, float]:
        command = [self.runner, str(self.package), f"--function={shape.name}", "--benchmark", "--benchmark-format=json",
                   f"--threads={shape.threads}", f"--min-time={self.options.min_time}", "--allow-any-owner"]
        command += [f"--input={shape.type(shape.query_heads)}=random(1)"]
        command += [f"--input={shape.type(shape.kv_heads)}=random({seed})" for seed in (2, 3)]
        if self.options.isa:
            command.append(f"--isa={self.options.isa}")
        report = json.loads(output_of(command))
        self.isa = report["context"]["isa"]
        run = report["benchmarks"][0]
        return run["median"] * 1e-9, (run["q3"] - run["q1"]) * 1e-9


# ===------------------------------------------------------------------------===
# Measuring and printing
# ===------------------------------------------------------------------------===


def fma_peak(options: argparse.Namespace, threads: int) -> float:
    """GFLOP/s of f32 FMAs on the threads and in the vectors that the kernels use."""
    width = ["--width=256"] if options.isa == "x86-64-v3" else []
    command = [tool(options.bin, "fma_peak"), f"--threads={threads}", "--seconds=0.1", *width]
    return json.loads(output_of(command))["gflops"]


def measure(options: argparse.Namespace, shapes: list[Shape], ours: Kernels, peers: list) -> tuple[list[Row], list[float]]:
    systems = [ours, *peers]
    rows = {(system.name, shape): Row(shape, system.name) for shape in shapes for system in systems}
    peaks: list[float] = []
    for number in range(options.rounds):
        for shape in shapes:
            peaks.append(fma_peak(options, shape.threads))
            for system in systems:
                result = system.measure(shape if system is ours else shape.question(options.min_time))
                if result:
                    row = rows[system.name, shape]
                    row.seconds.append(result[0])
                    row.spread.append(result[1])
                    row.fraction.append(shape.flops / result[0] / 1e9 / peaks[-1])
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    return [row for row in rows.values() if row.seconds], peaks


def print_table(rows: list[Row], ours: str) -> None:
    head = ("system", "type", "D", "S", "Hq/Hkv", "mask", "threads", "median ms", "q3-q1 ms", "GF/s", "of peak", "ours is")
    table = [head]
    own = {row.shape: row for row in rows if row.system == ours}
    for row in rows:
        s = row.shape
        ratio = "" if row.system == ours else f"{row.median / own[s].median:.2f}x"
        table.append((row.system, s.element, str(s.dim), str(s.length), f"{s.query_heads}/{s.kv_heads}",
                      "causal" if s.causal else "none", str(s.threads), f"{row.median * 1e3:.3f}",
                      f"{statistics.median(row.spread) * 1e3:.3f}", f"{row.gflops:.1f}",
                      f"{statistics.median(row.fraction):.2f}", ratio))
    widths = [max(len(line[c]) for line in table) for c in range(len(head))]
    for line in table:
        print("  ".join(cell.ljust(w) if c < 2 else cell.rjust(w) for c, (cell, w) in enumerate(zip(line, widths))).rstrip())


def plot(path: Path, rows: list[Row], isa: str) -> None:
    groups: dict[Shape, Group] = {}
    for row in rows:
        s = row.shape
        label = f"{s.element} D={s.dim} S={s.length} {s.query_heads}/{s.kv_heads}"
        label += (" causal" if s.causal else "") + (f" x{s.threads}" if s.threads > 1 else "")
        group = groups.setdefault(s, Group(label, {}, s.ceiling(isa)))
        group.values[row.system] = statistics.median(row.fraction)
    draw_bars(path, f"Attention on {cpu_model()} ({isa}); red: products, then softmax, each at its rate",
              "of the f32 FMA peak", list(groups.values()))


def cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def parse_heads(words: str) -> list[tuple[int, int]]:
    if words == "paper":
        return list(PAPER_HEADS.values())
    return [tuple(int(number) for number in word.split("x")) for word in words.split(",")]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dims", default="16,64,128", help="head dimensions (default: 16,64,128)")
    parser.add_argument("--types", default="f32,bf16", help="element types (default: f32,bf16)")
    parser.add_argument("--lengths", default="1024", help="sequence lengths (default: 1024)")
    parser.add_argument("--heads", default="8x4", help="HqxHkv, several with commas, or paper (default: 8x4)")
    parser.add_argument("--masks", default="full,causal", help="full, causal or both (default)")
    parser.add_argument("--threads", default="1", help="numbers of threads (default: 1)")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--min-time", type=float, default=0.3, help="seconds a kernel in a round (default: 0.3)")
    parser.add_argument("--target", help="--target of sqa-compile (default: its own)")
    parser.add_argument("--isa", help="variant that sqa-run shall take")
    parser.add_argument("--package", type=Path, help="a package of these shapes, to measure on a machine without the compiler")
    parser.add_argument("--compile-only", action="store_true", help="make that package and stop")
    parser.add_argument("--peers", default=",".join(PEERS), help=f"which to ask, or none (default: {','.join(PEERS)})")
    parser.add_argument("--peer-timeout", type=float, default=120, help="seconds for one answer (default: 120)")
    parser.add_argument("--bin", type=Path, default=ROOT / "build" / "release" / "bin", help="directory of the tools")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "benchmarks", help="directory for what is made")
    parser.add_argument("--json", type=Path, help="write all numbers there")
    parser.add_argument("--svg", type=Path, help="draw the fractions of the peak there")
    return parser.parse_args()


def main() -> None:
    options = parse_arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    shapes = [Shape(element, int(dim), int(length), *heads, mask == "causal", int(threads))
              for element in options.types.split(",") for dim in options.dims.split(",")
              for length in options.lengths.split(",") for heads in parse_heads(options.heads)
              for mask in options.masks.split(",") for threads in options.threads.split(",")]
    ours = Kernels(options, shapes)
    if options.compile_only:
        return
    peers = [] if options.peers == "none" else find_peers(options.peers.split(","), options.peer_timeout)
    rows, peaks = measure(options, shapes, ours, peers)
    print(f"{cpu_model()}, variant {ours.isa}, f32 FMA peak {min(peaks):.0f} to {max(peaks):.0f} GF/s")
    print_table(rows, ours.name)
    if options.svg:
        plot(options.svg, rows, ours.isa)
    if options.json:
        report = {"cpu": cpu_model(), "isa": ours.isa, "peak_gflops": peaks,
                  "rows": [asdict(row) | {"gflops": row.gflops, "ceiling": row.shape.ceiling(ours.isa)} for row in rows]}
        options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
