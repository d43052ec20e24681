"""The ready-made masks of examples/masks, compiled for this CPU, against the oracle.

Sizes are odd, and cross the blocks of keys and queries; each example is compiled
once.
"""

import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from harness import Tensor, compare, largest, main  # noqa: E402

EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / "examples" / "masks"
SQUARE = ((1, 1), (37, 37), (131, 131))
CACHED = ((1, 67), (21, 150), (130, 131))


def none(rng, s, t):
    return []


def offset(rng, s, t):
    return [Tensor(np.array(t - s - 3, np.int64), "i64")]


def prefix(rng, s, t):
    return [Tensor(np.array([t // 3], np.int32), "i32")]


def documents(rng, s, t):
    """Three documents, the second of one position; an even length has ids that grow, which are searched."""
    ids = (2, 5, 7) if t % 2 == 0 else (7, 2, 5)
    doc = np.full((1, t), ids[0], np.int32)
    doc[0, t // 3:] = ids[1]
    doc[0, t // 3 + 1:] = ids[2]
    return [Tensor(doc, "i32")]


def tree(rng, s, t):
    """Ends of subtrees of a random tree in depth-first order."""
    depth, ends = 0, np.full(s, s, np.int32)
    path = []
    for node in range(s):
        depth = int(rng.integers(0, len(path) + 1))
        for ancestor in path[depth:]:
            ends[ancestor] = node
        path = path[:depth] + [node]
    return [Tensor(ends, "i32")]


def floats(*shape):
    return lambda rng, s, t: [Tensor(rng.standard_normal(shape).astype(np.float32))]


# What an example takes beside queries, keys and values, and its sizes.
MASKS = {
    "causal": (none, SQUARE), "causal_cached": (none, CACHED), "causal_offset": (offset, CACHED),
    "window": (none, SQUARE), "longformer": (none, SQUARE), "flex_sqa": (none, SQUARE),
    "prefix_lm": (prefix, SQUARE), "documents": (documents, SQUARE + ((2, 2), (260, 260))), "chunked": (none, SQUARE),
    "dilated": (none, SQUARE), "strided": (none, SQUARE + ((300, 300),)), "tree": (tree, CACHED), "softcap": (none, SQUARE),
    "alibi": (floats(4), SQUARE), "relative_bias": (floats(4, 33), SQUARE), "sinks": (floats(4), SQUARE),
}


def example(name):
    """A test of one file."""
    def run(tools, runtime, rng):
        text = (EXAMPLES / f"{name}.mlir").read_text()
        extra, sizes = MASKS[name]
        module = runtime.load(tools.compile(text))
        for s, t in sizes:
            shapes = ((1, 4, s, 16), (1, 2, t, 16), (1, 2, t, 16))
            inputs = [Tensor(rng.standard_normal(shape).astype(np.float32)) for shape in shapes] + extra(rng, s, t)
            got = module.run(name, inputs)[0]
            want = tools.oracle(text, name, inputs)[0]
            naive = tools.oracle(text, name, inputs, naive=True)[0]
            scale = max(largest(want), largest(inputs[2].array))
            compare(got, want, naive, scale, f"{name} of {s} queries and {t} keys")
    return run


if __name__ == "__main__":
    missing = {path.stem for path in EXAMPLES.glob("*.mlir")} ^ set(MASKS)
    assert not missing, f"expected one test for each example, but these have none or no file: {sorted(missing)}"
    sys.exit(main({name: example(name) for name in MASKS}, __doc__.splitlines()[0]))
