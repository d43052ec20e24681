# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes random legal attn.sqa programs: valid by construction, one per seed.

    python test/Execution/fuzz/generate.py --seed=7 --count=3 | sqa-opt

Every clause, both head maps in both directions, all layouts and element types,
static and dynamic sizes, zero and odd sizes, captures and regions occur. The
same seed always gives the same program. run_fuzz.py runs them.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

HEADS = [(1, 1), (2, 1), (4, 2), (3, 1), (6, 2), (8, 4), (4, 4), (1, 3), (2, 4), (2, 6)]
LENGTHS = [1, 2, 3, 5, 7, 8, 13, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 96, 100, 127, 128, 129, 150, 191, 257, 300]
FEATURES = [1, 2, 3, 4, 7, 8, 12, 16, 16, 24, 32, 32, 46, 59, 64, 64, 80, 96, 128]
# What one program may cost the reference, in slots times features.
COST_LIMIT = 3_000_000
SLOT_LIMIT_WITH_REGIONS = 120_000
# Place of capture 0 among the operands of attn.sqa.
FIRST_CAPTURE = 11


@dataclass
class Input:
    """One function argument and what its data is made from."""

    name: str
    role: str  # query, key, value, lengths, segments, mask, bias, sink, capture, scale, offset
    element: str
    shape: tuple[int, ...]  # at run time
    type: str  # in the program


@dataclass
class Program:
    seed: int
    text: str = ""
    inputs: list[Input] = field(default_factory=list)
    element: str = "f32"
    has_lse: bool = False
    has_score_mod: bool = False
    batch: int = 1
    query_heads: int = 1
    kv_heads: int = 1
    queries: int = 1
    keys: int = 1
    dim: int = 1
    value_dim: int = 1
    heads: str = "group"
    layouts: tuple[str, str, str, str] = ("bhsd",) * 4
    scale: float = 1.0  # the constant, or what the run-time operand shall be
    alignment: str | None = None

    @property
    def name(self) -> str:
        return f"f{self.seed}"

    @property
    def output_heads(self) -> int:
        return max(self.query_heads, self.kv_heads)

    def input(self, role: str) -> Input | None:
        return next((i for i in self.inputs if i.role == role), None)


def physical(layout: str, logical: Sequence) -> tuple:
    b, h, s, d = logical
    return (b, h, s, d) if layout == "bhsd" else (b, s, h, d)


def tensor_type(dims: Sequence[int | str], element: str) -> str:
    return "tensor<" + "".join(f"{d}x" for d in dims) + element + ">"


# ===------------------------------------------------------------------------===
# Regions
# ===------------------------------------------------------------------------===


class Region:
    """Random pure scalar code over b, h, i, j, the score and the captures.

    Values that depend on the score are never compared: a branch taken on a
    rounded number would differ between two correct implementations.
    """

    def __init__(self, rng: random.Random, captures: Sequence[Input]):
        self.rng = rng
        self.captures = captures
        self.lines: list[str] = []
        self.count = 0

    def op(self, text: str) -> str:
        name = f"%r{self.count}"
        self.count += 1
        self.lines.append(f"{name} = {text}")
        return name

    def index_constant(self, low: int, high: int) -> str:
        return self.op(f"arith.constant {self.rng.randint(low, high)} : index")

    def index(self, depth: int) -> str:
        if depth == 0 or self.rng.random() < 0.3:
            return self.rng.choice(["%b", "%h", "%i", "%j", "%i", "%j"])
        kind = self.rng.choice(["addi", "subi", "muli", "minsi", "maxsi", "floordivsi", "remsi", "capture"])
        a = self.index(depth - 1)
        if kind == "capture":
            return self.captured("i32") or a
        if kind in ("floordivsi", "remsi"):
            return self.op(f"arith.{kind} {a}, {self.index_constant(1, 9)} : index")
        if kind == "muli":
            return self.op(f"arith.muli {a}, {self.index_constant(-2, 3)} : index")
        b = self.index(depth - 1) if self.rng.random() < 0.5 else self.index_constant(-4, 40)
        return self.op(f"arith.{kind} {a}, {b} : index")

    def captured(self, element: str) -> str | None:
        """An element of a capture, at indices that are inside of it."""
        fitting = [c for c in self.captures if c.element == element]
        if not fitting:
            return None
        capture = self.rng.choice(fitting)
        number = self.captures.index(capture)
        if not capture.shape:
            value = f"%c{number}"
        else:
            coordinates = {"heads": "%h", "keys": "%j", "queries": "%i", "batch": "%b"}
            dims = capture.name.split("_")[1:]
            value = self.op(f"tensor.extract %c{number}[{', '.join(coordinates[d] for d in dims)}] : {capture.type}")
        if element == "i32":
            value = self.op(f"arith.index_cast {value} : i32 to index")
        return value

    def condition(self, depth: int) -> str:
        kind = self.rng.random()
        if depth > 0 and kind < 0.4:
            name = self.rng.choice(["andi", "ori", "xori"])
            return self.op(f"arith.{name} {self.condition(depth - 1)}, {self.condition(depth - 1)} : i1")
        if kind < 0.55 and (value := self.captured("f32")):
            limit = self.op(f"arith.constant {self.rng.choice([-0.5, 0.0, 0.5])} : f32")
            return self.op(f"arith.cmpf {self.rng.choice(['olt', 'oge', 'une'])}, {value}, {limit} : f32")
        name = self.rng.choice(["sle", "sle", "slt", "sge", "sgt", "eq", "ne"])
        return self.op(f"arith.cmpi {name}, {self.index(2)}, {self.index(1)} : index")

    def position_float(self) -> str:
        """A small float made of indices: a distance, say."""
        i64 = self.op(f"arith.index_cast {self.index(1)} : index to i64")
        value = self.op(f"arith.sitofp {i64} : i64 to f32")
        slope = self.op(f"arith.constant {self.rng.choice([-0.125, -0.03125, 0.0625])} : f32")
        return self.op(f"arith.mulf {value}, {slope} : f32")

    def score(self, value: str) -> str:
        """One step of a score function."""
        kind = self.rng.choice(["softcap", "alibi", "bias", "scale", "select", "clamp", "relu", "square", "drop"])
        if kind == "softcap":
            cap = self.op(f"arith.constant {self.rng.choice([2.0, 5.0, 30.0])} : f32")
            ratio = self.op(f"arith.divf {value}, {cap} : f32")
            return self.op(f"arith.mulf {self.op(f'math.tanh {ratio} : f32')}, {cap} : f32")
        if kind == "alibi":
            return self.op(f"arith.addf {value}, {self.position_float()} : f32")
        if kind in ("bias", "scale"):
            other = self.captured("f32") or self.op("arith.constant 0.75 : f32")
            return self.op(f"arith.{'addf' if kind == 'bias' else 'mulf'} {value}, {other} : f32")
        if kind == "select":
            other = self.op(f"arith.negf {value} : f32")
            return self.op(f"arith.select {self.condition(1)}, {value}, {other} : f32")
        if kind == "clamp":
            limit = self.op(f"arith.constant {self.rng.choice([1.0, 2.5])} : f32")
            return self.op(f"arith.minimumf {value}, {limit} : f32")
        if kind == "relu":
            limit = self.op("arith.constant -1.5 : f32")
            return self.op(f"arith.maximumf {value}, {limit} : f32")
        if kind == "square":
            return self.op(f"math.absf {value} : f32")
        masked = self.op("arith.constant 0xFF800000 : f32")  # -inf: the slot is masked
        return self.op(f"arith.select {self.condition(1)}, {value}, {masked} : f32")

    def text(self, name: str, arguments: str, result: str, type_: str) -> str:
        own = ", ".join([arguments, *(f"%c{n}" for n in range(len(self.captures)))])
        body = "".join(f"      {line}\n" for line in self.lines)
        return f"\n    {name}({own}) {{\n{body}      attn.yield {result} : {type_}\n    }}"


# ===------------------------------------------------------------------------===
# Programs
# ===------------------------------------------------------------------------===


class Generator:
    def __init__(self, seed: int):
        self.rng = random.Random(seed)
        self.program = Program(seed)
        self.setup: list[str] = []  # operations before attn.sqa
        self.clauses: list[str] = []
        self.operands: list[tuple[int, str, str]] = []  # order in the op, value, type
        self.captures: list[Input] = []
        self.regions = ""

    def maybe(self, chance: float) -> bool:
        return self.rng.random() < chance

    def generate(self) -> Program:
        self.choose_sizes()
        self.add_tensors()
        self.add_scale()
        self.add_positions()
        self.add_batch_masks()
        self.add_dense()
        self.add_regions()
        self.program.text = self.text()
        return self.program

    # Sizes.

    def choose_sizes(self) -> None:
        p, rng = self.program, self.rng
        p.element = rng.choice(["f32", "f32", "bf16", "f16"])
        p.query_heads, p.kv_heads = rng.choice(HEADS)
        p.heads = rng.choice(["group", "group", "tile"])
        p.layouts = ("bhsd",) * 4 if self.maybe(0.4) else tuple(rng.choice(["bhsd", "bshd"]) for _ in range(4))
        p.dim = rng.choice(FEATURES)
        p.value_dim = p.dim if self.maybe(0.7) else rng.choice(FEATURES)
        p.batch = 0 if self.maybe(0.02) else rng.choice([1, 1, 2, 3])
        p.queries = 0 if self.maybe(0.03) else rng.choice(LENGTHS)
        p.keys = p.queries if self.maybe(0.4) else rng.choice(LENGTHS)
        # A step of decoding: keys are divided among threads, in pieces of 512.
        decodes = self.maybe(0.15)
        if decodes:
            p.queries, p.keys = rng.choice([1, 1, 1, 2, 3, 4, 8]), rng.choice([129, 257, 511, 512, 513, 1030])
        if self.maybe(0.03):
            p.keys = 0
        self.with_regions = self.maybe(0.4)
        self.fit_cost()
        self.dynamic = {dim: self.maybe(0.5) for dim in ("B", "S", "T")}
        if decodes:
            self.dynamic["S"] = False

    def fit_cost(self) -> None:
        """Halves lengths until the reference is quick."""
        p = self.program
        while True:
            slots = p.batch * p.output_heads * p.queries * p.keys
            if slots * (p.dim + p.value_dim) <= COST_LIMIT and (slots <= SLOT_LIMIT_WITH_REGIONS or not self.with_regions):
                return
            if p.queries == p.keys:
                p.queries = p.keys = p.keys // 2 + 1
            elif p.queries > p.keys:
                p.queries = p.queries // 2 + 1
            else:
                p.keys = p.keys // 2 + 1

    def extent(self, dim: str, size: int) -> int | str:
        """A size as one operand's type has it; types may know less than others."""
        return "?" if self.dynamic[dim] or self.maybe(0.05) else size

    def b(self) -> int | str:
        return self.extent("B", self.program.batch)

    def s(self) -> int | str:
        return self.extent("S", self.program.queries)

    def t(self) -> int | str:
        return self.extent("T", self.program.keys)

    # Operands.

    def argument(self, name: str, role: str, element: str, shape: tuple[int, ...], dims: Sequence[int | str]) -> Input:
        value = Input(name, role, element, shape, tensor_type(dims, element))
        self.program.inputs.append(value)
        return value

    def operand(self, order: int, value: Input) -> str:
        self.operands.append((order, "%" + value.name, value.type))
        return "%" + value.name

    def scalar(self, order: int, name: str, element: str) -> str:
        """A run-time number: a tensor of rank 0 that is read before the op."""
        value = self.argument(name, name, element, (), ())
        self.setup.append(f"%{name}_value = tensor.extract %{name}[] : {value.type}")
        result, type_ = f"%{name}_value", element
        if element == "i64":
            self.setup.append(f"%{name}_index = arith.index_cast %{name}_value : i64 to index")
            result, type_ = f"%{name}_index", "index"
        self.operands.append((order, result, type_))
        return result

    def add_tensors(self) -> None:
        p = self.program
        q, k, v, o = p.layouts
        # bottom_right and windows read S and T; queries fix what S == T means.
        self.query_s, self.key_t = self.s(), self.t()
        rows = [
            ("query", q, p.query_heads, p.queries, self.query_s, p.dim),
            ("key", k, p.kv_heads, p.keys, self.key_t, p.dim),
            ("value", v, p.kv_heads, p.keys, self.key_t if self.maybe(0.9) else self.t(), p.value_dim),
        ]
        for order, (name, layout, heads, size, extent, features) in enumerate(rows):
            value = self.argument(name, name, p.element, physical(layout, (p.batch, heads, size, features)),
                                  physical(layout, (self.b(), heads, extent, features)))
            self.operand(order, value)
        self.output_type = tensor_type(physical(o, (self.b(), p.output_heads, self.query_s, p.value_dim)), p.element)
        self.lse_type = tensor_type((self.b(), p.output_heads, self.query_s), "f32")
        p.has_lse = self.maybe(0.4)
        if p.heads == "tile" or self.maybe(0.3):
            self.clauses.append(f"heads({p.heads})")
        if set(p.layouts) != {"bhsd"}:
            self.clauses.append(f"layout({q}, {k}, {v} -> {o})")

    def add_scale(self) -> None:
        p = self.program
        p.scale = p.dim**-0.5
        if self.maybe(0.25):
            p.scale = self.rng.choice([0.25, 0.5, -0.125, 0.0, 0.0625])
            self.clauses.append(f"scale({p.scale!r})")
        elif self.maybe(0.2):
            p.scale = self.rng.choice([0.3, -0.2])
            self.clauses.append(f"scale({self.scalar(3, 'scale', 'f32')})")

    def add_positions(self) -> None:
        """causal, align, window and global."""
        p, rng = self.program, self.rng
        causal, window = self.maybe(0.45), self.maybe(0.35)
        if not causal and not window:
            return
        same = self.query_s == self.key_t != "?"
        if causal or not same or self.maybe(0.5):
            p.alignment = rng.choice(["top_left", "bottom_right", "bottom_right", "offset"])
            text = p.alignment
            if p.alignment == "offset":
                text = f"offset({self.scalar(4, 'offset', 'i64')})"
            self.clauses.append(f"{'causal' if causal else 'align'}({text})")
        if not window:
            return
        sides = [0, 1, 2, 5, 16, 63, max(p.queries - 1, 0), p.queries, "unbounded"]
        self.clauses.append(f"window({rng.choice(sides)}, {rng.choice(sides)})")
        if self.maybe(0.4):
            self.clauses.append(f"global({rng.choice([0, 1, 3, 16, p.keys + 2])})")

    def add_batch_masks(self) -> None:
        p = self.program
        if self.maybe(0.25):
            value = self.argument("lengths", "lengths", "i32", (p.batch,), (self.b(),))
            self.clauses.append(f"kv_lengths({self.operand(5, value)})")
        if self.maybe(0.2):
            queries = self.argument("query_segments", "segments", "i32", (p.batch, p.queries), (self.b(), self.s()))
            keys = self.argument("kv_segments", "segments", "i32", (p.batch, p.keys), (self.b(), self.t()))
            self.clauses.append(f"segments({self.operand(6, queries)}, {self.operand(7, keys)})")

    def broadcast(self) -> tuple[tuple[int, ...], list[int | str]]:
        """Shape and type of a mask or bias: each dimension is full or 1."""
        p = self.program
        full = [(p.batch, self.b()), (p.output_heads, p.output_heads), (p.queries, self.s()), (p.keys, self.t())]
        chosen = [(1, 1) if self.maybe(0.35) else entry for entry in full]
        return tuple(size for size, _ in chosen), [extent for _, extent in chosen]

    def add_dense(self) -> None:
        p = self.program
        if self.maybe(0.2):
            value = self.argument("mask", "mask", "i1", *self.broadcast())
            self.clauses.append(f"mask({self.operand(8, value)})")
        if self.maybe(0.25):
            value = self.argument("bias", "bias", self.rng.choice(["f32", "f32", p.element]), *self.broadcast())
            self.clauses.append(f"bias({self.operand(9, value)})")
        if self.maybe(0.2):
            value = self.argument("sink", "sink", "f32", (p.output_heads,), (p.output_heads,))
            self.clauses.append(f"sink({self.operand(10, value)})")

    # Regions.

    def add_captures(self) -> None:
        p = self.program
        sizes = {"heads": (p.output_heads, p.output_heads), "keys": (p.keys, self.t()),
                 "queries": (p.queries, self.s()), "batch": (p.batch, self.b())}
        for number in range(self.rng.choice([0, 1, 1, 2, 3])):
            if self.maybe(0.2):
                self.add_scalar_capture(number)
                continue
            dims = self.rng.sample(list(sizes), self.rng.choice([1, 1, 2]))
            element = self.rng.choice(["f32", "f32", "i32"])
            name = "_".join([f"capture{number}", *dims])
            value = self.argument(name, "capture", element, tuple(sizes[d][0] for d in dims), [sizes[d][1] for d in dims])
            self.operand(FIRST_CAPTURE + number, value)
            self.captures.append(value)
        if self.captures:
            values = [value for order, value, _ in sorted(self.operands) if order >= FIRST_CAPTURE]
            self.clauses.append(f"capture({', '.join(values)})")

    def add_scalar_capture(self, number: int) -> None:
        name = f"capture{number}"
        value = self.argument(name, "capture", self.rng.choice(["f32", "i32"]), (), ())
        self.setup.append(f"%{name}_value = tensor.extract %{name}[] : {value.type}")
        self.operands.append((FIRST_CAPTURE + number, f"%{name}_value", value.element))
        self.captures.append(value)

    def add_regions(self) -> None:
        if not self.with_regions:
            return
        self.add_captures()
        which = self.rng.choice(["score", "mask", "both"])
        if which != "mask":
            self.program.has_score_mod = True
            region = Region(self.rng, self.captures)
            value = "%score"
            for _ in range(self.rng.choice([1, 1, 2, 3])):
                value = region.score(value)
            self.regions += region.text("score_mod", "%score, %b, %h, %i, %j", value, "f32")
        if which != "score":
            region = Region(self.rng, self.captures)
            value = region.condition(2)
            self.regions += region.text("mask_mod", "%b, %h, %i, %j", value, "i1")

    # Text.

    def text(self) -> str:
        p = self.program
        self.rng.shuffle(self.clauses)
        operands = sorted(self.operands, key=lambda operand: operand[0])
        results = [self.output_type] + ([self.lse_type] if p.has_lse else [])
        arguments = ",\n    ".join(f'%{i.name}: {i.type} {{sqa.name = "{i.name}"}}' for i in p.inputs)
        names = "%o, %lse" if p.has_lse else "%o"
        setup = "".join(f"  {line}\n" for line in self.setup)
        clauses = "".join(" " + clause for clause in self.clauses)
        types = ", ".join(type_ for _, _, type_ in operands)
        return (
            f"func.func @{p.name}(\n    {arguments}) -> ({', '.join(results)}) {{\n{setup}"
            f"  {names} = attn.sqa %query, %key, %value{clauses}\n"
            f"    : ({types}) -> ({', '.join(results)}){self.regions}\n"
            f"  return {names} : {', '.join(results)}\n}}\n"
        )


def generate(seed: int) -> Program:
    return Generator(seed).generate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0, help="seed of the first program (default: 0)")
    parser.add_argument("--count", type=int, default=1, help="programs, with seeds that follow (default: 1)")
    options = parser.parse_args()
    print("\n".join(generate(seed).text for seed in range(options.seed, options.seed + options.count)), end="")


if __name__ == "__main__":
    main()
