# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles and runs a whole SQA transformer; compares its logits with NumPy.

    python examples/transformer/run.py --layers=2 --batch=2 --length=200
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))

import numpy as np  # noqa: E402

import reference  # noqa: E402
import tools  # noqa: E402
from make_model import Config, model_text  # noqa: E402


def make_weights(config: Config, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Random weights, of the size that training starts from."""
    weights = {}
    for name, shape in config.weight_shapes().items():
        if name.endswith("norm"):
            values = 1 + 0.1 * rng.standard_normal(shape)
        elif name == "embedding":
            values = rng.standard_normal(shape)
        else:
            limit = 1 / np.sqrt(shape[-1])
            values = rng.uniform(-limit, limit, shape)
        weights[name] = values.astype(np.float32)
    return weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    Config.add_options(parser)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--length", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    tools.add_tool_options(parser, "transformer")
    options = parser.parse_args()
    config = Config.from_options(options)

    rng = np.random.default_rng(options.seed)
    weights = make_weights(config, rng)
    ids = rng.integers(0, config.vocab, (options.batch, options.length), dtype=np.int64)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "model.mlir").write_text(model_text(config))
    tools.save_weights(options.out / "model.safetensors", weights)
    np.save(options.out / "ids.npy", ids)
    if options.only_generate:
        return

    exact = reference.logits(ids, weights, config.head_dim, np.float64)
    bound = tools.error_bound(exact, reference.logits(ids, weights, config.head_dim, np.float32))
    actual = tools.evaluate(options, "model", "main", [options.out / "ids.npy"])
    count = sum(array.size for array in weights.values())
    print(f"transformer: {config.layers} layers, {count:,} weights, ids {options.batch} x {options.length}")
    sys.exit(not tools.check("logits", actual, exact, bound))


if __name__ == "__main__":
    main()
