"""Text of functions that hold one attn.sqa, and inputs for them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from harness import Tensor, encode


@dataclass
class Sqa:
    """One attn.sqa: sizes, clauses as they are written, and extra operands.

    `operands` are (name, type, value) in the order of the op's definition;
    `clauses` refer to them as %name. `dynamic` writes B, S and T as `?`.
    """

    b: int = 1
    hq: int = 2
    hkv: int = 2
    s: int = 16
    t: int = 16
    d: int = 16
    dv: int | None = None
    dtype: str = "f32"
    clauses: str = ""
    regions: str = ""
    operands: list[tuple[str, str, np.ndarray]] = field(default_factory=list)
    layout: tuple[str, str, str, str] = ("bhsd",) * 4
    lse: bool = False
    dynamic: bool = False
    name: str = "attention"

    def shape(self, heads: int, length: int, features: int, layout: str) -> tuple[int, ...]:
        return (self.b, heads, length, features) if layout == "bhsd" else (self.b, length, heads, features)

    def type(self, heads: int, length: int, features: int, layout: str) -> str:
        b, n = ("?", "?") if self.dynamic else (str(self.b), str(length))
        dims = (b, str(heads), n, str(features)) if layout == "bhsd" else (b, n, str(heads), str(features))
        return f"tensor<{'x'.join(dims)}x{self.dtype}>"

    def text(self) -> str:
        dv, ho = self.dv or self.d, max(self.hq, self.hkv)
        lq, lk, lv, lo = self.layout
        types = [("q", self.type(self.hq, self.s, self.d, lq)), ("k", self.type(self.hkv, self.t, self.d, lk)),
                 ("v", self.type(self.hkv, self.t, dv, lv))] + [(n, t) for n, t, _ in self.operands]
        results = [self.type(ho, self.s, dv, lo)]
        if self.lse:
            b, s = ("?", "?") if self.dynamic else (self.b, self.s)
            results.append(f"tensor<{b}x{ho}x{s}xf32>")
        arguments = ", ".join(f"%{n}: {t}" for n, t in types)
        layouts = "" if set(self.layout) == {"bhsd"} else f" layout({lq}, {lk}, {lv} -> {lo})"
        names = ", ".join(f"%r{n}" for n in range(len(results)))
        return (f"func.func @{self.name}({arguments}) -> ({', '.join(results)}) {{\n"
                f"  {names} = attn.sqa %q, %k, %v{layouts} {self.clauses}\n"
                f"      : ({', '.join(t for _, t in types)}) -> ({', '.join(results)}) {self.regions}\n"
                f"  return {names} : {', '.join(results)}\n}}\n")

    def inputs(self, rng: np.random.Generator, spread: float = 1.0) -> list[Tensor]:
        dv = self.dv or self.d
        lq, lk, lv, _ = self.layout
        shapes = [self.shape(self.hq, self.s, self.d, lq), self.shape(self.hkv, self.t, self.d, lk),
                  self.shape(self.hkv, self.t, dv, lv)]
        tensors = [Tensor(encode(rng.standard_normal(shape) * (spread if n < 2 else 1), self.dtype), self.dtype)
                   for n, shape in enumerate(shapes)]
        for _, type_, value in self.operands:
            element = type_.removeprefix("tensor<").removesuffix(">").split("x")[-1]
            tensors.append(Tensor(encode(value, element) if element in ("f32", "f16", "bf16") else np.asarray(value), element))
        return tensors
