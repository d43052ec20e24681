# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The transformer of make_model.py in NumPy, in any float type.

    python examples/transformer/reference.py model.safetensors ids.npy logits.npy --head-dim=16
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))

import numpy as np  # noqa: E402
from safetensors.numpy import load_file  # noqa: E402

import sqa_numpy  # noqa: E402


def logits(ids: np.ndarray, weights: Mapping[str, np.ndarray], head_dim: int, dtype: type = np.float64) -> np.ndarray:
    """Logits (B, S, vocab) of token ids (B, S)."""
    weights = {name: array.astype(dtype) for name, array in weights.items()}
    x = weights["embedding"][ids]
    index = 0
    while f"layers.{index}.ff_norm" in weights:
        prefix = f"layers.{index}."
        attention = {
            "wq.weight": weights[prefix + "attention.wq"],
            "wk.weight": weights[prefix + "attention.wk"],
            "wv.weight": weights[prefix + "attention.wv"],
            "wo.weight": weights[prefix + "attention.wo"],
            "wo.bias": weights[prefix + "attention.wo_bias"],
        }
        normed = sqa_numpy.rms_norm(x, weights[prefix + "attention_norm"])
        x = x + sqa_numpy.attention_layer(normed, attention, head_dim)
        normed = sqa_numpy.rms_norm(x, weights[prefix + "ff_norm"])
        hidden = sqa_numpy.swiglu(normed, weights[prefix + "ff.fc1"], weights[prefix + "ff.fc1_bias"])
        x = x + sqa_numpy.linear(hidden, weights[prefix + "ff.fc2"], weights[prefix + "ff.fc2_bias"])
        index += 1
    return sqa_numpy.linear(x, weights["head"], weights["head_bias"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", help="a .safetensors file")
    parser.add_argument("ids", help="token ids, a .npy file of (B, S) integers")
    parser.add_argument("logits", help="the .npy file to write")
    parser.add_argument("--head-dim", type=int, default=16)
    parser.add_argument("--dtype", choices=["float64", "float32"], default="float64")
    options = parser.parse_args()
    result = logits(np.load(options.ids), load_file(options.weights), options.head_dim, np.dtype(options.dtype).type)
    np.save(options.logits, result)


if __name__ == "__main__":
    main()
