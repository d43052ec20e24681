#!/usr/bin/env python3
# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Packages, cases and oracle results for machines with a GPU.

    python test/Execution/cuda/make_cases.py --tools build/dev/bin --out build/gpu-cases
    scripts/gpu-bundle --add build/gpu-cases

Compiles every program of programs.py for --target, asks sqa-interpret for exact
results and for the error of a straightforward computation in the same types,
and writes packages/, cases/ and data/ as scripts/gpu/gpu-check reads them. What
the target declines is listed with the reason and has no case; any other failure
is an error. Needs no GPU.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parents[1]),
                str(pathlib.Path(__file__).resolve().parents[1] / "fuzz")]

import numpy as np  # noqa: E402

from data import finite_max, floor  # noqa: E402
from harness import encode  # noqa: E402
from programs import Call, Program, benchmarks, programs  # noqa: E402

DECLINED = re.compile(r"error: attention that \S+ has no kernel for: (.*)")


@dataclass
class Options:
    tools: pathlib.Path
    out: pathlib.Path
    target: str
    ptxas: str | None
    requires: str


class CommandError(Exception):
    pass


def run(*words: str | pathlib.Path) -> None:
    result = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
    if result.returncode:
        raise CommandError(f"{' '.join(map(str, words))}\n{result.stdout}")


def coarse(exact: np.ndarray) -> np.ndarray:
    """As f32 with 16 bits of fraction, which halves what an archive takes; 2^-17 is far below any bound."""
    with np.errstate(over="ignore"):
        bits = exact.astype(np.float32).view(np.uint32)
    special = ~np.isfinite(exact)
    return np.where(special, bits, (bits + np.uint32(0x40)) & np.uint32(0xFFFFFF80)).view(np.float32)


class Maker:
    def __init__(self, options: Options):
        self.options = options
        for folder in ("packages", "cases", "data", "programs"):
            (options.out / folder).mkdir(parents=True, exist_ok=True)

    def make(self, program: Program) -> tuple[int, str]:
        """Number of cases, and why there are none."""
        source = self.options.out / "programs" / f"{program.name}.mlir"
        source.write_text(program.text())
        package = self.options.out / "packages" / f"{program.name}.sqapkg"
        ptxas = [f"--ptxas={self.options.ptxas}"] if self.options.ptxas else []
        try:
            run(self.options.tools / "sqa-compile", source, f"--target={self.options.target}", "-o", package, *ptxas)
        except CommandError as error:
            if declined := DECLINED.search(str(error)):
                return 0, declined[1]
            raise
        for number, call in enumerate(program.calls):
            self.make_call(program, call, source, number)
        return len(program.calls), ""

    def make_call(self, program: Program, call: Call, source: pathlib.Path, number: int) -> None:
        name = f"{program.name}-{call.b}x{call.s}x{call.t}{'-' + call.note if call.note else ''}"
        tensors = program.tensors(call)
        inputs = []
        for index, (tensor, element, shape) in enumerate(tensors):
            if tensor in ("o", "lse"):
                continue
            spec = f"{'x'.join(map(str, shape))}x{element}="
            array = call.arrays.get(tensor)
            if array is None:
                inputs.append(spec + f"random({1000 * number + index + 1})")
            elif array.dtype.kind == "i":
                inputs.append(spec + ",".join(map(str, array.flat)))
            else:
                path = self.options.out / "data" / f"{name}.{tensor}.npy"
                np.save(path, encode(array, element))
                inputs.append(f"@data/{path.name}")
        outputs = [(tensor, element) for tensor, element, _ in tensors if tensor in ("o", "lse")]
        exact, naive = (self.interpret(program, source, inputs, outputs, flags) for flags in ([], ["--round-to-types"]))
        value = tensors[2]
        bounds = [self.bound(tensor, element, e, n, call.arrays.get("v"), value) for (tensor, element), e, n in zip(outputs, exact, naive)]
        lines = [f"requires: {self.options.requires}", f"packages/{program.name}.sqapkg", f"--function={program.name}"]
        lines += [f"--input={spec}" for spec in inputs]
        for (tensor, _), array in zip(outputs, exact):
            path = self.options.out / "data" / f"{name}.{tensor}.npy"
            np.save(path, coarse(array) if tensor == "o" else array.astype(np.float32))
            lines.append(f"--expected-output=@data/{path.name}")
        lines += ["--max-error=" + ",".join(f"{b:.4g}" for b in bounds), "--guard-bands", *call.flags]
        (self.options.out / "cases" / f"{name}.case").write_text("\n".join(lines) + "\n")

    def interpret(self, program: Program, source: pathlib.Path, inputs: list[str], outputs: list, flags: list[str]) -> list[np.ndarray]:
        """Results as f64. Files of inputs are where the case says they will be."""
        specs = [f"--input={spec.replace('@data/', f'@{self.options.out}/data/')}" for spec in inputs]
        paths = [self.options.out / "programs" / f"{program.name}.{tensor}.npy" for tensor, _ in outputs]
        run(self.options.tools / "sqa-interpret", source, f"--function={program.name}", *specs, *(f"--output=@{p}" for p in paths),
            "--output-f64", *flags)
        results = [np.load(p) for p in paths]
        for path in paths:
            path.unlink()
        return results

    @staticmethod
    def bound(tensor: str, element: str, exact: np.ndarray, naive: np.ndarray, values: np.ndarray | None, value: tuple) -> float:
        """Twice the error of a straightforward computation, and a floor (docs/Rationale/ErrorBound.md)."""
        with np.errstate(invalid="ignore"):
            error = finite_max(naive - exact)
        if tensor == "lse":
            # The exponential instruction is good to 2^-22.
            return 2 * error + 4e-6 * max(1.0, finite_max(exact))
        return 2 * error + floor(exact, element, exact)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tools", type=pathlib.Path, required=True, help="folder of sqa-compile and sqa-interpret")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--target", default="sm_90a")
    parser.add_argument("--requires", default="sm_90", help="GPU of the cases, as gpu-check reads it")
    parser.add_argument("--ptxas", help="path, or none for PTX only (default: the one on the PATH)")
    parser.add_argument("--filter", default="", help="regular expression on program names")
    parser.add_argument("--random", type=int, default=0, metavar="N", help="also N random programs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--benchmarks", action="store_true", help="also the packages of scripts/gpu/bench-attention")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    maker = Maker(Options(arguments.tools.resolve(), arguments.out.resolve(), arguments.target, arguments.ptxas, arguments.requires))
    chosen = [p for p in programs(arguments.random, arguments.seed) if re.search(arguments.filter, p.name)]
    if arguments.benchmarks:
        chosen += [p for p in benchmarks() if re.search(arguments.filter, p.name)]
    cases = declined = failed = 0

    def attempt(program: Program):
        try:
            return program, maker.make(program), ""
        except (CommandError, subprocess.TimeoutExpired) as error:
            return program, (0, ""), str(error)

    with ThreadPoolExecutor(arguments.jobs) as pool:
        for program, (made, reason), error in pool.map(attempt, chosen):
            cases += made
            if reason:
                declined += 1
                print(f"declined {program.name}: {reason}")
            if error:
                failed += 1
                print(f"FAILED {program.name}: {error}")
    print(f"{len(chosen)} programs, {cases} cases, {declined} declined, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
