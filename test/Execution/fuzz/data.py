# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Inputs for the programs of generate.py, and how far results may be off.

Element types that NumPy lacks are kept as bits: bf16 is uint16.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from generate import Input, Program, physical

NUMPY_TYPES = {"f32": np.float32, "f16": np.float16, "bf16": np.uint16, "i1": np.bool_, "i32": np.int32, "i64": np.int64}

# What is special about a set of inputs.
MODES = ["plain", "plain", "plain", "large", "nan_masked", "bias_inf", "first_block_masked", "live_nan", "live_inf", "equal"]


def to_bf16(values: np.ndarray) -> np.ndarray:
    """Bits of the nearest bf16 numbers, ties to even."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    rounded = ((bits.astype(np.uint64) + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    return np.where(np.isnan(values), np.uint16(0x7FC0), rounded)


def from_bf16(bits: np.ndarray) -> np.ndarray:
    return (bits.astype(np.uint32) << 16).view(np.float32)


def encode(values: np.ndarray, element: str) -> np.ndarray:
    if element == "bf16":
        return to_bf16(values)
    with np.errstate(over="ignore"):
        return values.astype(NUMPY_TYPES[element])


def decode(array: np.ndarray, element: str) -> np.ndarray:
    """What a tool wrote, as float64. sqa-run writes bf16 as two raw bytes."""
    if element == "bf16" and array.dtype != np.float64 and array.dtype.itemsize == 2:
        return from_bf16(array.view(np.uint16)).astype(np.float64)
    return array.astype(np.float64)


def round_to(values: np.ndarray, element: str) -> np.ndarray:
    return decode(encode(values, element), element)


class Data:
    """The inputs of one program, as float64 (floats) or their own type."""

    def __init__(self, program: Program):
        self.program = program
        self.random = random.Random(program.seed ^ 0x5EED)
        self.rng = np.random.default_rng(program.seed)
        self.mode = self.random.choice(MODES)
        # How fast logits grow is only known where no region changes them.
        if program.has_score_mod and self.mode in ("large", "live_inf"):
            self.mode = "plain"
        self.values: dict[str, np.ndarray] = {}
        for value in program.inputs:
            self.values[value.name] = self.draw(value)
        if program.batch and program.queries and program.keys:
            getattr(self, "make_" + self.mode, lambda: None)()

    def arrays(self) -> dict[str, np.ndarray]:
        """What is written to the files."""
        return {i.name: encode(self.values[i.name], i.element) for i in self.program.inputs}

    def view(self, name: str) -> np.ndarray:
        """An operand in logical order b, h, s, d; writes go through."""
        layout = self.program.layouts[("query", "key", "value").index(name)]
        order = physical(layout, (0, 1, 2, 3))
        return self.values[name].transpose(order)  # the permutation is its own inverse

    def draw(self, value: Input) -> np.ndarray:
        p, rng, shape = self.program, self.rng, value.shape
        if value.role == "lengths":
            return rng.integers(-1, p.keys + 3, shape)
        if value.role == "segments":
            return np.sort(rng.integers(0, 3, shape), axis=-1) if self.random.random() < 0.7 else rng.integers(0, 3, shape)
        if value.role == "mask":
            return rng.random(shape) < self.random.choice([0.1, 0.5, 0.9])
        if value.role == "offset":
            return np.array(rng.integers(-p.queries - 2, p.keys + 3))
        if value.role == "scale":
            return np.array(p.scale)
        if value.role == "sink":
            return rng.standard_normal(shape) * self.random.choice([1, 4]) + self.random.choice([0, 0, -3, 5])
        if value.role == "capture" and value.element == "i32":
            return rng.integers(-2, max(p.keys, 3), shape)
        if value.role in ("bias", "capture"):
            return rng.standard_normal(shape)
        return round_to(rng.standard_normal(shape), value.element)

    # Modes. Each may find nothing to do; the inputs are then plain.

    def make_large(self) -> None:
        """Logits of a wide spread."""
        self.values["query"] = round_to(self.values["query"] * self.random.choice([8, 50]), self.program.element)

    def make_equal(self) -> None:
        """All logits of a row are equal."""
        self.values["key"][...] = round_to(np.float64(0.3), self.program.element)

    def make_nan_masked(self) -> None:
        """NaN and inf in keys and values that no query sees."""
        p = self.program
        hidden = np.zeros((p.batch, p.keys), dtype=bool)
        if "lengths" in self.values:
            lengths = np.clip(self.values["lengths"], 0, p.keys)
            hidden |= np.arange(p.keys)[None, :] >= lengths[:, None]
        if "mask" in self.values:
            mask = self.values["mask"]
            if mask.shape[3] == p.keys:  # a key that must be hidden for all heads and rows
                chosen = self.rng.random(p.keys) < 0.3
                mask[..., chosen] = False
                hidden |= chosen[None, :]
        for name, poison in (("key", np.nan), ("value", np.inf)):
            view = self.view(name)
            for batch in range(p.batch):
                view[batch][:, hidden[batch]] = poison

    def make_bias_inf(self) -> None:
        if "bias" in self.values:
            bias = self.values["bias"]
            bias[self.rng.random(bias.shape) < 0.3] = -np.inf

    def make_first_block_masked(self) -> None:
        """No row sees its first keys; later logits are all negative."""
        count = min(self.random.choice([64, 128, 130]), self.program.keys)
        if "mask" in self.values:
            self.values["mask"][..., : count] = False
        if "bias" in self.values:
            self.values["bias"][..., count:] -= 30
            self.values["bias"][..., : count] = -np.inf

    def make_live_nan(self) -> None:
        array = self.values[self.random.choice(["query", "key", "value"])]
        array.flat[self.random.randrange(array.size)] = np.nan

    def make_live_inf(self) -> None:
        array = self.values[self.random.choice(["query", "key", "value"])]
        array.flat[self.random.randrange(array.size)] = self.random.choice([np.inf, -np.inf])


# ===------------------------------------------------------------------------===
# Bounds
# ===------------------------------------------------------------------------===


@dataclass
class Verdict:
    passed: bool
    message: str
    ratio: float = 0.0  # of the bound


def finite_max(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max()) if finite.size else 0.0


def floor(exact: np.ndarray, element: str, values: np.ndarray) -> float:
    """Error that is granted whatever the naive computation happened to make."""
    if element == "f32":
        return 1e-6 * finite_max(values)
    with np.errstate(invalid="ignore"):
        shifted = round_to(round_to(exact + 0.3, element) - 0.3, element)
        return 2 * finite_max(shifted - exact)


def a_priori(data: Data) -> float:
    """First-order bound for adversarial inputs, without a score function."""
    p = data.program
    eps, unit = 2.0**-24, {"f32": 2.0**-24, "f16": 2.0**-11, "bf16": 2.0**-8}[p.element]
    query, key = (np.nan_to_num(np.abs(data.view(n)), nan=0, posinf=0) for n in ("query", "key"))
    if not query.size or not key.size:
        return 0.0
    product = (query.max(axis=(0, 1, 2)) * key.max(axis=(0, 1, 2))).sum()
    bias = finite_max(data.values["bias"]) if "bias" in data.values else 0.0
    logits = 2 * p.dim * eps * abs(p.scale) * product + 4 * eps * (abs(p.scale) * product + bias)
    return finite_max(data.values["value"]) * (2 * logits + p.keys * eps + 2 * unit + 1e-6)


def compare(actual: np.ndarray, exact: np.ndarray, bound: float) -> Verdict:
    """NaN and inf positions first, then the largest error."""
    if actual.shape != exact.shape:
        return Verdict(False, f"shape {actual.shape}, expected {exact.shape}")
    for name, test in (("NaN", np.isnan), ("+inf", np.isposinf), ("-inf", np.isneginf)):
        wrong = np.argwhere(test(actual) != test(exact))
        if len(wrong):
            at = tuple(int(x) for x in wrong[0])
            return Verdict(False, f"{len(wrong)} elements differ in {name}; first at {at}: got {actual[at]}, expected {exact[at]}")
    finite = np.isfinite(exact)
    if not finite.any():
        return Verdict(True, "")
    error = np.where(finite, np.abs(np.where(finite, actual, 0) - np.where(finite, exact, 0)), 0)
    at = tuple(int(x) for x in np.unravel_index(error.argmax(), error.shape))
    worst = float(error[at])
    message = f"max error {worst:.3e} at {at}, bound {bound:.3e}: got {actual[at]:.9g}, expected {exact[at]:.9g}"
    return Verdict(worst <= bound, message, worst / bound if bound else 0.0)


def judge_output(data: Data, actual: np.ndarray, exact: np.ndarray, naive: np.ndarray) -> Verdict:
    element = data.program.element
    rounded = round_to(exact, element)  # overflow of the exact result is no error
    exact = np.where(np.isinf(rounded), rounded, exact)
    with np.errstate(invalid="ignore"):
        naive_error = finite_max(naive - exact)
    bound = 2 * naive_error + floor(exact, element, data.values["value"])
    if data.mode == "large" or abs(data.program.scale) >= 0.5:
        bound = max(bound, a_priori(data))
    return compare(actual, exact, bound)


def judge_lse(data: Data, actual: np.ndarray, exact: np.ndarray, naive: np.ndarray) -> Verdict:
    with np.errstate(invalid="ignore"):
        naive_error = finite_max(naive - exact)
    return compare(actual, exact, 2 * naive_error + 1e-6 * max(1.0, finite_max(exact)))


def summary(values: Mapping[str, np.ndarray]) -> str:
    return ", ".join(f"{name} {'x'.join(map(str, array.shape)) or 'scalar'}" for name, array in values.items())
