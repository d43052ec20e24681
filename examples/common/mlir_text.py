# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the layers of an SQA transformer as MLIR text.

A Writer collects the lines of one function. Its methods add an operation or a
layer and return the name of the result; shapes are lists in which None is a
dimension known at run time only. All activations are (B, S, features) with
dynamic B and S.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

RMS_EPSILON = "1.1920929e-07"
DYNAMIC = None


def tensor_type(shape: Sequence[int | None], element: str = "f32") -> str:
    dims = "".join("?x" if extent is DYNAMIC else f"{extent}x" for extent in shape)
    return f"tensor<{dims}{element}>"


def rows(features: int, element: str = "f32") -> str:
    """The type of an activation: (B, S, features)."""
    return tensor_type([DYNAMIC, DYNAMIC, features], element)


# Indexing maps that the layers share. b: batch, s: position, o: output feature,
# k: input feature.
MAPS = """\
#in    = affine_map<(b, s, o, k) -> (b, s, k)>
#w     = affine_map<(b, s, o, k) -> (o, k)>
#out   = affine_map<(b, s, o, k) -> (b, s, o)>
#all   = affine_map<(b, s, d) -> (b, s, d)>
#row   = affine_map<(b, s, d) -> (b, s)>
#last  = affine_map<(b, s, d) -> (d)>
"""

PARALLEL = '["parallel", "parallel", "parallel"]'


@dataclass
class Writer:
    name: str
    arguments: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    used: dict[str, int] = field(default_factory=dict)

    def fresh(self, stem: str) -> str:
        """A new value name: %stem, %stem_1, ..."""
        count = self.used.get(stem, 0)
        self.used[stem] = count + 1
        return f"%{stem}_{count}" if count else f"%{stem}"

    def add(self, text: str) -> None:
        self.lines += ["  " + line for line in text.splitlines()]

    def comment(self, text: str) -> None:
        self.lines += ["", f"  // {text}"]

    def argument(self, stem: str, type_: str, parameter: str | None = None) -> str:
        """An input; with `parameter`, a weight of that name in a .safetensors file."""
        value = self.fresh(stem)
        attribute = f'sqa.parameter = "{parameter}"' if parameter else f'sqa.name = "{stem}"'
        self.arguments.append(f"{value}: {type_} {{{attribute}}}")
        return value

    def text(self, result: str, result_type: str) -> str:
        head = f"func.func @{self.name}("
        joined = (",\n" + " " * len(head)).join(self.arguments)
        body = "\n".join(self.lines)
        return f"{head}{joined}) -> {result_type} {{\n{body}\n  return {result} : {result_type}\n}}\n"

    # Run-time sizes, made once by `sizes`.

    def sizes(self, value: str, type_: str) -> None:
        self.add("%c0 = arith.constant 0 : index\n%c1 = arith.constant 1 : index")
        self.add("%zero = arith.constant 0.0 : f32")
        self.add(f"%b = tensor.dim {value}, %c0 : {type_}\n%s = tensor.dim {value}, %c1 : {type_}")

    def empty(self, stem: str, type_: str) -> str:
        value = self.fresh(stem)
        self.add(f"{value} = tensor.empty(%b, %s) : {type_}")
        return value

    def zeros(self, stem: str, type_: str) -> str:
        init, value = self.empty(stem + "_init", type_), self.fresh(stem + "_zero")
        self.add(f"{value} = linalg.fill ins(%zero : f32) outs({init} : {type_}) -> {type_}")
        return value

    # Layers.

    def linear(self, stem: str, x: str, weight: str, fan_in: int, fan_out: int, bias: str | None = None) -> str:
        """x W^T + bias, with W of (fan_out, fan_in)."""
        type_ = rows(fan_out)
        zeros, value = self.zeros(stem, type_), self.fresh(stem)
        self.add(
            f"{value} = linalg.contract indexing_maps = [#in, #w, #out]\n"
            f"    ins({x}, {weight} : {rows(fan_in)}, {tensor_type([fan_out, fan_in])}) outs({zeros} : {type_}) -> {type_}"
        )
        if bias is None:
            return value
        return self.elementwise(
            stem + "_biased", [(value, "#all", type_), (bias, "#last", tensor_type([fan_out]))], fan_out,
            "%y = arith.addf %x0, %x1 : f32",
        )

    def elementwise(self, stem: str, inputs: Sequence[tuple[str, str, str]], features: int, body: str) -> str:
        """`body` computes %y from %x0, %x1, ...; an input is (value, map, type)."""
        type_ = rows(features)
        init, value = self.empty(stem + "_init", type_), self.fresh(stem)
        maps = ", ".join([m for _, m, _ in inputs] + ["#all"])
        values = ", ".join(v for v, _, _ in inputs)
        types = ", ".join(t for _, _, t in inputs)
        scalars = ", ".join(f"%x{i}: f32" for i in range(len(inputs)))
        self.add(
            f"{value} = linalg.generic {{indexing_maps = [{maps}], iterator_types = {PARALLEL}}}\n"
            f"    ins({values} : {types}) outs({init} : {type_}) {{\n"
            f"^bb0({scalars}, %unused: f32):"
        )
        self.add("\n".join("  " + line for line in body.splitlines()) + "\n  linalg.yield %y : f32")
        self.add(f"}} -> {type_}")
        return value

    def add_rows(self, stem: str, a: str, b: str, features: int) -> str:
        type_ = rows(features)
        return self.elementwise(stem, [(a, "#all", type_), (b, "#all", type_)], features,
                                "%y = arith.addf %x0, %x1 : f32")

    def rms_norm(self, stem: str, x: str, weight: str, features: int) -> str:
        row_type = tensor_type([DYNAMIC, DYNAMIC])
        zeros, squares = self.zeros(stem + "_sum", row_type), self.fresh(stem + "_sum")
        self.add(
            f'{squares} = linalg.generic {{indexing_maps = [#all, #row], iterator_types = ["parallel", "parallel", "reduction"]}}\n'
            f"    ins({x} : {rows(features)}) outs({zeros} : {row_type}) {{\n"
            "^bb0(%x0: f32, %sum: f32):\n"
            "  %square = arith.mulf %x0, %x0 : f32\n"
            "  %y = arith.addf %sum, %square : f32\n"
            f"  linalg.yield %y : f32\n}} -> {row_type}"
        )
        return self.elementwise(
            stem, [(x, "#all", rows(features)), (squares, "#row", row_type), (weight, "#last", tensor_type([features]))],
            features,
            f"%n = arith.constant {float(features)} : f32\n"
            f"%epsilon = arith.constant {RMS_EPSILON} : f32\n"
            "%mean = arith.divf %x1, %n : f32\n"
            "%shifted = arith.addf %mean, %epsilon : f32\n"
            "%factor = math.rsqrt %shifted : f32\n"
            "%scaled = arith.mulf %x0, %factor : f32\n"
            "%y = arith.mulf %scaled, %x2 : f32",
        )

    def split_heads(self, stem: str, x: str, heads: int, dim: int) -> str:
        """(B, S, heads * dim) seen as (B, S, heads, dim)."""
        value = self.fresh(stem)
        self.add(
            f"{value} = tensor.expand_shape {x} [[0], [1], [2, 3]] output_shape [%b, %s, {heads}, {dim}]\n"
            f"    : {rows(heads * dim)} into {tensor_type([DYNAMIC, DYNAMIC, heads, dim])}"
        )
        return value

    def rope(self, stem: str, x: str, heads: int, dim: int) -> str:
        value, type_ = self.fresh(stem), tensor_type([DYNAMIC, DYNAMIC, heads, dim])
        self.add(f"{value} = attn.rope {x} pairing(pairs_to_halves) layout(bshd) base(1.0e4) : {type_}")
        return value

    def sqa_layer(self, x: str, weights: dict[str, str], width: int, query_heads: int, kv_heads: int, dim: int) -> str:
        """One attention layer. `weights` has wq, wk, wv, wo and wo_bias."""
        kv_type = tensor_type([DYNAMIC, DYNAMIC, kv_heads, dim])
        q_type = tensor_type([DYNAMIC, DYNAMIC, query_heads, dim])
        query = self.linear("query", x, weights["wq"], width, query_heads * dim)
        key = self.linear("key", x, weights["wk"], width, kv_heads * dim)
        value = self.linear("value", x, weights["wv"], width, kv_heads * dim)
        query = self.rope("q_rotated", self.split_heads("q_heads", query, query_heads, dim), query_heads, dim)
        key = self.rope("k_rotated", self.split_heads("k_heads", key, kv_heads, dim), kv_heads, dim)
        value = self.split_heads("v_heads", value, kv_heads, dim)
        mixed, flat = self.fresh("mixed"), self.fresh("mixed_rows")
        self.add(
            f"{mixed} = attn.sqa {query}, {key}, {value} heads(group) layout(bshd, bshd, bshd -> bshd) causal(bottom_right)\n"
            f"    : ({q_type}, {kv_type}, {kv_type}) -> {q_type}"
        )
        self.add(f"{flat} = tensor.collapse_shape {mixed} [[0], [1], [2, 3]] : {q_type} into {rows(query_heads * dim)}")
        return self.linear("attention", flat, weights["wo"], query_heads * dim, width, weights["wo_bias"])
