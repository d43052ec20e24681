"""The test vectors of the SQA papers and their relatives, at CPU sizes.

Head counts, head dimensions and flags are the papers'; batches and lengths are
cut to what two cores check in seconds, keeping odd remainders.
"""

import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from harness import Tensor, check_against_oracle, decode, main  # noqa: E402
from program import Sqa  # noqa: E402


def vector(**kwargs):
    """A test that runs one op."""
    def run(tools, runtime, rng):
        program = Sqa(**kwargs)
        check_against_oracle(tools, runtime, program.text(), program.name, program.inputs(rng), "vector")
    return run


def heads(hq, hkv, s, d, **kwargs):
    return vector(hq=hq, hkv=hkv, s=s, t=s, d=d, clauses="causal(top_left)", **kwargs)


def rsqa_tile_is_not_group(tools, runtime, rng):
    """R1: the tile map, and that the group map gives something else."""
    results = []
    for heads_map in ("tile", "group"):
        program = Sqa(hq=4, hkv=8, s=33, t=33, d=16, clauses=f"heads({heads_map})")
        inputs = program.inputs(np.random.default_rng(7))
        results.append(check_against_oracle(tools, runtime, program.text(), program.name, inputs, heads_map)[0])
    assert np.abs(results[0].array - results[1].array).max() > 0.1, "tile and group agree"


def rope_layouts(tools, runtime, rng):
    """P1: scores agree when both sides use one layout, and differ when one side does."""
    x = Tensor(rng.standard_normal((1, 2, 40, 16)).astype(np.float32))
    rotated = {}
    for layout in ("pairs", "pairs_to_halves"):
        text = f"""
        func.func @rope(%x: tensor<1x2x40x16xf32>, %p: tensor<40xi32>) -> tensor<1x2x40x16xf32> {{
          %y = attn.rope %x pairing({layout}) positions(%p : tensor<40xi32>) : tensor<1x2x40x16xf32>
          return %y : tensor<1x2x40x16xf32>
        }}"""
        positions = np.arange(40, dtype=np.int32)
        positions[:4] = [0, 255, 257, 131071]
        out = check_against_oracle(tools, runtime, text, "rope", [x, Tensor(positions, "i32")], layout)
        rotated[layout] = decode(out[0].array, "f32")[0, 0]
    plain = rotated["pairs"] @ rotated["pairs"].T
    assert np.abs(plain - rotated["pairs_to_halves"] @ rotated["pairs_to_halves"].T).max() < 1e-4
    assert np.abs(plain - rotated["pairs"] @ rotated["pairs_to_halves"].T).max() > 0.1


def window_128(tools, runtime, rng):
    """W1: a true window of 128, lengths around it."""
    for n in (127, 128, 129, 500):
        program = Sqa(hq=2, hkv=1, s=n, t=n, d=16, clauses="window(64, 64)")
        check_against_oracle(tools, runtime, program.text(), program.name, program.inputs(rng), f"N={n}")


def flex_sqa(tools, runtime, rng):
    """Flex-SQA: 16 global keys and blocks of 128 that see their neighbours."""
    program = Sqa(hq=2, hkv=2, s=300, t=300, d=16, regions="""
      mask_mod(%b, %h, %i, %j) {
        %c1 = arith.constant 1 : index
        %c16 = arith.constant 16 : index
        %c128 = arith.constant 128 : index
        %wi = arith.floordivsi %i, %c128 : index
        %wj = arith.floordivsi %j, %c128 : index
        %lo = arith.subi %wi, %c1 : index
        %hi = arith.addi %wi, %c1 : index
        %a = arith.cmpi sge, %wj, %lo : index
        %z = arith.cmpi sle, %wj, %hi : index
        %near = arith.andi %a, %z : i1
        %global = arith.cmpi slt, %j, %c16 : index
        %y = arith.ori %near, %global : i1
        attn.yield %y : i1
      }""")
    check_against_oracle(tools, runtime, program.text(), program.name, program.inputs(rng), "flex")


def decode_cache(tools, runtime, rng):
    """C1: one query over a cache with a length for each batch."""
    lengths = np.array([1, 77, 300], np.int32)
    program = Sqa(b=3, hq=8, hkv=4, s=1, t=300, d=32, clauses="causal(bottom_right) kv_lengths(%n)",
                  operands=[("n", "tensor<3xi32>", lengths)], lse=True)
    check_against_oracle(tools, runtime, program.text(), program.name, program.inputs(rng), "decode")


def padded_memory(tools, runtime, rng):
    """A2: memory write with a boolean padding mask (B, 1, 1, S)."""
    mask = np.arange(100)[None, None, None, :] < np.array([100, 63])[:, None, None, None]
    program = Sqa(b=2, hq=8, hkv=4, s=64, t=100, d=16, clauses="mask(%m)", operands=[("m", "tensor<2x1x1x100xi1>", mask)])
    check_against_oracle(tools, runtime, program.text(), program.name, program.inputs(rng), "memory write")


TESTS = {
    "D1-mha": heads(16, 16, 129, 16, b=2), "D2-gqa": heads(16, 4, 129, 16, b=2), "D3-mqa": heads(16, 1, 129, 16, b=2),
    "D4-sqa": heads(8, 4, 129, 16, b=2), "D5-ssqa": heads(8, 8, 129, 16, b=2), "D6-xsqa": heads(4, 4, 129, 16, b=2),
    "D7-xsmqa": heads(4, 1, 129, 16, b=2),
    "D8-tail": heads(1, 1, 2000, 16),  # 2000 mod 128 = 80: a tail tile
    "M1": heads(8, 2, 96, 16), "M2": heads(8, 1, 96, 16), "M3": heads(4, 2, 96, 16), "M4": heads(4, 4, 96, 16), "M5": heads(2, 2, 96, 16),
    "L1": heads(12, 4, 65, 16), "L2": heads(24, 8, 40, 128),
    "R1": rsqa_tile_is_not_group,
    "X1": heads(16, 16, 70, 128), "X2": heads(8, 8, 70, 128), "X3": heads(32, 8, 70, 128),
    "Q1": heads(16, 8, 90, 128, dtype="bf16"), "Q2": heads(8, 8, 90, 128, dtype="bf16"), "Q3": heads(4, 4, 90, 128, dtype="f16"),
    "A1": vector(hq=8, hkv=4, s=130, t=100, d=16), "A2": padded_memory,
    "B1": vector(hq=8, hkv=8, s=200, t=200, d=32), "B2": heads(8, 4, 200, 32), "B2-cross": vector(hq=8, hkv=4, s=200, t=100, d=32, dtype="bf16"),
    "C1": decode_cache,
    "W1": window_128, "W2": flex_sqa,
    "H1-82": vector(hq=8, hkv=8, s=82, t=82, d=64), "H1-901": vector(hq=2, hkv=2, s=901, t=901, d=64),
    "P1": rope_layouts,
}

if __name__ == "__main__":
    sys.exit(main(TESTS, __doc__.splitlines()[0]))
