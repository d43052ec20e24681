# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is compiled for GPUs and compared with the oracle: programs and calls.

A program is one attn.sqa; a dynamic one is called with several sizes. Head
sizes, element types, head maps, layouts, masks, odd and zero lengths each occur
with the others in turn, not in all combinations: run_fuzz.py draws those.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import numpy as np

LAYOUTS = [("bhsd",) * 4, ("bshd",) * 4, ("bhsd", "bshd", "bshd", "bhsd"), ("bshd", "bhsd", "bshd", "bhsd")]
# S and T around tiles of 64 to 256 rows and blocks of 80 to 192 keys.
RAGGED = [(1, 1), (1, 300), (127, 129), (128, 128), (257, 96), (300, 300)]
EMPTY = [(0, 5), (5, 0), (0, 0)]


@dataclass
class Call:
    """One call: sizes, and inputs that are not just random numbers."""

    b: int = 1
    s: int = 128
    t: int = 128
    arrays: dict[str, np.ndarray] = field(default_factory=dict)  # by operand, as float64 or integers
    flags: list[str] = field(default_factory=list)  # of sqa-run
    note: str = ""


@dataclass
class Program:
    """One function of one attn.sqa. `operands` are (name, type); clauses refer to them as %name."""

    name: str
    d: int = 64
    dv: int | None = None
    hq: int = 2
    hkv: int = 2
    dtype: str = "bf16"
    layout: tuple[str, str, str, str] = LAYOUTS[0]
    clauses: str = ""
    regions: str = ""
    setup: str = ""  # ops before attn.sqa
    operands: list[tuple[str, str]] = field(default_factory=list)
    lse: bool = False
    static: Call | None = None  # the sizes in the types, if they are there
    calls: list[Call] = field(default_factory=list)

    def dims(self, heads: int, length, features: int, layout: str, batch) -> tuple:
        return (batch, heads, length, features) if layout == "bhsd" else (batch, length, heads, features)

    def tensors(self, call: Call | None) -> list[tuple[str, str, tuple]]:
        """Name, element type and shape of inputs, then outputs; `?` without a call."""
        b, s, t = (call.b, call.s, call.t) if call else ("?", "?", "?")
        dv, ho = self.dv or self.d, max(self.hq, self.hkv)
        lq, lk, lv, lo = self.layout
        tensors = [("q", self.dtype, self.dims(self.hq, s, self.d, lq, b)),
                   ("k", self.dtype, self.dims(self.hkv, t, self.d, lk, b)),
                   ("v", self.dtype, self.dims(self.hkv, t, dv, lv, b))]
        sizes = {"B": b, "S": s, "T": t, "H": ho}
        for name, type_ in self.operands:
            *dims, element = type_.split("x")
            tensors.append((name, element, tuple(sizes.get(d) if d in sizes else int(d) for d in dims)))
        tensors.append(("o", self.dtype, self.dims(ho, s, dv, lo, b)))
        if self.lse:
            tensors.append(("lse", "f32", (b, ho, s)))
        return tensors

    def text(self) -> str:
        tensors = self.tensors(self.static)
        types = {name: f"tensor<{''.join(f'{d}x' for d in shape)}{element}>" for name, element, shape in tensors}
        results = [types.pop(n) for n in ("o", "lse") if n in types]
        lq, lk, lv, lo = self.layout
        names = ", ".join(f"%r{n}" for n in range(len(results)))
        arguments = ", ".join(f"%{n}: {t}" for n, t in types.items())
        extra = ["index"] if "offset(" in self.clauses else []
        operands = [types["q"], types["k"], types["v"], *extra, *(types[n] for n, _ in self.operands)]
        return (f"func.func @{self.name}({arguments}) -> ({', '.join(results)}) {{\n{self.setup}"
                f"  {names} = attn.sqa %q, %k, %v layout({lq}, {lk}, {lv} -> {lo}) {self.clauses}\n"
                f"      : ({', '.join(operands)}) -> ({', '.join(results)}) {self.regions}\n"
                f"  return {names} : {', '.join(results)}\n}}\n")


# ===------------------------------------------------------------------------===
# The list
# ===------------------------------------------------------------------------===


def lengths(*values: int) -> dict[str, np.ndarray]:
    return {"n": np.array(values, np.int32)}


def sizes(*pairs: tuple[int, int], b: int = 1, **kwargs) -> list[Call]:
    return [Call(b, s, t, **kwargs) for s, t in pairs]


def head_sizes() -> list[Program]:
    """Every head size once, with what goes round: types, layouts, masks."""
    programs = []
    masks = ["", "causal(bottom_right)", "causal(top_left)"]
    for n, (d, dv) in enumerate([(8, 8), (16, 16), (24, 24), (32, 32), (40, 40), (64, 64), (72, 72), (80, 80), (96, 96), (112, 112),
                                 (128, 128), (160, 160), (192, 192), (256, 256), (192, 128), (64, 128), (128, 64), (16, 256), (256, 16)]):
        for variant in range(2):
            programs.append(Program(
                f"d{d}_{dv}_{variant}", d, dv, hq=4 if variant else 2, hkv=2, dtype=["bf16", "f16"][(n + variant) % 2],
                layout=LAYOUTS[(n + variant) % len(LAYOUTS)], clauses=masks[(n + 2 * variant) % 3], lse=bool(variant),
                calls=sizes((150, 200), (200, 150)) if variant else sizes((257, 130), b=2, flags=["--row-padding=8"])))
    return programs


def head_maps() -> list[Program]:
    return [Program(f"heads_{hq}_{hkv}_{kind}", 32, hq=hq, hkv=hkv, clauses=f"heads({kind})", layout=LAYOUTS[1],
                    calls=sizes((130, 70), b=2))
            for hq, hkv in [(4, 1), (6, 2), (2, 4), (1, 3), (8, 4)] for kind in ("group", "tile")]


def ragged() -> list[Program]:
    programs = []
    for d, clauses in [(16, ""), (32, "causal(bottom_right)"), (64, "causal(top_left)"), (128, ""), (128, "causal(bottom_right)")]:
        for lse in (False, True):
            name = f"ragged{d}_{'full' if not clauses else clauses[7:-1]}{'_lse' if lse else ''}"
            programs.append(Program(name, d, clauses=clauses, lse=lse, calls=sizes(*RAGGED) + sizes(*EMPTY) + [Call(0, 7, 9), Call(3, 40, 50)]))
    return programs


def windows() -> list[Program]:
    clauses = ["window(16, 0) causal(bottom_right)", "window(100, 0) causal(top_left)", "window(64, 64) align(top_left)",
               "window(130, unbounded) align(bottom_right)", "window(unbounded, 20) align(bottom_right)",
               "window(32, 0) global(5) causal(bottom_right)", "window(20, 20) global(200) causal(top_left)", "window(0, 0) align(top_left)"]
    return [Program(f"window{n}", [64, 128, 32, 16][n % 4], clauses=c, lse=n % 2 == 1, calls=sizes((300, 300), (150, 400), (400, 150)))
            for n, c in enumerate(clauses)]


def key_lengths() -> list[Program]:
    programs = []
    for n, clauses in enumerate(["", "causal(bottom_right)", "causal(top_left)", "window(50, 0) causal(bottom_right)"]):
        programs.append(Program(
            f"lengths{n}", [64, 128, 16, 32][n], hq=4, clauses=f"{clauses} kv_lengths(%n)", operands=[("n", "Bxi32")], lse=True,
            calls=[Call(5, 130, 260, lengths(0, 1, 129, 260, 255)), Call(3, 1, 300, lengths(300, 128, 77)),
                   Call(2, 70, 90, lengths(-3, 1000), note="clamped")]))
    return programs


def special_values() -> list[Program]:
    """Logits of a wide spread, equal keys, live infinities and NaN, NaN where no row looks."""
    rng = np.random.default_rng(5)

    def draw(heads: int, n: int, d: int) -> np.ndarray:
        return rng.standard_normal((1, heads, n, d))

    live_nan, live_inf = draw(2, 200, 64), draw(2, 200, 64)
    live_nan[0, 1, 77, 5] = np.nan
    live_inf[0, 0, 150, 7] = np.inf
    hidden = draw(2, 300, 64)
    hidden[:, :, 200:] = np.nan
    large = [Call(1, 130, 200, {"q": draw(2, 130, 64) * 8}, note="large"),
             Call(1, 130, 200, {"q": draw(2, 130, 64) * 50}, note="larger"),
             Call(1, 130, 200, {"k": np.full((1, 2, 200, 64), 0.3)}, note="equal"),
             Call(1, 130, 200, {"k": np.sort(np.abs(draw(2, 200, 64)), axis=2) * 4}, note="rising")]
    odd = [Call(1, 130, 200, {"q": live_nan[:, :, :130]}, note="nan_q"), Call(1, 130, 200, {"k": live_nan}, note="nan_k"),
           Call(1, 130, 200, {"v": live_nan}, note="nan_v"), Call(1, 130, 200, {"v": live_inf}, note="inf_v")]
    programs = [Program("special_full", 64, calls=large + odd),
                Program("special_causal", 64, clauses="causal(bottom_right)", lse=True, calls=large + odd),
                Program("special_hidden", 64, clauses="kv_lengths(%n)", operands=[("n", "Bxi32")],
                        calls=[Call(1, 130, 300, {"v": hidden, **lengths(200)}, note="nan_v"),
                               Call(1, 130, 300, {"k": hidden, **lengths(200)}, note="nan_k")])]
    return programs


SOFTCAP = """score_mod(%s, %b, %h, %i, %j) {
    %c = arith.constant 5.0 : f32
    %x = arith.divf %s, %c : f32
    %y = math.tanh %x : f32
    %z = arith.mulf %y, %c : f32
    attn.yield %z : f32
  }"""
ALIBI = """score_mod(%s, %b, %h, %i, %j, %a) {
    %d = arith.subi %j, %i : index
    %n = arith.index_cast %d : index to i32
    %f = arith.sitofp %n : i32 to f32
    %m = tensor.extract %a[%h] : tensor<2xf32>
    %p = arith.mulf %m, %f : f32
    %z = arith.addf %s, %p : f32
    attn.yield %z : f32
  }"""
PREFIX = """mask_mod(%b, %h, %i, %j) {
    %p = arith.constant 70 : index
    %a = arith.cmpi slt, %j, %p : index
    %c = arith.cmpi sle, %j, %i : index
    %y = arith.ori %a, %c : i1
    attn.yield %y : i1
  }"""


def scores_and_masks() -> list[Program]:
    calls = [(150, 200), (257, 130)]
    slopes = {"slope": np.array([0.125, 0.03125])}
    segments = {"x": np.sort(np.random.default_rng(3).integers(0, 4, (1, 200))).astype(np.int32)}
    return [
        Program("sink", 64, clauses="causal(bottom_right) sink(%s)", operands=[("s", "Hxf32")], lse=True, calls=sizes(*calls)),
        Program("bias", 64, clauses="bias(%x)", operands=[("x", "BxHxSxTxbf16")], calls=sizes(*calls, b=2)),
        Program("bias_rows", 32, clauses="bias(%x) causal(top_left)", operands=[("x", "1xHx1xTxf32")], calls=sizes(*calls)),
        Program("softcap", 64, regions=SOFTCAP, lse=True, calls=sizes(*calls)),
        Program("alibi", 128, clauses="causal(bottom_right) capture(%slope)", operands=[("slope", "2xf32")], regions=ALIBI,
                calls=[Call(1, s, t, slopes) for s, t in calls]),
        Program("negative_scale", 64, clauses="scale(-0.25)", calls=sizes(*calls)),
        Program("prefix", 64, regions=PREFIX, calls=sizes(*calls)),
        Program("mask", 64, clauses="mask(%x)", operands=[("x", "1x1xSxTxi1")],
                calls=[Call(1, 150, 200, {"x": (np.random.default_rng(4).random((1, 1, 150, 200)) < 0.5).astype(np.int8)})]),
        Program("segments", 64, clauses="segments(%x, %y)", operands=[("x", "BxSxi32"), ("y", "BxTxi32")],
                calls=[Call(1, 200, 200, {**segments, "y": segments["x"]})]),
    ]


def other() -> list[Program]:
    offset = "  %c2 = arith.constant 2 : index\n  %x = tensor.dim %k, %c2 : tensor<?x2x?x64xbf16>\n"
    static = Call(2, 192, 256)
    return [
        Program("scaled", 64, clauses="scale(0.5)", calls=sizes((130, 200))),
        Program("offset", 64, setup=offset, clauses="causal(offset(%x)) window(40, 0)", calls=sizes((130, 200))),
        Program("static_full", 128, static=static, calls=[static]),
        Program("static_causal", 64, clauses="causal(top_left)", lse=True, static=static, calls=[static]),
        Program("many_tiles", 16, hq=16, hkv=16, calls=sizes((65, 66), b=40)),
        Program("long", 64, hq=1, hkv=1, clauses="causal(bottom_right)", calls=sizes((1500, 1700))),
    ]


def random_program(seed: int) -> Program:
    rng = random.Random(seed)
    d, hq, hkv = rng.randrange(8, 264, 8), *rng.choice([(1, 1), (2, 1), (4, 2), (2, 2), (2, 4), (3, 1), (1, 2)])
    dv = d if rng.random() < 0.7 else rng.randrange(8, 264, 8)
    clauses, operands = [f"heads({rng.choice(['group', 'tile'])})"], []
    alignment = rng.choice(["top_left", "bottom_right"])
    causal = rng.random() < 0.5
    clauses += [f"causal({alignment})"] if causal else []
    if rng.random() < 0.3:
        left = rng.choice([0, 5, 33, 64, 100, 200])
        right = 0 if causal else rng.choice([0, 7, 64, "unbounded"])
        clauses.append(f"window({left}, {right})" + ("" if causal else f" align({alignment})"))
        clauses += [f"global({rng.choice([1, 10, 130])})"] if causal and rng.random() < 0.5 else []
    b, s, t = rng.randint(1, 3), rng.randint(1, 330), rng.randint(1, 330)
    arrays = {}
    if rng.random() < 0.3:
        clauses.append("kv_lengths(%n)")
        operands.append(("n", "Bxi32"))
        arrays = lengths(*(rng.randint(-1, t + 2) for _ in range(b)))
    lse = rng.random() < 0.5
    call = Call(b, s, t, arrays, [] if lse else [f"--row-padding={rng.choice([0, 8, 24])}"])
    return Program(f"random{seed}", d, dv, hq, hkv, rng.choice(["bf16", "f16"]), rng.choice(LAYOUTS), " ".join(clauses), "", "",
                   operands, lse, call if rng.random() < 0.2 else None, [call])


def benchmarks() -> list[Program]:
    """What scripts/gpu/bench-attention times; of any batch and length."""
    return [Program(f"bench_d{d}_{dv}_{'causal' if clauses else 'full'}", d, dv, 2048 // d, 2048 // d, clauses=clauses)
            for d, dv in [(16, 16), (32, 32), (64, 64), (80, 80), (96, 96), (128, 128), (192, 192), (192, 128), (256, 256)]
            for clauses in ("", "causal(top_left)")]


def programs(count: int = 0, seed: int = 0) -> list[Program]:
    """The list, and `count` random programs."""
    fixed = head_sizes() + head_maps() + ragged() + windows() + key_lengths() + special_values() + scores_and_masks() + other()
    return fixed + [random_program(seed + n) for n in range(count)]
