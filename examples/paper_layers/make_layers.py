# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the attention layers of the SQA paper as MLIR, one function each.

    python examples/paper_layers/make_layers.py > layers.mlir
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))

from mlir_text import MAPS, Writer, rows, tensor_type  # noqa: E402

WIDTH = 256  # model dimension d
HEADS = 16  # heads that d is split into
HEAD_DIM = WIDTH // HEADS

# Query heads and key/value heads of each layer (arXiv 2510.01817, table 1).
LAYERS: dict[str, tuple[int, int]] = {
    "mha": (16, 16),
    "gqa": (16, 4),
    "mqa": (16, 1),
    "sqa": (8, 4),
    "ssqa": (8, 8),
    "xsqa": (4, 4),
    "xsmqa": (4, 1),
}


def layer_text(name: str) -> str:
    """One layer as a function of x (B, S, d) and its weights."""
    query_heads, kv_heads = LAYERS[name]
    writer = Writer(name)
    x = writer.argument("x", rows(WIDTH))
    shapes = {
        "wq": [query_heads * HEAD_DIM, WIDTH],
        "wk": [kv_heads * HEAD_DIM, WIDTH],
        "wv": [kv_heads * HEAD_DIM, WIDTH],
        "wo": [WIDTH, query_heads * HEAD_DIM],
    }
    weights = {key: writer.argument(key, tensor_type(shape), f"{name}.{key}.weight") for key, shape in shapes.items()}
    weights["wo_bias"] = writer.argument("wo_bias", tensor_type([WIDTH]), f"{name}.wo.bias")
    writer.sizes(x, rows(WIDTH))
    result = writer.sqa_layer(x, weights, WIDTH, query_heads, kv_heads, HEAD_DIM)
    return f"// {name}: {query_heads} query heads, {kv_heads} key/value heads.\n" + writer.text(result, rows(WIDTH))


def module_text(names: list[str]) -> str:
    return MAPS + "\n" + "\n".join(layer_text(name) for name in names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layers", nargs="*", metavar="LAYER", help=f"any of {', '.join(LAYERS)} (default: all)")
    options = parser.parse_args()
    if unknown := set(options.layers) - set(LAYERS):
        parser.error(f"expected layers of {', '.join(LAYERS)}, but got {', '.join(sorted(unknown))}")
    print(module_text(options.layers or list(LAYERS)), end="")


if __name__ == "__main__":
    main()
