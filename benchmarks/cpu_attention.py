# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention on the CPU, as a fraction of the measured FMA peak.

    python benchmarks/cpu_attention.py --json=cpu_attention.json

Every round measures the FMA peak, then every kernel, then the peers that are
installed, so that all of them see the same machine. Each number is the median
over the rounds; GF/s counts 4 S T D operations a head, half of that if causal.
Peers (torch, onnxruntime) are optional and get the same tensors and threads.
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
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Shape:
    """One attention problem; S == T."""

    element: str
    dim: int
    length: int
    query_heads: int
    kv_heads: int
    causal: bool
    batch: int = 1

    @property
    def name(self) -> str:
        kind = "causal" if self.causal else "full"
        return f"{self.element}_d{self.dim}_s{self.length}_h{self.query_heads}x{self.kv_heads}_{kind}"

    @property
    def flops(self) -> float:
        work = 4.0 * self.length * self.length * self.dim * self.query_heads * self.batch
        return work / 2 if self.causal else work

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
        source.write_text("\n".join(shape.mlir() for shape in shapes))
        target = [f"--target={self.options.target}"] if self.options.target else []
        start = time.monotonic()
        output_of([tool(self.options.bin, "sqa-compile"), str(source), "-o", str(package), *target])
        print(f"{len(shapes)} functions compiled in {time.monotonic() - start:.1f} s")
        return package

    def measure(self, shape: Shape) -> tuple[float, float]:
        command = [self.runner, str(self.package), f"--function={shape.name}", "--benchmark", "--benchmark-format=json",
                   f"--threads={self.options.threads}", f"--min-time={self.options.min_time}", "--allow-any-owner"]
        command += [f"--input={shape.type(shape.query_heads)}=random(1)"]
        command += [f"--input={shape.type(shape.kv_heads)}=random({seed})" for seed in (2, 3)]
        if self.options.isa:
            command.append(f"--isa={self.options.isa}")
        report = json.loads(output_of(command))
        self.isa = report["context"]["isa"]
        run = report["benchmarks"][0]
        return run["median"] * 1e-9, (run["q3"] - run["q1"]) * 1e-9


# ===------------------------------------------------------------------------===
# Peers
# ===------------------------------------------------------------------------===


def time_calls(call: Callable[[], object], min_time: float, warm_up: int = 3) -> tuple[float, float]:
    """Median and interquartile range, measured as sqa-run does."""
    for _ in range(warm_up):
        call()
    seconds: list[float] = []
    while len(seconds) < 5 or sum(seconds) < min_time:
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    low, median, high = statistics.quantiles(seconds, n=4)
    return median, high - low


class Torch:
    """torch.nn.functional.scaled_dot_product_attention."""

    def __init__(self, options: argparse.Namespace):
        import torch

        self.torch, self.options = torch, options
        self.name = f"torch {torch.__version__}"
        torch.set_num_threads(options.threads)

    def measure(self, shape: Shape) -> tuple[float, float]:
        torch = self.torch
        dtype = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}[shape.element]
        q, k, v = (torch.randn(shape.batch, heads, shape.length, shape.dim, dtype=dtype)
                   for heads in (shape.query_heads, shape.kv_heads, shape.kv_heads))
        group = shape.query_heads != shape.kv_heads
        attention = torch.nn.functional.scaled_dot_product_attention
        with torch.inference_mode():
            return time_calls(lambda: attention(q, k, v, is_causal=shape.causal, enable_gqa=group), self.options.min_time)


class OnnxRuntime:
    """The contrib op GroupQueryAttention (causal, f32 only)."""

    def __init__(self, options: argparse.Namespace):
        import onnx
        import onnxruntime

        self.onnx, self.runtime, self.options = onnx, onnxruntime, options
        self.name = f"onnxruntime {onnxruntime.__version__}"

    def session(self, shape: Shape):
        helper, proto = self.onnx.helper, self.onnx.TensorProto
        inputs = [("q", proto.FLOAT, [1, shape.length, shape.query_heads * shape.dim]),
                  ("k", proto.FLOAT, [1, shape.length, shape.kv_heads * shape.dim]),
                  ("v", proto.FLOAT, [1, shape.length, shape.kv_heads * shape.dim]),
                  ("last", proto.INT32, [1]), ("total", proto.INT32, [1])]
        node = helper.make_node("GroupQueryAttention", ["q", "k", "v", "", "", "last", "total"], ["o", "pk", "pv"],
                                domain="com.microsoft", num_heads=shape.query_heads, kv_num_heads=shape.kv_heads)
        outputs = [helper.make_tensor_value_info(name, proto.FLOAT, None) for name in ("o", "pk", "pv")]
        graph = helper.make_graph([node], "attention", [helper.make_tensor_value_info(*i) for i in inputs], outputs)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)],
                                  ir_version=8)
        settings = self.runtime.SessionOptions()
        settings.intra_op_num_threads = self.options.threads
        return self.runtime.InferenceSession(model.SerializeToString(), settings, ["CPUExecutionProvider"])

    def measure(self, shape: Shape) -> tuple[float, float] | None:
        import numpy as np

        if shape.element != "f32" or not shape.causal or shape.batch != 1:
            return None
        rng = np.random.default_rng(1)
        feeds = {name: rng.standard_normal((1, shape.length, heads * shape.dim), dtype=np.float32)
                 for name, heads in (("q", shape.query_heads), ("k", shape.kv_heads), ("v", shape.kv_heads))}
        feeds |= {"last": np.array([shape.length - 1], np.int32), "total": np.array([shape.length], np.int32)}
        session = self.session(shape)
        return time_calls(lambda: session.run(["o"], feeds), self.options.min_time)


def find_peers(options: argparse.Namespace) -> list:
    peers = []
    for peer in (Torch, OnnxRuntime) if options.peers else ():
        try:
            peers.append(peer(options))
        except ImportError as error:
            print(f"without {peer.__name__}: {error}")
    return peers


# ===------------------------------------------------------------------------===
# Measuring and printing
# ===------------------------------------------------------------------------===


def fma_peak(options: argparse.Namespace) -> float:
    """GFLOP/s of f32 FMAs on the threads and in the vectors that the kernels use."""
    width = ["--width=256"] if options.isa == "x86-64-v3" else []
    command = [tool(options.bin, "fma_peak"), f"--threads={options.threads}", "--seconds=0.1", *width]
    return json.loads(output_of(command))["gflops"]


def measure(options: argparse.Namespace, shapes: list[Shape], systems: list) -> tuple[list[Row], list[float]]:
    rows = {(system.name, shape): Row(shape, system.name) for shape in shapes for system in systems}
    peaks: list[float] = []
    for number in range(options.rounds):
        for shape in shapes:
            peaks.append(fma_peak(options))
            for system in systems:
                result = system.measure(shape)
                if result:
                    row = rows[system.name, shape]
                    row.seconds.append(result[0])
                    row.spread.append(result[1])
                    row.fraction.append(shape.flops / result[0] / 1e9 / peaks[-1])
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    return [row for row in rows.values() if row.seconds], peaks


def print_table(rows: list[Row], peak: float) -> None:
    head = ("system", "type", "D", "S", "Hq/Hkv", "mask", "median ms", "q3-q1 ms", "GF/s", "of peak")
    table = [head]
    for row in rows:
        s = row.shape
        table.append((row.system, s.element, str(s.dim), str(s.length), f"{s.query_heads}/{s.kv_heads}",
                      "causal" if s.causal else "none", f"{row.median * 1e3:.3f}", f"{statistics.median(row.spread) * 1e3:.3f}",
                      f"{row.gflops:.1f}", f"{statistics.median(row.fraction):.2f}"))
    widths = [max(len(line[c]) for line in table) for c in range(len(head))]
    for line in table:
        print("  ".join(cell.ljust(w) if c < 2 else cell.rjust(w) for c, (cell, w) in enumerate(zip(line, widths))).rstrip())
    print(f"f32 FMA peak: {peak:.1f} GF/s (median of the run)")


def cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dims", default="16,64,128", help="head dimensions (default: 16,64,128)")
    parser.add_argument("--types", default="f32,bf16", help="element types (default: f32,bf16)")
    parser.add_argument("--lengths", default="1024", help="sequence lengths (default: 1024)")
    parser.add_argument("--heads", default="8x4", help="HqxHkv (default: 8x4)")
    parser.add_argument("--masks", default="full,causal", help="full, causal or both (default)")
    parser.add_argument("--threads", type=int, default=1, help="default: 1")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--min-time", type=float, default=0.3, help="seconds a kernel in a round (default: 0.3)")
    parser.add_argument("--target", help="--target of sqa-compile (default: its own)")
    parser.add_argument("--isa", help="variant that sqa-run shall take")
    parser.add_argument("--package", type=Path, help="a package of these shapes, to measure on a machine without the compiler")
    parser.add_argument("--compile-only", action="store_true", help="make that package and stop")
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="measure ours only")
    parser.add_argument("--bin", type=Path, default=ROOT / "build" / "release" / "bin", help="directory of the tools")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "benchmarks", help="directory for what is made")
    parser.add_argument("--json", type=Path, help="write all numbers there")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    query_heads, kv_heads = (int(number) for number in options.heads.split("x"))
    shapes = [Shape(element, int(dim), int(length), query_heads, kv_heads, mask == "causal")
              for element in options.types.split(",") for dim in options.dims.split(",")
              for length in options.lengths.split(",") for mask in options.masks.split(",")]
    ours = Kernels(options, shapes)
    if options.compile_only:
        return
    rows, peaks = measure(options, shapes, [ours, *find_peers(options)])
    peak = statistics.median(peaks)
    print(f"{cpu_model()}, {options.threads} thread(s), variant {ours.isa}")
    print_table(rows, peak)
    if options.json:
        report = {"cpu": cpu_model(), "threads": options.threads, "isa": ours.isa, "peak_gflops": peaks,
                  "rows": [asdict(row) | {"gflops": row.gflops} for row in rows]}
        options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
