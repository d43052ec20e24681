#!/usr/bin/env python3
"""Tiled attention against attention, both run by the oracle.

Writes random legal attn.sqa ops with random schedules, rewrites them with the
passes given, interprets both forms on the same inputs and compares. What a mask
hides for a whole batch holds NaN, and some queries are NaN. Needs no package.

usage: random_attention.py TOOLS_DIR COUNT [--seed=N] [--passes="..."] [--keep=DIR]
"""

import argparse
import math
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

BATCH = 25  # programs in one file: each run of the oracle parses all of it
NPY = {"f32": "<f4", "f16": "<f2", "bf16": "<u2", "i32": "<i4", "i1": "|b1"}


def pack(values, dtype):
    if dtype == "bf16":  # the upper half of f32; the values are rounded by it
        return b"".join(struct.pack("<f", v)[2:] if not math.isnan(v) else b"\xc0\x7f" for v in values)
    letter = {"f32": "f", "f16": "e", "i32": "i", "i1": "?"}[dtype]
    return struct.pack(f"<{len(values)}{letter}", *values)


def write_npy(path, shape, dtype, values):
    dims = "".join(f"{n}," for n in shape)
    header = f"{{'descr': '{NPY[dtype]}', 'fortran_order': False, 'shape': ({dims}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + pack(values, dtype))


class Program:
    """One function `@fN` with one attn.sqa and a file for each argument."""

    def __init__(self, rng, number):
        self.rng, self.number = rng, number
        self.arguments, self.inputs, self.clauses, self.captures = [], [], [], []
        self.choose_sizes()
        self.choose_mask()
        self.choose_rest()
        self.add_tensors()

    def chance(self, p):
        return self.rng.random() < p

    def choose_sizes(self):
        rng = self.rng
        few, times = rng.choice([(1, 1), (1, 4), (2, 2), (2, 1), (3, 2)])
        self.hq, self.hkv = rng.choice([(few * times, few), (few, few * times)])
        self.heads = max(self.hq, self.hkv)
        self.batch = rng.choice([1, 1, 2, 2, 3, 0])
        self.queries = rng.choice([0, 1, 3, 8, 16, 17, 31, rng.randint(1, 40)])
        self.keys = rng.choice([0, 1, 4, 15, 16, 33, rng.randint(1, 50), self.queries])
        self.d, self.dv = rng.choice([(4, 4), (1, 3), (5, 2), (8, 8)])
        self.dtype = rng.choice(["f32", "f32", "f16", "bf16"])
        self.dynamic = self.chance(0.5)
        self.layouts = [rng.choice(["bhsd", "bshd"]) for _ in range(4)]

    # Clauses are collected as (text, names of operands) in the definition's
    # order; what they hide for a whole batch is poisoned.
    def choose_mask(self):
        rng = self.rng
        self.offset = self.lengths = None
        align = rng.choice(["top_left", "bottom_right", "offset(%offset)"])
        causal, window = self.chance(0.4), self.chance(0.4)
        if causal or window:
            if "offset" in align:
                self.offset = rng.randint(-10, 30)
            self.clauses.append(f"{'causal' if causal else 'align'}({align})")
        if window:
            sides = [str(rng.choice([0, 1, 2, 7, 20])) if self.chance(0.8) else "unbounded" for _ in range(2)]
            self.clauses.append(f"window({', '.join(sides)})")
            if self.chance(0.5):
                self.clauses.append(f"global({rng.choice([0, 1, 3, 10, 100])})")
        if self.chance(0.4):
            self.lengths = [rng.choice([0, -3, 1, self.keys, self.keys + 5, rng.randint(0, self.keys)]) for _ in range(self.batch)]
            self.clauses.append("kv_lengths(%len)")
        self.segments, self.mask = self.chance(0.2), self.chance(0.25)
        self.mask_dims = [rng.choice([1, n]) for n in self.slots()]

    def choose_rest(self):
        rng = self.rng
        self.bias, self.sink = self.chance(0.25), self.chance(0.3)
        self.bias_dims = [rng.choice([1, n]) for n in self.slots()]
        self.bias_type = rng.choice(["f32", "f16", "bf16"])
        self.scale = rng.choice(["", "", "scale(0.3)", "scale(%scale)", "scale(-0.5)"])
        self.clauses += [f"heads({rng.choice(['group', 'tile'])})", self.scale]
        self.score_mod = rng.choice([None, None, None, "softcap", "alibi", "hole"])
        self.mask_mod = rng.choice([None, None, None, "stripes", "table"])
        self.lse = self.chance(0.6)
        lanes = rng.choice([4, 8])
        key_rows = rng.randint(1, 4)
        self.schedule = (f"#sqa.cpu_schedule<lanes = {lanes}, block_m = {lanes * rng.randint(1, 3)}, block_n = {key_rows * rng.randint(1, 6)}, "
                         f"key_rows = {key_rows}, value_rows = 4, exp_degree = 5, lazy_log2 = 8>")

    def slots(self):
        return [self.batch, self.heads, self.queries, self.keys]

    def tensor(self, name, shape, dtype, values, dynamic=()):
        dims = "x".join("?" if self.dynamic and n in dynamic else str(size) for n, size in enumerate(shape))
        self.arguments.append((name, f"tensor<{dims}x{dtype}>"))
        self.inputs.append((shape, dtype, values))

    def floats(self, count, spread=1.0):
        return [round(self.rng.gauss(0, spread) * 64) / 64 for _ in range(count)]

    def rank4(self, heads, length, features, layout):
        return [self.batch, heads, length, features] if layout == "bhsd" else [self.batch, length, heads, features]

    # Keys of a batch that no row may see.
    def hidden(self, b, j):
        if self.lengths is not None and j >= max(self.lengths[b], 0):
            return True
        return self.mask and self.mask_dims[:3] == [1, 1, 1] and not self.mask_values[j % len(self.mask_values)]

    def poisoned(self, heads, features, layout):
        shape = self.rank4(heads, self.keys, features, layout)
        values = self.floats(math.prod(shape))
        inner = heads * features if layout == "bshd" else features
        for n in range(len(values)):
            b = n // max(heads * self.keys * features, 1)
            if self.hidden(b, n // inner % self.keys):
                values[n] = math.nan
        return shape, values

    def add_tensors(self):
        position = [2 if layout == "bhsd" else 1 for layout in self.layouts]
        self.mask_values = [self.chance(0.6) for _ in range(math.prod(self.mask_dims))]
        shape = self.rank4(self.hq, self.queries, self.d, self.layouts[0])
        values = self.floats(math.prod(shape), 1.5)
        if values and self.chance(0.15):
            values[self.rng.randrange(len(values))] = math.nan
        self.tensor("q", shape, self.dtype, values, (0, position[0]))
        for n, (name, features) in enumerate([("k", self.d), ("v", self.dv)], start=1):
            shape, values = self.poisoned(self.hkv, features, self.layouts[n])
            self.tensor(name, shape, self.dtype, values, (0, position[n]))
        self.add_operands()

    def add_operands(self):
        rng = self.rng
        if "%scale" in self.scale:
            self.arguments.append(("scale", "f32"))
            self.inputs.append("f32=0.7")
        if self.offset is not None:
            self.arguments.append(("offset", "index"))
            self.inputs.append(f"index={self.offset}")
        if self.lengths is not None:
            self.tensor("len", [self.batch], "i32", self.lengths, (0,))
        if self.segments:
            for name, size in (("qs", self.queries), ("ks", self.keys)):
                self.tensor(name, [self.batch, size], "i32", [rng.randint(0, 2) for _ in range(self.batch * size)], (0, 1))
            self.clauses.append("segments(%qs, %ks)")
        if self.mask:
            self.tensor("m", self.mask_dims, "i1", self.mask_values, [n for n in (0, 2, 3) if self.mask_dims[n] != 1])
            self.clauses.append("mask(%m)")
        if self.bias:
            values = [-math.inf if self.chance(0.1) else v for v in self.floats(math.prod(self.bias_dims))]
            self.tensor("bias", self.bias_dims, self.bias_type, values, [n for n in (0, 2, 3) if self.bias_dims[n] != 1])
            self.clauses.append("bias(%bias)")
        if self.sink:
            self.tensor("sink", [self.heads], "f32", [rng.choice([-math.inf, 0.0, 3.0, -40.0, 60.0]) for _ in range(self.heads)])
            self.clauses.append("sink(%sink)")
        if self.score_mod == "alibi" or self.mask_mod == "table":
            self.tensor("slopes", [self.heads], "f32", self.floats(self.heads, 0.2))
            self.clauses.append("capture(%slopes)")
            self.captures.append("slopes")

    def regions(self):
        extra = "".join(f", %{name}_" for name in self.captures)
        slope = f"%e = tensor.extract %slopes_[%h] : tensor<{self.heads}xf32>"
        score = {
            "softcap": "%y = math.tanh %s : f32",
            "alibi": f"{slope}\n%d = arith.subi %j, %i : index\n%di = arith.index_cast %d : index to i32\n"
                     "%df = arith.sitofp %di : i32 to f32\n%p = arith.mulf %e, %df : f32\n%y = arith.addf %s, %p : f32",
            "hole": "%c = arith.constant 3 : index\n%n = arith.constant 0xFF800000 : f32\n%t = arith.cmpi eq, %j, %c : index\n"
                    "%y = arith.select %t, %n, %s : f32",
        }
        mask = {
            "stripes": "%c = arith.constant 3 : index\n%a = arith.addi %i, %j : index\n%r = arith.remui %a, %c : index\n"
                       "%z = arith.constant 0 : index\n%y = arith.cmpi ne, %r, %z : index",
            "table": f"{slope}\n%z = arith.constant 0.0 : f32\n%t = arith.cmpf ogt, %e, %z : f32\n"
                     "%u = arith.cmpi ule, %j, %i : index\n%y = arith.ori %t, %u : i1",
        }
        text = ""
        if self.score_mod:
            text += f"\nscore_mod(%s, %b, %h, %i, %j{extra}) {{\n{score[self.score_mod]}\nattn.yield %y : f32\n}}"
        if self.mask_mod:
            text += f"\nmask_mod(%b, %h, %i, %j{extra}) {{\n{mask[self.mask_mod]}\nattn.yield %y : i1\n}}"
        return text

    def text(self):
        lq, lk, lv, lo = self.layouts
        arguments = ", ".join(f"%{name}: {type_}" for name, type_ in self.arguments)
        shape = self.rank4(self.heads, self.queries, self.dv, lo)
        if self.dynamic:
            shape[0], shape[2 if lo == "bhsd" else 1] = "?", "?"
        results = [f"tensor<{'x'.join(map(str, shape))}x{self.dtype}>"]
        if self.lse:
            b, s = ("?", "?") if self.dynamic else (self.batch, self.queries)
            results.append(f"tensor<{b}x{self.heads}x{s}xf32>")
        names = ", ".join(f"%o{n}" for n in range(len(results)))
        return (f"func.func @f{self.number}({arguments}) -> ({', '.join(results)}) {{\n"
                f"{names} = attn.sqa %q, %k, %v layout({lq}, {lk}, {lv} -> {lo}) {' '.join(self.clauses)} schedule({self.schedule})\n"
                f": ({', '.join(t for _, t in self.arguments)}) -> ({', '.join(results)}) {self.regions()}\n"
                f"return {names} : {', '.join(results)}\n}}\n")

    def write_inputs(self, directory):
        flags = []
        for n, value in enumerate(self.inputs):
            if isinstance(value, str):
                flags.append(f"--input={value}")
                continue
            path = directory / f"f{self.number}_{n}.npy"
            write_npy(path, *value)
            flags.append(f"--input=@{path}")
        return flags


def run(command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode:
        print(f"failed: {' '.join(map(str, command))}\n{result.stdout}{result.stderr}")
    return result.returncode == 0


def check(program, tools, directory, before, after):
    inputs = program.write_inputs(directory)
    outputs = [f"@{directory}/f{program.number}_out{n}.npy" for n in range(1 + program.lse)]
    command = [tools / "sqa-interpret", f"--function=f{program.number}", *inputs]
    return (run([*command, before, *(f"--output={path}" for path in outputs)]) and
            run([*command, after, *(f"--expected-output={path}" for path in outputs)]))


# Rewrites and compares; the programs that failed.
def check_batch(programs, options, directory):
    before, after = directory / "before.mlir", directory / "after.mlir"
    before.write_text("".join(program.text() for program in programs))
    if not run([options.tools / "sqa-opt", before, *options.passes.split(), "-o", after]):
        return programs
    return [p for p in programs if not check(p, options.tools, directory, before, after)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tools", type=pathlib.Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--passes", default="--sqa-tile-attention --canonicalize --cse")
    parser.add_argument("--keep", type=pathlib.Path)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    failed = []
    with tempfile.TemporaryDirectory() as temporary:
        for first in range(0, options.count, BATCH):
            programs = [Program(rng, n) for n in range(first, min(first + BATCH, options.count))]
            failed += check_batch(programs, options, options.keep or pathlib.Path(temporary))
    for program in failed:
        print(program.text())
    print(f"{options.count - len(failed)} of {options.count} programs agree (seed {options.seed})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
