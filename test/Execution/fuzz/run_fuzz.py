# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles and runs random attn.sqa programs; compares them with the oracle.

    python test/Execution/fuzz/run_fuzz.py --count=500 --seed=0

For each program of generate.py: random and adversarial inputs, the exact result
by sqa-interpret in float64, the error of a straightforward computation by
sqa-interpret --round-to-types, the compiled result by sqa-run. NaN and inf have
to be in the same places, and the error below twice the straightforward one plus
a floor. A failure leaves its files and prints the commands that show it again.

For a machine that has no compiler (or another CPU), in three steps:

    run_fuzz.py --count=200 --bundle --out=DIR --runner=STATIC_SQA_RUN --target=x86-64-v4
    sh DIR/bundle/run.sh RESULTS        there: needs nothing but a shell
    run_fuzz.py --count=200 --judge=RESULTS --out=DIR
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np  # noqa: E402

from data import Data, Verdict, decode, judge_lse, judge_output, summary  # noqa: E402
from generate import Program, generate  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
TIMEOUT = 120  # seconds for one command; a hang is a failure


class CommandError(Exception):
    pass


@dataclass
class Case:
    program: Program
    data: Data
    directory: Path
    message: str = ""  # why it failed
    ratio: float = 0.0  # largest error, as part of its bound
    inputs: list[str] = field(default_factory=list)

    def file(self, name: str) -> Path:
        return self.directory / f"{self.program.name}.{name}"

    def input_file(self, name: str) -> Path:
        return self.file(f"in.{name}.npy")


def call(command: Sequence[str | Path]) -> None:
    words = [str(word) for word in command]
    try:
        result = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        raise CommandError(f"{Path(words[0]).name} ran for more than {TIMEOUT} s") from None
    if result.returncode:
        raise CommandError(f"{Path(words[0]).name} exited with {result.returncode}:\n{shorten(result.stdout)}")


def shorten(text: str) -> str:
    """The first lines of an output: what matters in an error or a stack trace."""
    lines = [line[:160] for line in text.splitlines() if line.strip()]
    return "\n".join(["    " + line for line in lines[:24]] + ["    ..."] * (len(lines) > 24)) or "    (no output)"


class Fuzzer:
    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.out: Path = options.out
        self.interpreter = self.tool("sqa-interpret")
        self.compiler = None if options.oracle_only else self.tool("sqa-compile")
        self.runner = None if options.oracle_only else self.tool("sqa-run")
        self.threads = options.threads
        self.bundle = self.out / "bundle"

    def tool(self, name: str) -> str:
        directories = [self.options.bin] if self.options.bin else [ROOT / "build" / p / "bin" for p in ("release", "dev")]
        for directory in directories:
            if os.access(directory / name, os.X_OK):
                return str(directory / name)
        found = None if self.options.bin else shutil.which(name)
        if not found:
            sys.exit(f"error: {name} not found; build it, or pass --bin=DIRECTORY")
        return found

    def start_bundle(self) -> None:
        self.bundle.mkdir()
        shutil.copy(self.options.runner or self.runner, self.bundle / "sqa-run")
        (self.bundle / "run.sh").write_text('out=$(cd "$1" && pwd)\ncd "$(dirname "$0")"\n')

    # One program.

    def prepare(self, seed: int) -> Case:
        program = generate(seed)
        case = Case(program, Data(program), self.out / f"{seed // 100 * 100:08d}")
        case.directory.mkdir(parents=True, exist_ok=True)
        case.file("mlir").write_text(program.text)
        for name, array in case.data.arrays().items():
            np.save(case.input_file(name), array)
            case.inputs.append(f"--input=@{case.input_file(name)}")
        return case

    def results(self, case: Case) -> list[str]:
        return ["o", "lse"] if case.program.has_lse else ["o"]

    def interpret(self, case: Case, kind: str, flags: Sequence[str]) -> None:
        outputs = [f"--output=@{case.file(f'{kind}.{name}.npy')}" for name in self.results(case)]
        call([self.interpreter, case.file("mlir"), f"--function={case.program.name}", *case.inputs, *outputs, *flags])

    def run_command(self, case: Case, package: Path) -> list[str]:
        outputs = [f"--output=@{case.file(f'run.{name}.npy')}" for name in self.results(case)]
        command = [self.runner, str(package), f"--function={case.program.name}", *case.inputs, *outputs]
        return command + self.run_flags(case)

    def run_flags(self, case: Case) -> list[str]:
        padding = [0, 0, 1, 5][case.program.seed % 4]  # views with gaps between rows
        flags = ["--guard-bands", f"--row-padding={padding}", "--allow-any-owner", f"--threads={self.threads}"]
        return flags + ([f"--isa={self.options.isa}"] if self.options.isa else [])

    def add_to_bundle(self, case: Case, package: Path) -> None:
        """Copies what the call needs and adds a line to run.sh."""
        words = ["./sqa-run", package.name, f"--function={case.program.name}"]
        for name in case.data.values:
            shutil.copy(case.input_file(name), self.bundle)
            words.append(f"--input=@{case.input_file(name).name}")
        words += [f'--output=@"$out"/{case.program.name}.run.{name}.npy' for name in self.results(case)]
        line = " ".join([*words, *self.run_flags(case)])
        with open(self.bundle / "run.sh", "a") as script:
            script.write(f"{line} || echo FAILED {case.program.name}\n")

    def judge(self, case: Case) -> None:
        for name in self.results(case):
            element = case.program.element if name == "o" else "f32"
            kinds = ("run" if self.runner else "naive", "exact", "naive")
            arrays = [decode(np.load(case.file(f"{kind}.{name}.npy")), element) for kind in kinds]
            judge = judge_output if name == "o" else judge_lse
            verdict: Verdict = judge(case.data, *arrays)
            case.ratio = max(case.ratio, verdict.ratio)
            if not verdict.passed:
                case.message = f"result '{name}': {verdict.message}"
                return

    def check(self, case: Case, package: Path | None) -> Case:
        """Runs one program whose package is ready."""
        try:
            self.interpret(case, "exact", ["--output-f64"])
            self.interpret(case, "naive", ["--round-to-types", "--output-f64"])
            if package and self.options.bundle:
                self.add_to_bundle(case, package)
                return case
            if package:
                call(self.run_command(case, package))
            self.judge(case)
        except CommandError as error:
            case.message = str(error)
        if not case.message and not self.options.keep:
            for path in case.directory.glob(f"{case.program.name}.*"):
                path.unlink()
        return case

    # A batch: one module, one package.

    def compile(self, source: Path, package: Path) -> None:
        target = [f"--target={self.options.target}"] if self.options.target else []
        call([self.compiler, source, "-o", package, *target, *self.options.compile_flag])

    def run_batch(self, seeds: Sequence[int]) -> list[Case]:
        cases = [self.prepare(seed) for seed in seeds]
        if self.options.judge:
            return [self.judge_result(case) for case in cases]
        if self.options.oracle_only:
            return [self.check(case, None) for case in cases]
        package = (self.bundle if self.options.bundle else self.out) / f"batch{seeds[0]}.sqapkg"
        source = package.with_suffix(".mlir")
        source.write_text("\n".join(case.program.text for case in cases))
        try:
            self.compile(source, package)
        except CommandError:
            return [self.run_alone(case) for case in cases]
        done = [self.check(case, package) for case in cases]
        if not self.options.keep and not self.options.bundle:
            package.unlink()
            source.unlink()
        return done

    def judge_result(self, case: Case) -> Case:
        """Results that run.sh of a bundle made."""
        for name in self.results(case):
            result = self.options.judge / f"{case.program.name}.run.{name}.npy"
            if not result.exists():
                case.message = f"no result in {result}"
                return case
            shutil.copy(result, case.file(f"run.{name}.npy"))
        self.judge(case)
        return case

    def run_alone(self, case: Case) -> Case:
        """A package of its own, to find the program that does not compile."""
        package = (self.bundle if self.options.bundle else case.directory) / f"{case.program.name}.sqapkg"
        try:
            self.compile(case.file("mlir"), package)
        except CommandError as error:
            case.message = str(error)
            return case
        return self.check(case, package)

    def report(self, case: Case) -> None:
        p = case.program
        script = Path(__file__).relative_to(ROOT)
        print(f"\nFAILED seed {p.seed}: {case.message}")
        print(f"  {p.element}, {p.heads}, inputs '{case.data.mode}': {summary(case.data.values)}")
        print(f"  again: python {script} --seed={p.seed} --count=1 --keep")
        if self.runner:
            package = case.file("sqapkg")
            print(f"  or:    {self.compiler} {case.file('mlir')} -o {package}")
            print(f"         {' '.join(self.run_command(case, package))}", flush=True)


class Progress:
    """One line on a terminal; a line every 50 programs in a log."""

    def __init__(self, total: int):
        self.total, self.passed, self.failed, self.start = total, 0, 0, time.monotonic()

    def add(self, case: Case) -> None:
        self.passed += not case.message
        self.failed += bool(case.message)
        done = self.passed + self.failed
        text = f"{done}/{self.total} programs, {self.failed} failed, {time.monotonic() - self.start:.0f} s"
        if sys.stdout.isatty():
            print(f"\r{text}", end="" if done < self.total else "\n", flush=True)
        elif done % 50 == 0 or done == self.total:
            print(text, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100, help="programs (default: 100)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first program (default: 0)")
    parser.add_argument("--types", help="only programs of these element types, such as bf16 (default: all)")
    parser.add_argument("--isa", help="variant that sqa-run shall take, such as x86-64-v3")
    parser.add_argument("--target", help="--target of sqa-compile (default: its own)")
    parser.add_argument("--compile-flag", action="append", default=[], help="any flag for sqa-compile (repeatable)")
    parser.add_argument("--oracle-only", action="store_true", help="only interpret: checks the generator and the oracle")
    parser.add_argument("--batch", type=int, default=20, help="programs a package (default: 20)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="batches at a time (default: cores)")
    parser.add_argument("--threads", type=int, default=2, help="threads of sqa-run (default: 2)")
    parser.add_argument("--bin", "--tools", type=Path, help="directory of the tools")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "fuzz", help="directory for files")
    parser.add_argument("--bundle", action="store_true", help="make OUT/bundle instead of running")
    parser.add_argument("--runner", type=Path, help="the sqa-run that goes into the bundle (default: that of --bin)")
    parser.add_argument("--judge", type=Path, metavar="RESULTS", help="judge what the run.sh of a bundle wrote")
    parser.add_argument("--keep", action="store_true", help="keep the files of programs that pass")
    options = parser.parse_args()

    fuzzer, progress = Fuzzer(options), Progress(options.count)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.bundle:
        fuzzer.start_bundle()
    seeds = list(range(options.seed, options.seed + options.count))
    if options.types:
        seeds = [seed for seed in seeds if generate(seed).element in options.types.split(",")]
    batches = [seeds[at : at + options.batch] for at in range(0, len(seeds), options.batch)]
    failed, tightest = [], (0.0, -1)
    with ThreadPoolExecutor(options.jobs) as pool:
        for cases in pool.map(fuzzer.run_batch, batches):
            for case in cases:
                progress.add(case)
                tightest = max(tightest, (case.ratio, case.program.seed))
                if case.message:
                    failed.append(case.program.seed)
                    fuzzer.report(case)
    if tightest[1] >= 0:
        print(f"largest error: {tightest[0]:.2f} of its bound (seed {tightest[1]})")
    if failed:
        print(f"failed seeds: {', '.join(map(str, failed))}")
    print(f"{progress.passed} passed, {progress.failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
