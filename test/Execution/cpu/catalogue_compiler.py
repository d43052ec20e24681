"""The catalogue of failures, rows about the compiler: see catalogue.py."""

import os
import pathlib
import subprocess
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from harness import Tensor, check_against_oracle, compare, main  # noqa: E402
from program import Sqa  # noqa: E402


def row_54(tools, runtime, rng):
    """An attention result that goes into a slice of a larger tensor."""
    text = """
    func.func @slice(%q: tensor<1x2x16x8xf32>, %d: tensor<1x2x32x8xf32>) -> tensor<1x2x32x8xf32> {
      %s = tensor.extract_slice %d[0, 0, 8, 0] [1, 2, 16, 8] [1, 1, 1, 1] : tensor<1x2x32x8xf32> to tensor<1x2x16x8xf32>
      %o = attn.sqa %q, %s, %s : (tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
      %r = tensor.insert_slice %o into %d[0, 0, 8, 0] [1, 2, 16, 8] [1, 1, 1, 1] : tensor<1x2x16x8xf32> into tensor<1x2x32x8xf32>
      return %r : tensor<1x2x32x8xf32>
    }"""
    inputs = [Tensor(rng.standard_normal(shape).astype(np.float32)) for shape in ((1, 2, 16, 8), (1, 2, 32, 8))]
    before = inputs[1].array.copy()
    check_against_oracle(tools, runtime, text, "slice", inputs, "slice")
    assert np.array_equal(inputs[1].array, before), "an input was written"


def row_55(tools, runtime, rng):
    """A buffer that is read after its first use is not reused too early."""
    text = """
    func.func @reuse(%q: tensor<1x2x16x8xf32>) -> (tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) {
      %a = attn.sqa %q, %q, %q : (tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
      %b = attn.sqa %a, %a, %q : (tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
      %c = arith.addf %a, %b : tensor<1x2x16x8xf32>
      return %c, %a : tensor<1x2x16x8xf32>, tensor<1x2x16x8xf32>
    }"""
    check_against_oracle(tools, runtime, text, "reuse", [Tensor(rng.standard_normal((1, 2, 16, 8)).astype(np.float32))], "reuse")


def row_59(tools, runtime, rng):
    """The same input gives the same bytes."""
    text = Sqa(dynamic=True, clauses="causal(bottom_right)").text()
    first, second = (tools.compile(text, source="same.mlir").read_bytes() for _ in range(2))
    assert first == second, "two compilations differ"


def row_60(tools, runtime, rng):
    """Sizes 0 and 1, tiles larger than the tensor, dynamic sizes: one package for all."""
    program = Sqa(dynamic=True, hq=2, hkv=1, lse=True)
    module = runtime.load(tools.compile(program.text()))
    for b, s, t in ((1, 1, 1), (2, 0, 3), (0, 4, 4), (2, 3, 0), (1, 2, 300), (2, 67, 1)):
        program.b, program.s, program.t = b, s, t
        inputs = program.inputs(rng)
        got = module.run(program.name, inputs)
        for result, want in zip(got, tools.oracle(program.text(), program.name, inputs)):
            compare(result, want, None, 40.0, f"B={b} S={s} T={t}")


def pipeline(tools, name):
    """The passes of a pipeline, in order."""
    listing = subprocess.run([str(tools.bin / "sqa-opt"), f"--{name}", "--dump-pass-pipeline", "-", "-o", os.devnull],
                             input="", capture_output=True, text=True, check=True).stderr
    text = listing[listing.index("builtin.module(") + len("builtin.module("):listing.rindex(")")]
    passes, depth, start = [], 0, 0
    for n, c in enumerate(text):
        depth += (c in "({") - (c in ")}")
        if c == "," and depth == 0:
            passes.append(text[start:n].strip())
            start = n + 1
    return passes + [text[start:].strip()]


def row_62(tools, runtime, rng):
    """Each pass twice, and the pipeline again after each of its prefixes: valid IR and the same results."""
    program = Sqa(b=1, hq=4, hkv=2, s=37, t=50, clauses="causal(bottom_right)", lse=True, dynamic=True)
    inputs = program.inputs(rng)
    want = runtime.load(tools.compile(program.text())).run(program.name, inputs)
    target = subprocess.run([str(tools.bin / "sqa-compile"), f"--print-target={tools.isa}"],
                            capture_output=True, text=True, check=True).stdout
    start = f"module attributes {{sqa.target = {target}}} {{\n{program.text()}}}"

    def check(passes, what):
        result = subprocess.run([str(tools.bin / "sqa-opt"), "-", f"--pass-pipeline=builtin.module({','.join(passes)})"],
                                input=start, capture_output=True, text=True)
        assert result.returncode == 0, f"{what}: {result.stderr}"
        got = runtime.load(tools.compile(result.stdout)).run(program.name, inputs)
        for g, w in zip(got, want):
            assert np.array_equal(g.array, w.array), f"{what}: other results"

    passes = pipeline(tools, "sqa-pipeline-kernel")
    assert len(passes) > 20
    check([p for p in passes for _ in range(2)], "every pass twice")
    for n, name in enumerate(passes):
        if not name.startswith(("canonicalize", "cse")):
            check(passes[:n + 1] + passes[n:n + 1], f"up to {name}")


TESTS = {str(n): globals()[f"row_{n}"] for n in range(1, 80) if f"row_{n}" in globals()}

if __name__ == "__main__":
    sys.exit(main(TESTS, __doc__.splitlines()[0]))
