# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Masks on the CPU: is the time proportional to what is visible?

    python benchmarks/cpu_masks.py --json=cpu_masks.json

Every round runs attention without a mask, then each mask; `of ideal` is the time
of a mask divided by the time without one times the visible share of the slots:
1 means that hidden slots cost nothing. The peer is torch.compile(flex_attention),
if torch is installed; its block masks are built for each length and mask, and
that time stands beside that of the attention. Ours builds nothing.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cpu_attention import ROOT, cpu_model, output_of, time_calls, tool

DOCUMENTS, WINDOW, BLOCK, GLOBAL = 16, 1024, 128, 16

# Blocks of positions see themselves and both neighbours; the first keys are seen by all.
FLEX_SQA = f"""
      mask_mod(%b, %h, %i, %j) {{
        %one = arith.constant 1 : index
        %size = arith.constant {BLOCK} : index
        %globals = arith.constant {GLOBAL} : index
        %block = arith.floordivsi %i, %size : index
        %key_block = arith.floordivsi %j, %size : index
        %first = arith.subi %block, %one : index
        %last = arith.addi %block, %one : index
        %from = arith.cmpi sge, %key_block, %first : index
        %to = arith.cmpi sle, %key_block, %last : index
        %near = arith.andi %from, %to : i1
        %global = arith.cmpi slt, %j, %globals : index
        %visible = arith.ori %near, %global : i1
        attn.yield %visible : i1
      }}"""


@dataclass(frozen=True)
class Mask:
    """Clauses and region of attn.sqa, and the same mask for torch."""

    name: str
    clauses: str
    region: str = ""
    reads_documents: bool = False

    def mlir(self, heads: int, dim: int) -> str:
        t, d = f"tensor<1x{heads}x?x{dim}xf32>", "tensor<1x?xi32>"
        arguments = f"%q: {t}, %k: {t}, %v: {t}" + (f", %doc: {d}" if self.reads_documents else "")
        types = f"{t}, {t}, {t}" + (f", {d}, {d}" if self.reads_documents else "")
        return (f"func.func @{self.name}({arguments}) -> {t} {{\n"
                f"  %o = attn.sqa %q, %k, %v {self.clauses} : ({types}) -> {t} {self.region}\n"
                f"  return %o : {t}\n}}\n")

    def visible(self, length: int) -> float:
        """The share of all slots that is visible."""
        i = np.arange(length, dtype=np.int64)
        first, end = np.zeros_like(i), i + 1
        if self.name == "none":
            end[:] = length
        elif self.name == "window":
            first = np.maximum(i - WINDOW, 0)
        elif self.name == "documents":
            first = np.searchsorted(documents(length), documents(length))
        elif self.name == "flex_sqa":
            first = np.maximum(i // BLOCK - 1, 0) * BLOCK
            end = np.minimum((i // BLOCK + 2) * BLOCK, length)
        count = end - first
        if self.name == "flex_sqa":
            count += np.minimum(first, GLOBAL)
        return float(count.sum()) / length**2

    def torch_mod(self, document):
        """mask_mod of flex_attention."""
        return {"causal": lambda b, h, i, j: j <= i,
                "window": lambda b, h, i, j: (j <= i) & (j >= i - WINDOW),
                "flex_sqa": lambda b, h, i, j: ((j // BLOCK >= i // BLOCK - 1) & (j // BLOCK <= i // BLOCK + 1)) | (j < GLOBAL),
                "documents": lambda b, h, i, j: (j <= i) & (document[i] == document[j])}[self.name]


MASKS = (Mask("none", ""), Mask("causal", "causal(top_left)"), Mask("window", f"causal(top_left) window({WINDOW}, 0)"),
         Mask("documents", "causal(top_left) segments(%doc, %doc)", reads_documents=True),
         Mask("flex_sqa", "", FLEX_SQA))


def documents(length: int) -> np.ndarray:
    """Ids of documents of equal length, one after the other."""
    return (np.arange(length) * DOCUMENTS // length).astype(np.int32)


class Kernels:
    """One package with all masks, called by sqa-run."""

    def __init__(self, options: argparse.Namespace):
        self.options, self.runner = options, tool(options.bin, "sqa-run")
        self.package = options.package or self.compile()
        self.document = options.out / "documents.npy"
        np.save(self.document, documents(options.length)[None])

    def compile(self) -> Path:
        package = self.options.out / "cpu_masks.sqapkg"
        source = package.with_suffix(".mlir")
        for mask in MASKS:
            source.write_text(mask.mlir(self.options.heads, self.options.dim))
            start = time.monotonic()
            output_of([tool(self.options.bin, "sqa-compile"), str(source), "-o", str(package)])
            print(f"{mask.name:9} alone compiled in {time.monotonic() - start:.2f} s, {package.stat().st_size / 1024:.0f} KiB")
        source.write_text("\n".join(mask.mlir(self.options.heads, self.options.dim) for mask in MASKS))
        output_of([tool(self.options.bin, "sqa-compile"), str(source), "-o", str(package)])
        return package

    def measure(self, mask: Mask) -> float:
        o = self.options
        shape = f"1x{o.heads}x{o.length}x{o.dim}xf32"
        command = [self.runner, str(self.package), f"--function={mask.name}", "--benchmark", "--benchmark-format=json",
                   f"--threads={o.threads}", f"--min-time={o.min_time}", "--allow-any-owner"]
        command += [f"--input={shape}=random({seed})" for seed in (1, 2, 3)]
        command += [f"--input=@{self.document}"] if mask.reads_documents else []
        return json.loads(output_of(command))["benchmarks"][0]["median"] * 1e-9


class Flex:
    """torch.compile(flex_attention), with the time of its block mask beside it: compiled as well, which is 40 times
    as fast as calling create_block_mask as it is, and does not hold the S x T matrix."""

    def __init__(self, options: argparse.Namespace):
        import torch
        from torch.nn.attention import flex_attention

        self.torch, self.options = torch, options
        torch.set_num_threads(options.threads)
        self.attend = torch.compile(flex_attention.flex_attention)
        self.build = torch.compile(flex_attention.create_block_mask)
        self.document = torch.from_numpy(documents(options.length))

    def measure(self, mask: Mask) -> tuple[float, float]:
        torch, o = self.torch, self.options
        q, k, v = (torch.randn(1, o.heads, o.length, o.dim) for _ in range(3))
        visible = mask.torch_mod(self.document)

        def build():
            return self.build(visible, None, None, o.length, o.length, device="cpu")

        with torch.inference_mode():
            building = time_calls(build, 0, warm_up=1)[0]
            block_mask = build()
            return time_calls(lambda: self.attend(q, k, v, block_mask=block_mask), o.min_time, warm_up=1)[0], building


class Peer:
    """Flex in a process of its own, which measures the masks that it reads from its input: on some machines the peer's
    generated code ends the process (SIGFPE, torch 2.11). A mask that ended it is not tried again."""

    def __init__(self, options: argparse.Namespace):
        self.command = [sys.executable, __file__, "--serve-peer", f"--out={options.out}"]
        self.command += [f"--{name.replace('_', '-')}={getattr(options, name)}"
                         for name in ("length", "heads", "dim", "threads", "min_time")]
        self.process, self.failed = None, set()

    def measure(self, mask: Mask) -> tuple[float, float] | None:
        if mask.name in self.failed:
            return None
        if not self.process:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(mask.name + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if answer:
            return tuple(json.loads(answer))
        print(f"without flex_attention on {mask.name}: exit code {self.process.wait()}", file=sys.stderr)
        self.failed.add(mask.name)
        self.process = None
        return None


def serve_peer(options: argparse.Namespace) -> None:
    flex = Flex(options)
    for name in sys.stdin:
        seconds = flex.measure(next(mask for mask in MASKS if mask.name == name.strip()))
        print(json.dumps(seconds), flush=True)


def measure(options: argparse.Namespace) -> list[dict]:
    ours = Kernels(options)
    if options.compile_only:
        return []
    peer = Peer(options) if options.peers and importlib.util.find_spec("torch") else None
    rows = {mask.name: {"mask": mask.name, "visible": mask.visible(options.length), "ours": [], "peer": [], "building": []}
            for mask in MASKS}
    for number in range(options.rounds):
        for mask in MASKS:
            row = rows[mask.name]
            row["ours"].append(ours.measure(mask))
            times = peer.measure(mask) if peer and mask.name != "none" else None
            if times:
                row["peer"].append(times[0])
                row["building"].append(times[1])
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    return list(rows.values())


def print_table(rows: list[dict], options: argparse.Namespace) -> None:
    dense = statistics.median(rows[0]["ours"])
    table = [("mask", "visible", "ours ms", "of ideal", "flex ms", "its mask ms", "flex / ours", "with its mask")]
    for row in rows:
        own = statistics.median(row["ours"])
        cells = [row["mask"], f"{row['visible']:.2%}", f"{own * 1e3:.2f}", f"{own / (dense * row['visible']):.2f}"]
        if row["peer"]:
            peer, building = statistics.median(row["peer"]), statistics.median(row["building"])
            cells += [f"{peer * 1e3:.2f}", f"{building * 1e3:.1f}", f"{peer / own:.2f}", f"{(peer + building) / own:.2f}"]
        table.append((*cells, *[""] * (8 - len(cells))))
    widths = [max(len(line[c]) for line in table) for c in range(8)]
    for line in table:
        print("  ".join(c.ljust(w) if n == 0 else c.rjust(w) for n, (c, w) in enumerate(zip(line, widths))).rstrip())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--length", type=int, default=32768, help="S and T (default: 32768)")
    parser.add_argument("--heads", type=int, default=2, help="default: 2")
    parser.add_argument("--dim", type=int, default=64, help="head dimension (default: 64)")
    parser.add_argument("--threads", type=int, default=1, help="default: 1")
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("--min-time", type=float, default=0.5, help="seconds a mask in a round (default: 0.5)")
    parser.add_argument("--package", type=Path, help="a package of these masks, to measure on a machine without the compiler")
    parser.add_argument("--compile-only", action="store_true", help="make that package and stop")
    parser.add_argument("--serve-peer", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="measure ours only")
    parser.add_argument("--bin", type=Path, default=ROOT / "build" / "release" / "bin", help="directory of the tools")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "benchmarks", help="directory for what is made")
    parser.add_argument("--json", type=Path, help="write all numbers there")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.serve_peer:
        serve_peer(options)
        return
    rows = measure(options)
    if not rows:
        return
    print(f"{cpu_model()}, {options.threads} thread(s), S = T = {options.length}, {options.heads} heads, D = {options.dim}, f32")
    print_table(rows, options)
    if options.json:
        options.json.write_text(json.dumps({"cpu": cpu_model(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
