# Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What cpu_attention.py compares with, each in a process of its own.

A peer that crashes or hangs loses one number and not the run: the process is
started again for the next shape. One line of JSON a question, one an answer.
Run as a program this is such a process:

    python peers.py TorchSdpa
"""

from __future__ import annotations

import json
import selectors
import statistics
import subprocess
import sys
import time
from collections.abc import Callable


def time_calls(call: Callable[[], object], min_time: float, warm_up: int = 3) -> tuple[float, float]:
    """Median and interquartile range, measured as sqa-run does."""
    for _ in range(warm_up):
        call()
    seconds: list[float] = []
    while len(seconds) < 5 or sum(seconds) < min_time:
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    low, median, high = statistics.quantiles(seconds, n=4)
    return median, high - low


# ===------------------------------------------------------------------------===
# In the peer's process
# ===------------------------------------------------------------------------===


class TorchSdpa:
    """torch.nn.functional.scaled_dot_product_attention."""

    def __init__(self) -> None:
        import torch

        self.torch = torch
        self.name = f"torch {torch.__version__}"

    def tensors(self, shape: dict):
        torch = self.torch
        torch.set_num_threads(shape["threads"])
        dtype = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}[shape["element"]]
        return (torch.randn(shape["batch"], heads, shape["length"], shape["dim"], dtype=dtype)
                for heads in (shape["query_heads"], shape["kv_heads"], shape["kv_heads"]))

    def measure(self, shape: dict) -> tuple[float, float] | None:
        q, k, v = self.tensors(shape)
        group = shape["query_heads"] != shape["kv_heads"]
        attention = self.torch.nn.functional.scaled_dot_product_attention
        with self.torch.inference_mode():
            return time_calls(lambda: attention(q, k, v, is_causal=shape["causal"], enable_gqa=group), shape["min_time"])


class TorchFlex(TorchSdpa):
    """torch.compile(flex_attention), compiled for the shape before it is timed."""

    def __init__(self) -> None:
        super().__init__()
        from torch.nn.attention import flex_attention

        self.flex = flex_attention
        self.compiled = self.torch.compile(flex_attention.flex_attention, dynamic=False)
        self.name = "flex_attention"

    def measure(self, shape: dict) -> tuple[float, float] | None:
        q, k, v = self.tensors(shape)
        group = shape["query_heads"] != shape["kv_heads"]
        # Without a block mask the compiled code ended the process (torch 2.11).
        visible = (lambda b, h, i, j: i >= j) if shape["causal"] else (lambda b, h, i, j: j >= 0)
        mask = self.flex.create_block_mask(visible, None, None, shape["length"], shape["length"], device="cpu")
        with self.torch.inference_mode():
            return time_calls(lambda: self.compiled(q, k, v, block_mask=mask, enable_gqa=group), shape["min_time"])


class OnnxRuntime:
    """The contrib op GroupQueryAttention (causal, f32 only)."""

    def __init__(self) -> None:
        import onnx
        import onnxruntime

        self.onnx, self.runtime = onnx, onnxruntime
        self.name = f"onnxruntime {onnxruntime.__version__}"

    def session(self, shape: dict):
        helper, proto = self.onnx.helper, self.onnx.TensorProto
        length, dim = shape["length"], shape["dim"]
        inputs = [("q", proto.FLOAT, [1, length, shape["query_heads"] * dim]),
                  ("k", proto.FLOAT, [1, length, shape["kv_heads"] * dim]),
                  ("v", proto.FLOAT, [1, length, shape["kv_heads"] * dim]),
                  ("last", proto.INT32, [1]), ("total", proto.INT32, [1])]
        node = helper.make_node("GroupQueryAttention", ["q", "k", "v", "", "", "last", "total"], ["o", "pk", "pv"],
                                domain="com.microsoft", num_heads=shape["query_heads"], kv_num_heads=shape["kv_heads"])
        outputs = [helper.make_tensor_value_info(name, proto.FLOAT, None) for name in ("o", "pk", "pv")]
        graph = helper.make_graph([node], "attention", [helper.make_tensor_value_info(*i) for i in inputs], outputs)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)],
                                  ir_version=8)
        settings = self.runtime.SessionOptions()
        settings.intra_op_num_threads = shape["threads"]
        return self.runtime.InferenceSession(model.SerializeToString(), settings, ["CPUExecutionProvider"])

    def measure(self, shape: dict) -> tuple[float, float] | None:
        import numpy as np

        if shape["element"] != "f32" or not shape["causal"] or shape["batch"] != 1:
            return None
        rng = np.random.default_rng(1)
        feeds = {name: rng.standard_normal((1, shape["length"], heads * shape["dim"]), dtype=np.float32)
                 for name, heads in (("q", shape["query_heads"]), ("k", shape["kv_heads"]), ("v", shape["kv_heads"]))}
        feeds |= {"last": np.array([shape["length"] - 1], np.int32), "total": np.array([shape["length"]], np.int32)}
        session = self.session(shape)
        return time_calls(lambda: session.run(["o"], feeds), shape["min_time"])


PEERS = {peer.__name__: peer for peer in (TorchSdpa, TorchFlex, OnnxRuntime)}


def serve(name: str) -> None:
    # Libraries print: answers go where their prints do not.
    answers, sys.stdout = sys.stdout, sys.stderr
    try:
        peer = PEERS[name]()
    except ImportError as error:
        print(json.dumps({"missing": str(error)}), file=answers, flush=True)
        return
    print(json.dumps({"name": peer.name}), file=answers, flush=True)
    for line in sys.stdin:
        try:
            answer = {"result": peer.measure(json.loads(line))}
        except Exception as error:  # whatever the library raises is its answer
            answer = {"error": f"{type(error).__name__}: {str(error)[:200]}"}
        print(json.dumps(answer), file=answers, flush=True)


# ===------------------------------------------------------------------------===
# In cpu_attention.py
# ===------------------------------------------------------------------------===


class Peer:
    """A process that measures. `name` is None if what it needs is not installed."""

    def __init__(self, kind: str, timeout: float):
        self.kind, self.timeout, self.failures = kind, timeout, {}
        self.process = None
        self.name = self.start().get("name")

    def start(self) -> dict:
        self.process = subprocess.Popen([sys.executable, __file__, self.kind], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1)
        answer = self.read(60)
        if "name" not in answer:
            print(f"without {self.kind}: {answer.get('missing', 'it did not start')}")
        return answer

    def read(self, timeout: float) -> dict:
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            line = self.process.stdout.readline() if selector.select(timeout) else ""
        if line:
            return json.loads(line)
        self.process.kill()
        code = self.process.wait()
        return {"error": f"no answer in {timeout:.0f} s" if code == -9 else f"ended with {code}"}

    def measure(self, shape: dict) -> tuple[float, float] | None:
        key = json.dumps(shape, sort_keys=True)
        if key in self.failures:
            return None
        if self.process.poll() is not None:
            self.start()
        self.process.stdin.write(key + "\n")
        answer = self.read(self.timeout)
        if "error" in answer:
            self.failures[key] = answer["error"]
            print(f"{self.name}: {answer['error']}: {key}", file=sys.stderr)
        return answer.get("result")


def find_peers(kinds: list[str], timeout: float) -> list[Peer]:
    return [peer for kind in kinds if (peer := Peer(kind, timeout)).name]


if __name__ == "__main__":
    serve(sys.argv[1])
