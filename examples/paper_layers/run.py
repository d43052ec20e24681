# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles and runs the paper's attention layers; compares them with NumPy.

    python examples/paper_layers/run.py --batch=2 --length=300
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))

import numpy as np  # noqa: E402

import sqa_numpy  # noqa: E402
import tools  # noqa: E402
from make_layers import HEAD_DIM, LAYERS, WIDTH, module_text  # noqa: E402


def make_weights(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Weights of all layers, drawn as torch.nn.Linear draws them."""
    weights: dict[str, np.ndarray] = {}

    def uniform(name: str, shape: tuple[int, ...], fan_in: int) -> None:
        limit = 1 / np.sqrt(fan_in)
        weights[name] = rng.uniform(-limit, limit, shape).astype(np.float32)

    for name, (query_heads, kv_heads) in LAYERS.items():
        uniform(f"{name}.wq.weight", (query_heads * HEAD_DIM, WIDTH), WIDTH)
        uniform(f"{name}.wk.weight", (kv_heads * HEAD_DIM, WIDTH), WIDTH)
        uniform(f"{name}.wv.weight", (kv_heads * HEAD_DIM, WIDTH), WIDTH)
        uniform(f"{name}.wo.weight", (WIDTH, query_heads * HEAD_DIM), query_heads * HEAD_DIM)
        uniform(f"{name}.wo.bias", (WIDTH,), query_heads * HEAD_DIM)
    return weights


def reference(x: np.ndarray, weights: dict[str, np.ndarray], name: str, dtype: type) -> np.ndarray:
    prefix = name + "."
    own = {key[len(prefix):]: array.astype(dtype) for key, array in weights.items() if key.startswith(prefix)}
    return sqa_numpy.attention_layer(x.astype(dtype), own, HEAD_DIM)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--length", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    tools.add_tool_options(parser, "paper_layers")
    options = parser.parse_args()

    rng = np.random.default_rng(options.seed)
    weights = make_weights(rng)
    x = rng.standard_normal((options.batch, options.length, WIDTH)).astype(np.float32)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "layers.mlir").write_text(module_text(list(LAYERS)))
    tools.save_weights(options.out / "layers.safetensors", weights)
    np.save(options.out / "x.npy", x)
    if options.only_generate:
        return

    passed = 0
    for name in LAYERS:
        actual = tools.evaluate(options, "layers", name, [options.out / "x.npy"])
        exact = reference(x, weights, name, np.float64)
        bound = tools.error_bound(exact, reference(x, weights, name, np.float32))
        passed += tools.check(name, actual, exact, bound)
    print(f"paper_layers: {passed} of {len(LAYERS)} layers agree with NumPy")
    sys.exit(passed != len(LAYERS))


if __name__ == "__main__":
    main()
