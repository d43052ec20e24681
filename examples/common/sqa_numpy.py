# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The layers of an SQA transformer in NumPy.

Written from the formulas, for comparison with compiled code: every function
computes in the type of its arguments, so the same code is the float64 reference
and the float32 estimate of what rounding alone costs.
"""

from __future__ import annotations

import numpy as np

RMS_EPSILON = float(np.finfo(np.float32).eps)  # torch.nn.RMSNorm's default


def linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """torch.nn.Linear: weight is (out, in)."""
    y = x @ weight.T
    return y if bias is None else y + bias


def rms_norm(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    mean_square = np.mean(x * x, axis=-1, keepdims=True)
    return x / np.sqrt(mean_square + x.dtype.type(RMS_EPSILON)) * weight


def rope_pairs_to_halves(x: np.ndarray, base: float = 10000.0) -> np.ndarray:
    """RxNN's rotary embedding of x (B, S, H, D).

    Features (2j, 2j+1) turn by position * base^(-2j/D); the first of each pair
    lands in the first half of the result, the second in the second. Angles are
    float32 numbers by definition; their sine and cosine are not rounded.
    """
    length, dim = x.shape[1], x.shape[3]
    frequency = (base ** (-np.arange(0, dim, 2, dtype=np.float64) / dim)).astype(np.float32)
    angle = np.arange(length, dtype=np.float32)[:, None] * frequency[None, :]
    cos = np.cos(angle.astype(np.float64)).astype(x.dtype)[None, :, None, :]
    sin = np.sin(angle.astype(np.float64)).astype(x.dtype)[None, :, None, :]
    first, second = x[..., 0::2], x[..., 1::2]
    return np.concatenate([first * cos - second * sin, first * sin + second * cos], axis=-1)


def causal_attention(query: np.ndarray, key: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Query (B, S, Hq, D), key and value (B, S, Hkv, D) -> (B, S, Hq, D).

    Query head h reads key/value head h // (Hq // Hkv).
    """
    length, heads, dim = query.shape[1:]
    group = heads // key.shape[2]
    hidden = np.triu(np.ones((length, length), dtype=bool), k=1)
    output = np.empty_like(query)
    for batch in range(query.shape[0]):
        for head in range(heads):
            q = query[batch, :, head]
            k = key[batch, :, head // group]
            v = value[batch, :, head // group]
            logits = (q @ k.T) * query.dtype.type(1.0 / np.sqrt(dim))
            logits[hidden] = -np.inf
            logits -= logits.max(axis=-1, keepdims=True)
            weights = np.exp(logits)
            output[batch, :, head] = (weights @ v) / weights.sum(axis=-1, keepdims=True)
    return output


def swiglu(x: np.ndarray, gate_weight: np.ndarray, gate_bias: np.ndarray) -> np.ndarray:
    """One matrix makes values (first half) and gates (second half)."""
    value, gate = np.split(linear(x, gate_weight, gate_bias), 2, axis=-1)
    return value * gate / (1 + np.exp(-gate))


def attention_layer(x: np.ndarray, weights: dict[str, np.ndarray], head_dim: int) -> np.ndarray:
    """Projections, rotary embedding, causal attention, output projection.

    The head counts follow from the shapes of the weights.
    """
    batch, length, _ = x.shape

    def heads(name: str) -> np.ndarray:
        return linear(x, weights[name]).reshape(batch, length, -1, head_dim)

    query = rope_pairs_to_halves(heads("wq.weight"))
    key = rope_pairs_to_halves(heads("wk.weight"))
    output = causal_attention(query, key, heads("wv.weight"))
    return linear(output.reshape(batch, length, -1), weights["wo.weight"], weights["wo.bias"])
