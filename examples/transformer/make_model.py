# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a whole SQA transformer as MLIR: token ids in, logits out.

    python examples/transformer/make_model.py --layers=2 --vocab=1000 > model.mlir

Each layer is x += attention(norm(x)); x += feed_forward(norm(x)). There is no
final norm; the head has a bias (as in the SQA paper's models).
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, fields
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))

from mlir_text import MAPS, PARALLEL, Writer, rows, tensor_type  # noqa: E402


@dataclass(frozen=True)
class Config:
    """Sizes of a model; the defaults are the paper's, with fewer layers and words."""

    vocab: int = 1000  # the paper: 10,000
    layers: int = 2  # the paper: 8
    width: int = 256
    query_heads: int = 8
    kv_heads: int = 4
    head_dim: int = 16
    feed_forward: int = 768

    @staticmethod
    def add_options(parser: argparse.ArgumentParser) -> None:
        for field in fields(Config):
            parser.add_argument("--" + field.name.replace("_", "-"), type=int, default=field.default,
                                help=f"default: {field.default}")

    @staticmethod
    def from_options(options: argparse.Namespace) -> Config:
        return Config(**{field.name: getattr(options, field.name) for field in fields(Config)})

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every weight, in the order of the arguments."""
        q, kv, d, ff = self.query_heads * self.head_dim, self.kv_heads * self.head_dim, self.width, self.feed_forward
        shapes: dict[str, tuple[int, ...]] = {"embedding": (self.vocab, d)}
        for i in range(self.layers):
            shapes |= {
                f"layers.{i}.attention_norm": (d,),
                f"layers.{i}.attention.wq": (q, d),
                f"layers.{i}.attention.wk": (kv, d),
                f"layers.{i}.attention.wv": (kv, d),
                f"layers.{i}.attention.wo": (d, q),
                f"layers.{i}.attention.wo_bias": (d,),
                f"layers.{i}.ff_norm": (d,),
                f"layers.{i}.ff.fc1": (2 * ff, d),
                f"layers.{i}.ff.fc1_bias": (2 * ff,),
                f"layers.{i}.ff.fc2": (d, ff),
                f"layers.{i}.ff.fc2_bias": (d,),
            }
        return shapes | {"head": (self.vocab, d), "head_bias": (self.vocab,)}


def add_embedding(writer: Writer, ids: str, table: str, config: Config) -> str:
    """Rows of the table; a call with an id outside of it fails."""
    type_ = rows(config.width)
    ids_type, table_type = tensor_type([None, None], "i64"), tensor_type([config.vocab, config.width])
    init, value = writer.empty("embedded_init", type_), writer.fresh("embedded")
    writer.add(
        f"{value} = linalg.generic {{indexing_maps = [#row, #all], iterator_types = {PARALLEL}}}\n"
        f"    ins({ids} : {ids_type}) outs({init} : {type_}) {{\n"
        "^bb0(%id: i64, %unused: f32):\n"
        "  %r = arith.index_cast %id : i64 to index\n"
        "  %d = linalg.index 2 : index\n"
        f"  %y = tensor.extract {table}[%r, %d] : {table_type}\n"
        f"  linalg.yield %y : f32\n}} -> {type_}"
    )
    return value


def add_feed_forward(writer: Writer, x: str, weights: dict[str, str], prefix: str, config: Config) -> str:
    """fc2(value * silu(gate)), where fc1 makes values, then gates."""
    d, ff = config.width, config.feed_forward
    hidden = writer.linear("hidden", x, weights[prefix + "fc1"], d, 2 * ff, weights[prefix + "fc1_bias"])
    halves = []
    for stem, start in (("ff_value", 0), ("ff_gate", ff)):
        half = writer.fresh(stem)
        writer.add(f"{half} = tensor.extract_slice {hidden}[0, 0, {start}] [%b, %s, {ff}] [1, 1, 1]\n"
                   f"    : {rows(2 * ff)} to {rows(ff)}")
        halves.append((half, "#all", rows(ff)))
    gated = writer.elementwise(
        "gated", halves, ff,
        "%one = arith.constant 1.0 : f32\n"
        "%negative = arith.negf %x1 : f32\n"
        "%e = math.exp %negative : f32\n"
        "%denominator = arith.addf %e, %one : f32\n"
        "%silu = arith.divf %x1, %denominator : f32\n"
        "%y = arith.mulf %x0, %silu : f32",
    )
    return writer.linear("ff", gated, weights[prefix + "fc2"], ff, d, weights[prefix + "fc2_bias"])


def add_layer(writer: Writer, x: str, weights: dict[str, str], index: int, config: Config) -> str:
    prefix = f"layers.{index}."
    writer.comment(f"Layer {index}: attention.")
    normed = writer.rms_norm("normed", x, weights[prefix + "attention_norm"], config.width)
    attention = {name: weights[f"{prefix}attention.{name}"] for name in ("wq", "wk", "wv", "wo", "wo_bias")}
    mixed = writer.sqa_layer(normed, attention, config.width, config.query_heads, config.kv_heads, config.head_dim)
    x = writer.add_rows("residual", x, mixed, config.width)
    writer.comment(f"Layer {index}: feed-forward.")
    normed = writer.rms_norm("ff_normed", x, weights[prefix + "ff_norm"], config.width)
    changed = add_feed_forward(writer, normed, weights, prefix + "ff.", config)
    return writer.add_rows("residual", x, changed, config.width)


def model_text(config: Config) -> str:
    writer = Writer("main")
    ids_type = tensor_type([None, None], "i64")
    ids = writer.argument("ids", ids_type)
    weights = {
        name: writer.argument(name.replace("layers.", "l").replace(".", "_"), tensor_type(shape), name)
        for name, shape in config.weight_shapes().items()
    }
    writer.sizes(ids, ids_type)
    writer.comment("Embedding.")
    x = add_embedding(writer, ids, weights["embedding"], config)
    for index in range(config.layers):
        x = add_layer(writer, x, weights, index, config)
    writer.comment("Head.")
    logits = writer.linear("logits", x, weights["head"], config.width, config.vocab, weights["head_bias"])
    title = (f"// A pre-norm SQA transformer of {config.layers} layers: {config.query_heads} query heads and "
             f"{config.kv_heads} key/value heads\n// of {config.head_dim} features, width {config.width}, "
             f"{config.vocab} words. Made by make_model.py.\n")
    return title + MAPS + "\n" + writer.text(logits, rows(config.vocab))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    Config.add_options(parser)
    print(model_text(Config.from_options(parser.parse_args())), end="")


if __name__ == "__main__":
    main()
