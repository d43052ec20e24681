#!/usr/bin/env python3
# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fits the polynomials of lib/Conversion/AttnToVector/Exp2.cpp.

2^f on [-1/2, 1/2], smallest largest relative error, constant term 1 so that
2^0 is exactly 1. Method: least squares with weights raised where the error is
large (Lawson), which converges to the minimax fit. Prints, for each degree, the
coefficients rounded to f32 and the error of evaluating them in f32 with fused
multiply-adds. Then m(f) = 2^f - 1 on [0, 1], of degree 3 with m(0) = 0 and
m(1) = 1, for weights that become bf16. Needs only the standard library.
"""

import math
import struct

DEGREES = (4, 5, 6)
HALF_WIDTH = 0.5
POINTS = 400
ROUNDS = 300


def to_f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def solve(matrix, rhs):
    """Gauss elimination with row pivoting."""
    n = len(rhs)
    rows = [list(r) + [v] for r, v in zip(matrix, rhs)]
    for col in range(n):
        pivot = max(range(col, n), key=lambda r: abs(rows[r][col]))
        rows[col], rows[pivot] = rows[pivot], rows[col]
        for r in range(n):
            if r != col:
                factor = rows[r][col] / rows[col][col]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[col])]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def relative_error(coefficients, f):
    return sum(c * f**k for k, c in enumerate(coefficients)) / 2.0**f - 1.0


def fit(degree):
    points = [HALF_WIDTH * math.cos(math.pi * (i + 0.5) / POINTS) for i in range(POINTS)]
    weights = [1.0] * POINTS
    best = None
    for _ in range(ROUNDS):
        powers = range(1, degree + 1)
        matrix = [[0.0] * degree for _ in powers]
        rhs = [0.0] * degree
        for f, w in zip(points, weights):
            row = [f**k / 2.0**f for k in powers]
            target = 1.0 - 1.0 / 2.0**f
            for i in range(degree):
                rhs[i] += w * row[i] * target
                for j in range(degree):
                    matrix[i][j] += w * row[i] * row[j]
        coefficients = [1.0] + solve(matrix, rhs)
        errors = [abs(relative_error(coefficients, f)) for f in points]
        worst = max(errors)
        if best is None or worst < best[0]:
            best = (worst, coefficients)
        weights = [w * (e + 1e-3 * worst) for w, e in zip(weights, errors)]
        total = sum(weights)
        weights = [w / total * POINTS for w in weights]
    return best[1]


def fit_mantissa():
    """c1, c2, c3 of m(f) = c1 f + c2 f^2 + c3 f^3, smallest relative error of 1 + m(f)."""
    points = [0.5 + HALF_WIDTH * math.cos(math.pi * (i + 0.5) / POINTS) for i in range(POINTS)]
    weights = [1.0] * POINTS
    best = None
    for _ in range(ROUNDS):
        matrix, rhs = [[0.0, 0.0], [0.0, 0.0]], [0.0, 0.0]
        for f, w in zip(points, weights):
            row = [(f**k - f) / 2.0**f for k in (2, 3)]
            target = (2.0**f - 1.0 - f) / 2.0**f
            for i in range(2):
                rhs[i] += w * row[i] * target
                for j in range(2):
                    matrix[i][j] += w * row[i] * row[j]
        c2, c3 = solve(matrix, rhs)
        c1 = 1.0 - c2 - c3
        errors = [abs((1 + c1 * f + c2 * f**2 + c3 * f**3) / 2.0**f - 1.0) for f in points]
        worst = max(errors)
        if best is None or worst < best[0]:
            best = (worst, (c1, c2, c3))
        weights = [w * (e + 1e-3 * worst) for w, e in zip(weights, errors)]
        total = sum(weights)
        weights = [w / total * POINTS for w in weights]
    return best


def f32_error(coefficients):
    """The largest relative error of the f32 evaluation, over a fine grid."""
    worst = 0.0
    for i in range(-20000, 20001):
        f = to_f32(i / 40000)
        p = coefficients[-1]
        for c in reversed(coefficients[:-1]):
            p = to_f32(p * f + c)  # the product is exact in f64: one rounding
        worst = max(worst, abs(p / 2.0**f - 1.0))
    return worst


for degree in DEGREES:
    rounded = [to_f32(c) for c in fit(degree)]
    exact = max(abs(relative_error(rounded, i / 40000)) for i in range(-20000, 20001))
    print(f"degree {degree}: polynomial {exact:.2g}, evaluated in f32 {f32_error(rounded):.2g}")
    print("  {" + ", ".join(f"{c:.9g}f" for c in rounded) + "}")

worst, coefficients = fit_mantissa()
print(f"2^f - 1, degree 3: error of 2^f {worst:.2g}")
print("  {" + ", ".join(f"{to_f32(c):.9g}f" for c in coefficients) + "}")
