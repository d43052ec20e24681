"""The catalogue of failures that attention libraries have had: one test a row.

Rows 1-17 are softmax and numerics, 18-28 shapes and masks, 30-40 layouts and
arguments; catalogue_compiler.py has the later ones. The number is that of the
catalogue the project was started from.
"""

import ctypes as C
import mmap
import pathlib
import subprocess
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from harness import SqartError, Tensor, check_against_oracle, compare, decode, encode, main  # noqa: E402
from program import Sqa  # noqa: E402


def run(tools, runtime, program, inputs, what, **options):
    return check_against_oracle(tools, runtime, program.text(), program.name, inputs, what, **options)


def bool_mask(program, mask):
    """The program with a dense mask (S, T) for all batches and heads."""
    s, t = mask.shape
    program.operands = [("m", f"tensor<1x1x{s}x{t}xi1>", mask[None, None])]
    program.clauses += " mask(%m)"
    return program


def refused(status, call, *words):
    """`call` fails with `status` and a message that holds every word."""
    try:
        call()
    except SqartError as error:
        assert error.status == status, f"expected status {status}, but got {error}"
        for word in words:
            assert word in error.message, f"expected '{word}' in the message, but got '{error.message}'"
        return
    raise AssertionError("expected an error, but the call succeeded")


INVALID = 1
MAP_NORESERVE = 0x4000  # linux/mman.h; in Python since 3.13


def row_1(tools, runtime, rng):
    """A row that a boolean mask hides whole gives 0 and LSE -inf."""
    mask = rng.random((16, 16)) < 0.5
    mask[[0, 7, 15]] = False
    program = bool_mask(Sqa(lse=True), mask)
    out, lse = run(tools, runtime, program, program.inputs(rng), "masked rows")
    assert (out.array[0, :, 7] == 0).all() and np.isneginf(lse.array[0, :, 7]).all()


def row_2(tools, runtime, rng):
    """The first key block hidden, and every later logit negative."""
    program = Sqa(s=8, t=400, clauses="scale(1.0)")
    mask = np.ones((8, 400), bool)
    mask[:, :256] = False
    inputs = bool_mask(program, mask).inputs(rng)
    inputs[0].array[:], inputs[1].array[:] = 2, -np.abs(inputs[1].array) - 1
    run(tools, runtime, program, inputs, "first block hidden")


def row_3(tools, runtime, rng):
    """The first rows of the tile see nothing, the others do."""
    mask = np.ones((40, 40), bool)
    mask[:13] = False
    program = bool_mask(Sqa(s=40, t=40), mask)
    out = run(tools, runtime, program, program.inputs(rng), "leading rows")[0]
    assert not np.isnan(out.array).any()


def row_4(tools, runtime, rng):
    """Every logit of a row below -5e4."""
    program = Sqa(s=20, t=150, clauses="scale(1.0)", lse=True)
    inputs = program.inputs(rng)
    inputs[0].array[:], inputs[1].array[:] = 100, -100 - rng.random(inputs[1].array.shape)
    run(tools, runtime, program, inputs, "logits of -1.6e5")


def row_5(tools, runtime, rng):
    """Causal with more queries than keys: the first rows see nothing."""
    program = Sqa(s=20, t=9, clauses="causal(bottom_right)", lse=True)
    _, lse = run(tools, runtime, program, program.inputs(rng), "s > t")
    assert np.isneginf(lse.array[0, :, :11]).all() and np.isfinite(lse.array[0, :, 11:]).all()


def row_6(tools, runtime, rng):
    """-FLT_MAX as a mask value hides like -inf (numerics 2), alone and added to a score."""
    bias = np.zeros((1, 1, 16, 16), np.float32)
    bias[..., 5:] = -np.finfo(np.float32).max
    bias[..., 3, :] = -np.finfo(np.float32).max
    bias[..., 4, :] = -np.inf
    program = Sqa(clauses="bias(%m)", operands=[("m", "tensor<1x1x16x16xf32>", bias)], lse=True)
    out, lse = run(tools, runtime, program, program.inputs(rng), "-FLT_MAX")
    assert (out.array[0, :, 3] == 0).all() and np.isneginf(lse.array[0, :, 3]).all()
    # The product itself may hide a slot, where there is no mask code at all.
    hidden_by_product(tools, runtime, rng)
    hidden_by_product(tools, runtime, rng, dtype="bf16")
    hidden_by_product(tools, runtime, rng, regions="""
      score_mod(%s, %b, %h, %i, %j) {
        %half = arith.constant 0.5 : f32
        %x = arith.mulf %s, %half : f32
        attn.yield %x : f32
      }""")


def hidden_by_product(tools, runtime, rng, **options):
    """A product of -inf hides the value of its slot, a weight that underflows does not."""
    program = Sqa(s=9, t=300, clauses="scale(1.0)", lse=True, **options)
    query = np.abs(rng.standard_normal((1, 2, 9, 16))) + 0.1
    key, value = rng.standard_normal((2, 1, 2, 300, 16))
    query[..., 2] = 0
    query[:, :, 4, 2], key[:, :, 3, 2] = 1e20, -1e20  # Overflows for row 4 alone.
    value[:, :, 3, 0] = np.nan
    key[:, :, 150], value[:, :, 150] = -np.inf, np.nan
    key[:, :, [150, 299], 2] = 0
    key[:, :, 299, 3:], value[:, :, 299, 5] = -1e4, np.inf
    inputs = [Tensor(encode(x, program.dtype), program.dtype) for x in (query, key, value)]
    out = run(tools, runtime, program, inputs, "product of -inf")[0]
    nan = np.isnan(decode(out.array, program.dtype))
    assert nan[..., 5].all() and nan[:, :, [0, 1, 2, 3, 5, 6, 7, 8], 0].all() and not nan[:, :, 4, 0].any()
    assert not nan[..., [1, 2, 3, 4, 6, 7]].any(), "the value of a hidden slot was read"


def masked_garbage(tools, runtime, rng, value):
    """The same bytes whatever stands in masked slots of K and V."""
    lengths = np.array([9, 16], np.int32)
    program = Sqa(b=2, t=16, clauses="kv_lengths(%n) causal(top_left)", operands=[("n", "tensor<2xi32>", lengths)])
    module = runtime.load(tools.compile(program.text()))
    inputs = program.inputs(rng)
    inputs[1].array[0, :, 9:] = inputs[2].array[0, :, 9:] = 0
    want = module.run(program.name, inputs)[0].array.copy()
    inputs[1].array[0, :, 9:] = inputs[2].array[0, :, 9:] = value
    assert np.array_equal(module.run(program.name, inputs)[0].array, want), "a padded slot was read"
    # A slot that is hidden from some rows and live for others.
    inputs[1].array[1, :, 12], inputs[2].array[1, :, 12] = value, value
    out = module.run(program.name, inputs)[0].array
    assert np.isfinite(out[1, :, :12]).all(), "a hidden slot was read"


def row_7(tools, runtime, rng):
    """NaN in K and V at masked positions."""
    masked_garbage(tools, runtime, rng, np.nan)


def row_8(tools, runtime, rng):
    """Infinity in padding."""
    masked_garbage(tools, runtime, rng, np.inf)


def row_9(tools, runtime, rng):
    """A live NaN in Q, K or V: NaN exactly where the reference has it."""
    for operand in range(3):
        program = Sqa(s=40, t=140, clauses="causal(top_left)", lse=True)
        program.s = program.t = 140
        inputs = program.inputs(rng)
        inputs[operand].array[0, 1, 77, 3] = np.nan
        out = run(tools, runtime, program, inputs, f"NaN in operand {operand}")[0]
        assert np.isnan(out.array).any()


def row_10(tools, runtime, rng):
    """One and two logits of +inf in a row."""
    bias = np.zeros((1, 1, 16, 16), np.float32)
    bias[..., 2, 3] = bias[..., 9, 4] = bias[..., 9, 15] = np.inf
    program = Sqa(clauses="bias(%m)", operands=[("m", "tensor<1x1x16x16xf32>", bias)], lse=True)
    run(tools, runtime, program, program.inputs(rng), "+inf")


def row_11(tools, runtime, rng):
    """f16 products beyond 65504 before scaling."""
    program = Sqa(dtype="f16", d=64, clauses="scale(0.0001)")
    out = run(tools, runtime, program, program.inputs(rng, spread=100), "large f16")[0]
    assert np.isfinite(decode(out.array, "f16")).all()


def row_12(tools, runtime, rng):
    """Scales that are negative and 0 work; one that is NaN or infinite is an error."""
    for scale in ("-0.5", "0.0"):
        program = Sqa(clauses=f"scale({scale})")
        run(tools, runtime, program, program.inputs(rng), f"scale {scale}")
    for bits in ("0x7FC00000", "0x7F800000"):
        message = tools.compile(Sqa(clauses=f"{{scale_value = {bits} : f32}}").text(), expect_failure=True)
        assert "finite" in message, message


def row_13(tools, runtime, rng):
    """Weights far below the smallest float are 0, not the smallest float."""
    program = Sqa(s=9, t=130, clauses="scale(1.0)")
    inputs = program.inputs(rng)
    inputs[0].array[:] = 10
    inputs[1].array[:] = -1
    inputs[1].array[0, :, 64] = 1  # All others are 320 below.
    out = run(tools, runtime, program, inputs, "underflow")[0]
    assert np.array_equal(out.array[0, :, 0], inputs[2].array[0, :, 64])


def row_14(tools, runtime, rng):
    """Denormal inputs, and a caller that flushes denormals keeps its setting."""
    program = Sqa()
    inputs = program.inputs(rng)
    inputs[2].array[:] *= 1e-40
    run(tools, runtime, program, inputs, "denormal values")
    # fenv_t of glibc on x86-64: 28 bytes of the x87 unit, then MXCSR, whose bits
    # 15 and 6 flush results and inputs. Other bits record what happened.
    libm, saved, control = C.CDLL("libm.so.6"), (C.c_uint32 * 8)(), (1 << 15) | (1 << 6)
    libm.fegetenv(saved)
    changed = (C.c_uint32 * 8)(*saved)
    changed[7] |= control
    libm.fesetenv(changed)
    try:
        run(tools, runtime, program, inputs, "denormal values, flushed")
        libm.fegetenv(changed)
        assert changed[7] & control == control, "the call changed the caller's MXCSR"
    finally:
        libm.fesetenv(saved)


def row_15(tools, runtime, rng):
    """No fast-math flag on the softmax: nnan and ninf would drop the guards."""
    source = tools.path(".mlir")
    source.write_text(Sqa(clauses="causal(top_left)").text())
    text = subprocess.run([str(tools.bin / "sqa-compile"), str(source), "--target=x86-64-v3", "--stop-after=llvm", "-o", "-"],
                          capture_output=True, text=True, check=True).stdout
    for flag in ("nnan", "ninf", "fastmathFlags = #llvm.fastmath<fast>"):
        assert flag not in text, f"'{flag}' in the LLVM dialect"


def distances(tools, runtime, rng, s, t, dynamic):
    """Terms of j - i and of i - j, from a table without a spare entry and by a slope."""
    table, slopes = rng.standard_normal(s + t - 1).astype(np.float32), np.array([0.25, -0.5], np.float32)
    program = Sqa(s=s, t=t, dynamic=dynamic, clauses="capture(%tb, %sl)", regions=f"""
      score_mod(%x, %b, %h, %i, %j, %table, %slope) {{
        %last = arith.constant {s - 1} : index
        %d = arith.subi %j, %i : index
        %at = arith.addi %d, %last : index
        %y = tensor.extract %table[%at] : tensor<{s + t - 1}xf32>
        %i64 = arith.index_cast %i : index to i64
        %j64 = arith.index_cast %j : index to i64
        %back = arith.subi %i64, %j64 : i64
        %f = arith.sitofp %back : i64 to f32
        %a = tensor.extract %slope[%h] : tensor<2xf32>
        %z = arith.mulf %a, %f : f32
        %sum = arith.addf %x, %y : f32
        %row = arith.sitofp %i64 : i64 to f32
        %small = arith.constant 0.01 : f32
        %w = arith.mulf %row, %small : f32
        %ramp = arith.addf %z, %w : f32
        %all = arith.addf %sum, %ramp : f32
        attn.yield %all : f32
      }}""", operands=[("tb", f"tensor<{s + t - 1}xf32>", table), ("sl", "tensor<2xf32>", slopes)])
    run(tools, runtime, program, program.inputs(rng), f"distances {s} x {t}")


def row_16(tools, runtime, rng):
    """A soft cap is not dropped."""
    program = Sqa(s=33, t=33, clauses="scale(1.0)", regions="""
      score_mod(%s, %b, %h, %i, %j) {
        %cap = arith.constant 3.0 : f32
        %x = arith.divf %s, %cap : f32
        %y = math.tanh %x : f32
        %z = arith.mulf %y, %cap : f32
        attn.yield %z : f32
      }""")
    run(tools, runtime, program, program.inputs(rng, spread=2), "softcap")
    for s, t, dynamic in ((33, 41, False), (7, 300, True), (150, 5, True)):
        distances(tools, runtime, rng, s, t, dynamic)


def row_17(tools, runtime, rng):
    """Logits spread over 1e4, all equal, and one-hot."""
    program = Sqa(s=30, t=200, clauses="scale(1.0)")
    inputs = program.inputs(rng)
    inputs[1].array *= 1000
    run(tools, runtime, program, inputs, "spread of 1e4")
    inputs[1].array[:] = inputs[1].array[:, :, :1]
    # Each logit is a sum of d + 1 products, each off by at most half an ulp of
    # the sum of magnitudes; two logits differ by twice that, and so do weights.
    query, key, value = (t.array.astype(np.float64) for t in inputs)
    magnitude = (np.abs(query) @ np.abs(key[:, :, :1].swapaxes(-1, -2))).max() * np.log2(np.e)
    run(tools, runtime, program, inputs, "all equal", bound=2 * (program.d + 2) * 2.0**-24 * magnitude * np.abs(value).max())
    one_hot = program.inputs(rng)
    one_hot[0].array[:], one_hot[1].array[:] = 100, 0
    one_hot[1].array[:, :, 77] = 100
    run(tools, runtime, program, one_hot, "one-hot")


def row_18(tools, runtime, rng):
    """No keys: static, dynamic, and through a length of 0."""
    for dynamic in (False, True):
        program = Sqa(s=5, t=0, dynamic=dynamic, lse=True)
        out, lse = run(tools, runtime, program, program.inputs(rng), "T = 0")
        assert (out.array == 0).all() and np.isneginf(lse.array).all()
    program = Sqa(b=2, clauses="kv_lengths(%n)", operands=[("n", "tensor<2xi32>", np.array([0, 16], np.int32))])
    run(tools, runtime, program, program.inputs(rng), "length 0")


def row_19(tools, runtime, rng):
    """No queries, no batch."""
    for dynamic in (False, True):
        for sizes in ({"s": 0}, {"b": 0}, {"s": 0, "t": 0}):
            program = Sqa(dynamic=dynamic, **sizes)
            run(tools, runtime, program, program.inputs(rng), str(sizes))


def row_20(tools, runtime, rng):
    """Sequences without keys among full ones."""
    lengths = np.array([16, 0, 3, 0, 16], np.int32)
    program = Sqa(b=5, clauses="kv_lengths(%n)", operands=[("n", "tensor<5xi32>", lengths)], lse=True)
    run(tools, runtime, program, program.inputs(rng), "lengths")


def row_21(tools, runtime, rng):
    """One query, and entries without keys; lengths out of range are clamped."""
    lengths = np.array([0, 1, -5, 99], np.int32)
    program = Sqa(b=4, s=1, t=7, clauses="causal(bottom_right) kv_lengths(%n)", operands=[("n", "tensor<4xi32>", lengths)], lse=True)
    run(tools, runtime, program, program.inputs(rng), "one query")


def row_22(tools, runtime, rng):
    """Rows that are skipped are written: every element differs from the poison."""
    program = Sqa(s=70, t=30, clauses="causal(bottom_right)", dtype="bf16")
    module = runtime.load(tools.compile(program.text()))
    out = module.run(program.name, program.inputs(rng))[0].array
    assert (out != 0x7FC1).all()


def row_23(tools, runtime, rng):
    """Causal where S and T differ, in all alignments."""
    for s, t in ((5, 40), (40, 5), (33, 34)):
        for clause in ("causal(top_left)", "causal(bottom_right)"):
            program = Sqa(s=s, t=t, clauses=clause, dynamic=True, lse=True)
            run(tools, runtime, program, program.inputs(rng), f"{clause} {s} {t}")
    program = Sqa(s=5, t=40, clauses="causal(offset(%o))", dynamic=True)
    text = program.text().replace("%v: tensor<?x2x?x16xf32>)", "%v: tensor<?x2x?x16xf32>, %p: tensor<i64>)")
    text = text.replace("  %r0 =", "  %x = tensor.extract %p[] : tensor<i64>\n  %o = arith.index_cast %x : i64 to index\n  %r0 =")
    text = text.replace("      : (tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>)",
                        "      : (tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, index)")
    for offset in (-3, 0, 20, 100):
        inputs = program.inputs(rng) + [Tensor(np.array(offset, np.int64), "i64")]
        check_against_oracle(tools, runtime, text, program.name, inputs, f"offset {offset}")


def row_24(tools, runtime, rng):
    """Windows of 0, 1, S-1 and S; a negative one is an error."""
    for left in (0, 1, 39, 40):
        for right in (0, 1, "unbounded"):
            program = Sqa(s=40, t=40, clauses=f"window({left}, {right})")
            run(tools, runtime, program, program.inputs(rng), f"window {left} {right}")
    assert "window" in tools.compile(Sqa(clauses="window(-2, 0)").text(), expect_failure=True)


def row_25(tools, runtime, rng):
    """Head counts that do not divide, and 0 heads."""
    assert "multiple" in tools.compile(Sqa(hq=3, hkv=2).text(), expect_failure=True)
    assert "error" in tools.compile(Sqa(hq=2, hkv=0).text(), expect_failure=True)
    program = Sqa(hq=2, hkv=6, clauses="heads(tile)")
    run(tools, runtime, program, program.inputs(rng), "Hkv > Hq")


def row_26(tools, runtime, rng):
    """Head dimensions that are no multiple of 8, values of another size."""
    for d, dv in ((1, 1), (46, 59), (111, 3), (59, 111)):
        program = Sqa(s=21, t=35, d=d, dv=dv)
        run(tools, runtime, program, program.inputs(rng), f"D={d} Dv={dv}")


def row_27(tools, runtime, rng):
    """Numbers of keys around a tile, and primes, with one dynamic package."""
    program = Sqa(dynamic=True, clauses="causal(bottom_right)")
    module = runtime.load(tools.compile(program.text()))
    for s, t in ((7, 127), (64, 128), (65, 129), (31, 131), (1, 257), (130, 256)):
        program.s, program.t = s, t
        inputs = program.inputs(rng)
        got = module.run(program.name, inputs)[0]
        want, naive = (tools.oracle(program.text(), program.name, inputs, naive=n)[0] for n in (False, True))
        compare(got, want, naive, 4.0, f"S={s} T={t}")


def strided(array, pads):
    """A copy of `array` whose outer strides have gaps; the innermost one is 1."""
    shape = tuple(n + p for n, p in zip(array.shape, pads))
    return np.full(shape, np.nan if array.dtype.kind == "f" else 0, array.dtype)[tuple(slice(0, n) for n in array.shape)]


def row_30(tools, runtime, rng):
    """Views with gaps are read in place; an inner stride that is not 1 is an error."""
    program = Sqa(b=2, s=20, t=24)
    module = runtime.load(tools.compile(program.text()))
    inputs = program.inputs(rng)
    want = module.run(program.name, inputs)[0].array
    views = []
    for tensor, pads in zip(inputs, ((0, 1, 3, 4), (1, 2, 0, 7), (0, 0, 5, 0))):
        view = strided(tensor.array, pads)
        view[...] = tensor.array
        views.append(Tensor(view))
    assert np.array_equal(module.run(program.name, views)[0].array, want)
    out = strided(want, (1, 1, 1, 1))
    module.invoke(program.name, views, [Tensor(out)])
    assert np.array_equal(out, want)
    bad = Tensor(np.zeros((2, 2, 20, 32), np.float32)[..., ::2])
    refused(INVALID, lambda: module.run(program.name, [bad, *inputs[1:]]), "stride")


def row_31(tools, runtime, rng):
    """K and V with different strides, in both layouts."""
    program = Sqa(s=20, t=24, layout=("bshd", "bhsd", "bshd", "bshd"))
    inputs = program.inputs(rng)
    module = runtime.load(tools.compile(program.text()))
    want = module.run(program.name, inputs)[0].array
    key = strided(inputs[1].array, (0, 0, 9, 2))
    key[...] = inputs[1].array
    assert np.array_equal(module.run(program.name, [inputs[0], Tensor(key), inputs[2]])[0].array, want)
    run(tools, runtime, program, inputs, "mixed layouts")


def row_32(tools, runtime, rng):
    """Stride 0 in K is a broadcast; in the output it is an error."""
    program = Sqa(b=3)
    module = runtime.load(tools.compile(program.text()))
    inputs = program.inputs(rng)
    for n in (1, 2):
        inputs[n].array[:] = inputs[n].array[:1]
    want = module.run(program.name, inputs)[0].array
    shared = [inputs[0]] + [Tensor(np.broadcast_to(t.array[:1], t.array.shape)) for t in inputs[1:]]
    assert np.array_equal(module.run(program.name, shared)[0].array, want)
    flat = Tensor(np.broadcast_to(np.zeros((1, *want.shape[1:]), np.float32), want.shape))
    refused(INVALID, lambda: module.invoke(program.name, inputs, [flat]), "output")


def row_33(tools, runtime, rng):
    """A view that starts one element late."""
    program = Sqa()
    module = runtime.load(tools.compile(program.text()))
    inputs = program.inputs(rng)
    want = module.run(program.name, inputs)[0].array
    late = np.zeros(inputs[0].array.size + 1, np.float32)[1:].reshape(inputs[0].array.shape)
    late[...] = inputs[0].array
    assert np.array_equal(module.run(program.name, [Tensor(late), *inputs[1:]])[0].array, want)


def row_34(tools, runtime, rng):
    """An output over an input is an error; disjoint halves of one buffer are not."""
    program = Sqa(hq=2, hkv=2)
    module = runtime.load(tools.compile(program.text()))
    inputs = program.inputs(rng)
    refused(INVALID, lambda: module.invoke(program.name, inputs, [Tensor(inputs[0].array)]), "overlap")
    shared = np.zeros((1, 2, 16, 32), np.float32)
    shared[..., :16] = inputs[0].array
    want = module.run(program.name, inputs)[0].array
    out = Tensor(shared[..., 16:])
    module.invoke(program.name, [Tensor(shared[..., :16]), *inputs[1:]], [out])
    assert np.array_equal(out.array, want)


def far_apart(shape, stride):
    """Zeros whose outermost dimension that has two indices steps by `stride` elements: memory that is reserved, not used."""
    outer = next(n for n, size in enumerate(shape) if size > 1)
    packed = np.empty(shape, np.float32).strides
    strides = [4 * stride if n == outer else s for n, s in enumerate(packed)]
    size = 4 * stride * (shape[outer] - 1) + packed[outer] * shape[outer]
    memory = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE)
    return np.lib.stride_tricks.as_strided(np.frombuffer(memory, np.float32), shape, strides, writeable=True)


def row_35(tools, runtime, rng):
    """Elements on both sides of 2^31: as batches and as rows of one head."""
    for b, s, t in ((2, 16, 20), (1, 2, 2)):
        program = Sqa(b=b, hq=1, hkv=1, s=s, t=t, dynamic=True)
        module = runtime.load(tools.compile(program.text()))
        inputs = program.inputs(rng)
        want = module.run(program.name, inputs)[0].array
        for stride in (2**31 - 8, 2**31 + 8, 2**32 + 16):
            views = [far_apart(tensor.array.shape, stride) for tensor in inputs]
            for view, tensor in zip(views, inputs):
                view[...] = tensor.array
            out = far_apart(want.shape, stride)
            module.invoke(program.name, [Tensor(view) for view in views], [Tensor(out)])
            assert np.array_equal(out, want), f"strides of {stride} elements"


def row_36(tools, runtime, rng):
    """A bias whose second batch starts past 2^31 elements."""
    bias = rng.standard_normal((2, 1, 8, 8)).astype(np.float32)
    program = Sqa(b=2, s=8, t=8, clauses="bias(%m)", operands=[("m", "tensor<2x1x8x8xf32>", bias)])
    inputs = program.inputs(rng)
    module = runtime.load(tools.compile(program.text()))
    want = module.run(program.name, inputs)[0].array
    far = far_apart(bias.shape, 2**31 + 64)
    far[...] = bias
    assert np.array_equal(module.run(program.name, [*inputs[:3], Tensor(far)])[0].array, want)


def row_38(tools, runtime, rng):
    """More batches, and more heads, than a 16-bit count."""
    for b, heads in ((65537, 1), (1, 65537)):
        program = Sqa(b=b, hq=heads, hkv=heads, s=1, t=3, d=4)
        run(tools, runtime, program, program.inputs(rng), f"{b} batches, {heads} heads")


def row_37(tools, runtime, rng):
    """Sizes whose product passes 2^63 are an error in the compiler and in the call."""
    text = Sqa(t=2**62).text()
    assert "error" in tools.compile(text, expect_failure=True)
    program = Sqa(dynamic=True)
    module = runtime.load(tools.compile(program.text()))
    inputs = program.inputs(rng)
    huge = Tensor(inputs[1].array, sizes=(2**31, 2, 2**31, 16))
    refused(INVALID, lambda: module.run(program.name, [inputs[0], huge, inputs[2]]))


def row_40(tools, runtime, rng):
    """Null data, wrong dtype, rank, device, shape and count: an error that names the argument."""
    program = Sqa(dynamic=True)
    text = program.text().replace("%q: tensor<?x2x?x16xf32>", '%q: tensor<?x2x?x16xf32> {sqa.name = "query"}')
    module = runtime.load(tools.compile(text))
    inputs = program.inputs(rng)
    q = inputs[0].array

    def call(first, *rest):
        return lambda: module.run(program.name, [first, *(rest or inputs[1:])])

    refused(INVALID, call(Tensor(q, null=True)), "query", "null")
    refused(INVALID, call(Tensor(q.astype(np.float16), "f16")), "query", "f32", "f16")
    refused(INVALID, call(Tensor(q[0])), "query", "rank")
    refused(INVALID, call(Tensor(q, device=2)), "query")
    refused(INVALID, call(Tensor(q[:, :1])), "query")
    refused(INVALID, lambda: module.invoke(program.name, inputs[:2], []), "3")
    # Batches that differ between arguments: the equation is named.
    other = Tensor(np.concatenate([inputs[1].array] * 2))
    refused(INVALID, lambda: module.run(program.name, [inputs[0], other, inputs[2]]))


TESTS = {str(n): globals()[f"row_{n}"] for n in range(1, 80) if f"row_{n}" in globals()}

if __name__ == "__main__":
    sys.exit(main(TESTS, __doc__.splitlines()[0]))
