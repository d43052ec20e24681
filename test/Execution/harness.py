"""Compile MLIR, run it through the runtime's C API, and ask the oracle.

Used by the Python drivers under test/Execution. The runtime is called in this
process through ctypes, so that tests control every pointer, stride and flag of
a call; sqa-compile and sqa-interpret are processes.
"""

from __future__ import annotations

import argparse
import ctypes as C
import hashlib
import pathlib
import subprocess
import tempfile
from dataclasses import dataclass, field

import numpy as np

# DLPack: type codes and structs (runtime/third_party/dlpack/dlpack.h).
INT, UINT, FLOAT, BFLOAT, BOOL = 0, 1, 2, 4, 6


class DLDevice(C.Structure):
    _fields_ = [("device_type", C.c_int32), ("device_id", C.c_int32)]


class DLDataType(C.Structure):
    _fields_ = [("code", C.c_uint8), ("bits", C.c_uint8), ("lanes", C.c_uint16)]


class DLTensor(C.Structure):
    _fields_ = [
        ("data", C.c_void_p),
        ("device", DLDevice),
        ("ndim", C.c_int32),
        ("dtype", DLDataType),
        ("shape", C.POINTER(C.c_int64)),
        ("strides", C.POINTER(C.c_int64)),
        ("byte_offset", C.c_uint64),
    ]


class LoadOptions(C.Structure):
    _fields_ = [
        ("struct_size", C.c_size_t),
        ("trust", C.c_int),
        ("flags", C.c_uint32),
        ("sha256", C.c_uint8 * 32),
        ("max_bytes", C.c_uint64),
        ("isa", C.c_char_p),
    ]


class RuntimeOptions(C.Structure):
    _fields_ = [
        ("struct_size", C.c_size_t),
        ("num_threads", C.c_int32),
        ("spin_microseconds", C.c_int32),
        ("executor", C.c_void_p),
    ]


class FunctionInfo(C.Structure):
    _fields_ = [
        ("struct_size", C.c_size_t),
        ("name", C.c_char_p),
        ("num_inputs", C.c_uint32),
        ("num_outputs", C.c_uint32),
        ("num_symbols", C.c_uint32),
        ("signature", C.c_char_p),
        ("remarks", C.c_char_p),
        ("schedule", C.c_char_p),
    ]


class TensorInfo(C.Structure):
    _fields_ = [
        ("struct_size", C.c_size_t),
        ("name", C.c_char_p),
        ("dtype", DLDataType),
        ("dtype_name", C.c_char_p),
        ("rank", C.c_int32),
        ("dims", C.POINTER(C.c_int64)),
        ("dim_texts", C.POINTER(C.c_char_p)),
        ("type", C.c_char_p),
        ("parameter", C.c_char_p),
    ]


class SqartError(RuntimeError):
    """A call of the runtime failed: its status and message."""

    def __init__(self, status: int, message: str):
        super().__init__(f"status {status}: {message}")
        self.status, self.message = status, message


# Names of element types, as in packages, and how they look to NumPy. NumPy has
# no bfloat16: its 16 bits travel as uint16.
DTYPES = {
    "f32": (FLOAT, 32, np.float32),
    "f16": (FLOAT, 16, np.float16),
    "bf16": (BFLOAT, 16, np.uint16),
    "f64": (FLOAT, 64, np.float64),
    "i1": (BOOL, 8, np.bool_),
    "i32": (INT, 32, np.int32),
    "i64": (INT, 64, np.int64),
    "i8": (INT, 8, np.int8),
}


def to_bf16(x: np.ndarray) -> np.ndarray:
    """f32 to bf16 bits, rounded to nearest even; NaN stays NaN."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    rounded = ((bits.astype(np.uint64) + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    return np.where(np.isnan(x), np.uint16(0x7FC0), rounded)


def from_bf16(bits: np.ndarray) -> np.ndarray:
    """bf16 bits to f32."""
    return (np.ascontiguousarray(bits, np.uint16).astype(np.uint32) << 16).view(np.float32).reshape(bits.shape)


def encode(x: np.ndarray, dtype: str) -> np.ndarray:
    """Values to the array that carries them as `dtype`."""
    return to_bf16(np.asarray(x, np.float32)) if dtype == "bf16" else np.asarray(x).astype(DTYPES[dtype][2])


def decode(array: np.ndarray, dtype: str) -> np.ndarray:
    """The values of an array that carries `dtype`, floats as f64."""
    if dtype == "bf16":
        return from_bf16(array).astype(np.float64)
    return array.astype(np.float64) if dtype in ("f32", "f16", "f64") else array


@dataclass
class Tensor:
    """A NumPy array (any strides) that stands for a tensor of `dtype`."""

    array: np.ndarray
    dtype: str = "f32"
    # Overrides for tests of bad calls.
    null: bool = False
    sizes: tuple[int, ...] | None = None
    device: int = 1
    keep: list = field(default_factory=list)

    def dl(self) -> DLTensor:
        a = self.array
        shape = (C.c_int64 * max(a.ndim, 1))(*(self.sizes or a.shape))
        strides = (C.c_int64 * max(a.ndim, 1))(*(s // a.itemsize for s in a.strides))
        self.keep = [shape, strides]
        code, bits, _ = DTYPES[self.dtype]
        data = None if self.null else a.__array_interface__["data"][0]
        return DLTensor(data, DLDevice(self.device, 0), a.ndim, DLDataType(code, bits, 1), shape, strides, 0)


class Runtime:
    """libsqart in this process."""

    def __init__(self, tools: pathlib.Path, threads: int = 0):
        library = next(p for p in (tools.parent / "lib" / "libsqart.so", tools / "libsqart.so") if p.exists())
        self.lib = C.CDLL(str(library))
        self.lib.sqart_last_error.restype = C.c_char_p
        self.lib.sqart_module_package.restype = C.c_void_p
        self.lib.sqart_module_isa.restype = C.c_char_p
        self.handle = C.c_void_p()
        options = RuntimeOptions(C.sizeof(RuntimeOptions), threads, -1, None)
        self.check(self.lib.sqart_runtime_create(C.byref(options), C.byref(self.handle)))

    def check(self, status: int) -> None:
        if status:
            raise SqartError(status, self.lib.sqart_last_error().decode())

    def load(self, path: pathlib.Path, isa: str | None = None) -> "Module":
        return Module(self, path, isa)


class Module:
    """A loaded package. The tests built it, so its own digest is its pin."""

    def __init__(self, runtime: Runtime, path: pathlib.Path, isa: str | None = None):
        self.runtime, self.handle = runtime, C.c_void_p()
        options = LoadOptions(C.sizeof(LoadOptions), 1, 2, isa=isa.encode() if isa else None)
        options.sha256[:] = hashlib.sha256(path.read_bytes()).digest()
        runtime.check(runtime.lib.sqart_module_load(runtime.handle, str(path).encode(), C.byref(options), C.byref(self.handle)))
        self.package = C.c_void_p(runtime.lib.sqart_module_package(self.handle))

    def function(self, name: str) -> int:
        number = C.c_uint32()
        self.runtime.check(self.runtime.lib.sqart_package_find_function(self.package, name.encode(), C.byref(number)))
        return number.value

    def info(self, name: str) -> FunctionInfo:
        info = FunctionInfo(C.sizeof(FunctionInfo))
        self.runtime.check(self.runtime.lib.sqart_package_get_function(self.package, self.function(name), C.byref(info)))
        return info

    def tensor_info(self, name: str, index: int) -> TensorInfo:
        info = TensorInfo(C.sizeof(TensorInfo))
        self.runtime.check(self.runtime.lib.sqart_package_get_tensor(self.package, self.function(name), index, C.byref(info)))
        return info

    def output_shape(self, name: str, inputs: list[Tensor], output: int) -> tuple[int, ...]:
        info = self.info(name)
        rank = self.tensor_info(name, info.num_inputs + output).rank
        dims = (C.c_int64 * max(rank, 1))()
        pointers, keep = self._pointers(inputs)
        self.runtime.check(
            self.runtime.lib.sqart_package_output_shape(
                self.package, self.function(name), pointers, len(inputs), output, dims, rank))
        return tuple(dims[:rank])

    @staticmethod
    def _pointers(tensors: list[Tensor]):
        structs = [t.dl() for t in tensors]
        return (C.POINTER(DLTensor) * max(len(structs), 1))(*(C.pointer(s) for s in structs)), structs

    def invoke(self, name: str, inputs: list[Tensor], outputs: list[Tensor]) -> None:
        ins, keep_in = self._pointers(inputs)
        outs, keep_out = self._pointers(outputs)
        self.runtime.check(
            self.runtime.lib.sqart_module_invoke(
                self.handle, self.function(name), ins, len(inputs), outs, len(outputs)))

    def run(self, name: str, inputs: list[Tensor]) -> list[Tensor]:
        """Allocates the outputs, poisons them, surrounds them with guard bands, calls, checks the bands."""
        info, outputs, bands = self.info(name), [], []
        for n in range(info.num_outputs):
            dtype = self.tensor_info(name, info.num_inputs + n).dtype_name.decode()
            shape = self.output_shape(name, inputs, n)
            outputs.append(Tensor(guarded(shape, dtype, bands), dtype))
        self.invoke(name, inputs, outputs)
        for band, pattern in bands:
            if not np.array_equal(band, pattern):
                raise AssertionError(f"{name} wrote outside its output")
        return outputs


GUARD = 64  # elements on either side


def guarded(shape: tuple[int, ...], dtype: str, bands: list) -> np.ndarray:
    """An array full of poison (NaN where the type has it) between guard bands."""
    kind = DTYPES[dtype][2]
    size = int(np.prod(shape, dtype=np.int64))
    poison = {"bf16": 0x7FC1, "i1": True}.get(dtype, np.nan if np.issubdtype(kind, np.floating) else 0x55)
    whole = np.full(size + 2 * GUARD, poison, kind)
    for band in (whole[:GUARD], whole[GUARD + size:]):
        raw = band.view(np.uint8)
        raw[:] = 0xA5 if dtype != "i1" else 1
        bands.append((raw, raw.copy()))
    return whole[GUARD:GUARD + size].reshape(shape)


class Tools:
    """The compiler and the oracle as processes, with a folder of their own."""

    def __init__(self, bin_dir: pathlib.Path, isa: str = "native"):
        self.bin, self.isa = bin_dir.resolve(), isa
        self.temp = tempfile.TemporaryDirectory(prefix="sqa-test-")
        self.dir = pathlib.Path(self.temp.name)
        self.count = 0

    def path(self, suffix: str) -> pathlib.Path:
        self.count += 1
        return self.dir / f"{self.count}{suffix}"

    def compile(self, mlir: str, *flags: str, expect_failure: bool = False, source: str = "") -> pathlib.Path | str:
        """The package, or with expect_failure the diagnostics. `source` names the file, and so the package."""
        source, package = self.dir / source if source else self.path(".mlir"), self.path(".sqapkg")
        source.write_text(mlir)
        command = [str(self.bin / "sqa-compile"), str(source), f"--target={self.isa}", "-o", str(package), *flags]
        result = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if expect_failure:
            if result.returncode == 0:
                raise AssertionError("expected sqa-compile to fail, but it did not")
            if result.returncode < 0 or "Stack dump" in result.stderr:
                raise AssertionError(f"sqa-compile crashed:\n{result.stderr}")
            return result.stderr
        if result.returncode != 0:
            raise AssertionError(f"{' '.join(command)}\n{result.stderr}\n{mlir}")
        return package

    def oracle(self, mlir: str, function: str, inputs: list[Tensor], naive: bool = False) -> list[np.ndarray]:
        """Results in f64; with naive, every op rounded to its type."""
        source = self.path(".mlir")
        source.write_text(mlir)
        command = [str(self.bin / "sqa-interpret"), str(source), f"--function={function}", "--output-f64"]
        if naive:
            command.append("--round-to-types")
        for tensor in inputs:
            name = self.path(".npy")
            np.save(name, np.asarray(tensor.array, order="C"))  # keeps rank 0
            command.append(f"--input=@{name}")
        results = [self.path(".npy") for _ in range(mlir_results(mlir, function))]
        command += [f"--output=@{name}" for name in results]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}\n{done.stderr}\n{mlir}")
        return [np.load(name) for name in results]


def mlir_results(mlir: str, function: str) -> int:
    """How many results a function has, from its text (signatures without nested parentheses)."""
    head = mlir[mlir.index(f"@{function}("):]
    arrow = head.index("->")
    result = head[arrow + 2:head.index("{", arrow)]
    return result.count("tensor<")


FLOOR = {"f32": 1e-6, "f16": 2.0**-11, "bf16": 2.0**-8}


def compare(got: Tensor, want: np.ndarray, naive: np.ndarray | None, scale: float, what: str, bound: float = 0) -> float:
    """NaN and infinities first, then at most twice the naive error plus a floor relative to `scale`.

    `bound` is an a-priori bound of the error, for inputs on which the naive
    computation is right by luck (equal keys round equally).

    Returns the largest error. Raises AssertionError naming the worst element.
    """
    values = decode(got.array, got.dtype)
    if values.shape != want.shape:
        raise AssertionError(f"{what}: expected shape {want.shape}, but got {values.shape}")
    for name, test in (("NaN", np.isnan), ("+inf", np.isposinf), ("-inf", np.isneginf)):
        differ = test(values) != test(want)
        if differ.any():
            where = tuple(int(x) for x in np.argwhere(differ)[0])
            raise AssertionError(f"{what}: {name} at other places: {int(differ.sum())} differ, first {where}: "
                                 f"expected {want[where]}, but got {values[where]}")
    finite = np.isfinite(want)
    if not finite.any():
        return 0.0
    error = np.where(finite, np.abs(values - np.where(finite, want, 0)), 0)
    both = finite if naive is None else finite & np.isfinite(naive)
    naive_error = 0.0 if naive is None else float(np.abs(naive[both] - want[both]).max(initial=0.0))
    limit = bound + 2 * naive_error + FLOOR.get(got.dtype, 0) * max(scale, 1e-30)
    if error.max() > limit:
        where = tuple(int(x) for x in np.unravel_index(int(error.argmax()), error.shape))
        raise AssertionError(f"{what}: error {error.max():.3g} at {where} exceeds {limit:.3g} "
                             f"(naive {naive_error:.3g}): expected {want[where]}, but got {values[where]}")
    return float(error.max())


def largest(x: np.ndarray) -> float:
    """The largest finite magnitude, or 0."""
    return float(np.abs(x[np.isfinite(x)]).max(initial=0.0))


def check_against_oracle(tools: Tools, runtime: Runtime, mlir: str, function: str, inputs: list[Tensor],
                         what: str, naive: bool = True, bound: float = 0) -> list[Tensor]:
    """Compile, run, and compare every result with the oracle."""
    module = runtime.load(tools.compile(mlir))
    outputs = module.run(function, inputs)
    wants = tools.oracle(mlir, function, inputs)
    naives = tools.oracle(mlir, function, inputs, naive=True) if naive else [None] * len(wants)
    for n, (got, want, rough) in enumerate(zip(outputs, wants, naives)):
        # Averages of the values may cancel: their size counts, not only the result's.
        scale = max(largest(want), largest(decode(inputs[2].array, inputs[2].dtype)) if len(inputs) > 2 else 1.0)
        compare(got, want, rough, scale, f"{what}, result {n}", bound)
    return outputs


def main(tests: dict, description: str) -> int:
    """Runs the tests that the command line names; one line each, and a count."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--tools", type=pathlib.Path, required=True, help="folder that holds sqa-compile")
    parser.add_argument("--isa", default="native", help="target to compile for (native)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("names", nargs="*", help=f"tests to run (all of: {', '.join(tests)})")
    arguments = parser.parse_args()
    tools, runtime = Tools(arguments.tools, arguments.isa), Runtime(arguments.tools)
    failed = 0
    for name in arguments.names or tests:
        if name not in tests:
            parser.error(f"expected one of {', '.join(tests)}, but got '{name}'")
        try:
            tests[name](tools, runtime, np.random.default_rng(arguments.seed))
            print(f"ok   {name}", flush=True)
        except (AssertionError, SqartError) as error:
            failed += 1
            print(f"FAIL {name}: {error}", flush=True)
    total = len(arguments.names or tests)
    print(f"{total - failed} passed, {failed} failed")
    return 1 if failed else 0
