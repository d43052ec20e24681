# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls the project's tools, for the example scripts."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

ROOT = Path(__file__).resolve().parents[2]

# Packages made by this process: one package serves all functions of its file.
_compiled: set[Path] = set()


def add_tool_options(parser: argparse.ArgumentParser, out: str) -> None:
    """Options that all example scripts have."""
    parser.add_argument("--bin", type=Path, help="directory of sqa-compile, sqa-run and sqa-interpret")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "examples" / out, help="directory for what is made")
    parser.add_argument("--target", help="--target of sqa-compile (default: its own)")
    parser.add_argument("--threads", type=int, default=0, help="threads for sqa-run (default: all)")
    parser.add_argument("--interpreter", action="store_true",
                        help="evaluate the MLIR with sqa-interpret instead of compiling it (slow)")
    parser.add_argument("--only-generate", action="store_true", help="write the files, run nothing")


def find_tool(name: str, directory: Path | None) -> str:
    """The tool in --bin, the first build directory that has it, or the PATH."""
    candidates = [directory] if directory else [ROOT / "build" / preset / "bin" for preset in ("release", "dev")]
    for candidate in candidates:
        if os.access(candidate / name, os.X_OK):
            return str(candidate / name)
    found = None if directory else shutil.which(name)
    if not found:
        sys.exit(f"error: {name} not found in {', '.join(map(str, candidates))}; build it, or pass --bin=DIRECTORY")
    return found


def run(command: Sequence[str], show: bool = True) -> None:
    """Runs a command; stops the script with its message if it fails."""
    result = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        sys.exit(f"error: {' '.join(map(str, command))}\nfailed with exit code {result.returncode}:\n{result.stdout}")
    if show and result.stdout:
        print(result.stdout, end="")


def save_weights(path: Path, weights: Mapping[str, np.ndarray]) -> None:
    save_file({name: np.ascontiguousarray(array) for name, array in weights.items()}, str(path))


def error_bound(exact: np.ndarray, naive: np.ndarray) -> float:
    """Twice the error of the same computation in NumPy's float32, and a floor."""
    return float(2 * np.abs(naive - exact).max() + 1e-6 * np.abs(exact).max())


def evaluate(options: argparse.Namespace, stem: str, function: str, inputs: Sequence[Path]) -> np.ndarray:
    """Compiles <out>/<stem>.mlir and calls `function`, or interprets it.

    The weights are in <out>/<stem>.safetensors.
    """
    source, weights = options.out / f"{stem}.mlir", options.out / f"{stem}.safetensors"
    result = options.out / f"{stem}.result.npy"
    arguments = [f"--function={function}", f"--output=@{result}"]
    specs = [f"--input=@{path}" for path in inputs]
    if options.interpreter:
        specs += weight_specs(source.read_text(), function, weights)
        run([find_tool("sqa-interpret", options.bin), source, *arguments, *specs])
    else:
        package = options.out / f"{stem}.sqapkg"
        if package not in _compiled:
            target = [f"--target={options.target}"] if options.target else []
            run([find_tool("sqa-compile", options.bin), source, "-o", package, *target])
            _compiled.add(package)
        arguments += [f"--parameters={weights}", f"--threads={options.threads}", "--allow-any-owner"]
        run([find_tool("sqa-run", options.bin), package, *arguments, *specs])
    return np.load(result)


def weight_specs(text: str, function: str, weights: Path) -> list[str]:
    """The weights of `function` as inputs, for sqa-interpret, which reads no .safetensors.

    They come after the ordinary inputs in the examples' functions.
    """
    signature = text[text.index(f"@{function}("):]
    names = re.findall(r'sqa\.parameter = "([^"]+)"', signature[:signature.index(") ->")])
    arrays = load_file(weights)
    specs = []
    for name in names:
        path = weights.parent / f"{name}.npy"
        np.save(path, arrays[name])
        specs.append(f"--input=@{path}")
    return specs


def check(name: str, actual: np.ndarray, exact: np.ndarray, bound: float) -> bool:
    """Prints one line: NaN positions first, then the largest error."""
    if actual.shape != exact.shape or (np.isfinite(actual) != np.isfinite(exact)).any():
        print(f"{name:<8} FAILED: shape or NaN positions differ")
        return False
    error = float(np.abs(actual - exact).max()) if exact.size else 0.0
    passed = error <= bound
    print(f"{name:<8} {'ok' if passed else 'FAILED':<6} max error {error:.2e}, bound {bound:.2e}")
    return passed
