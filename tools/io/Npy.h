//===- Npy.h - NumPy's .npy files and raw files -----------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads format versions 1.0 to 3.0 and writes 1.0. Little-endian only; Fortran
// order is turned into C order; exactly one array a file, and every byte of the
// file must be accounted for. Nothing is allocated on the word of a header: the
// file's own size is the bound.
//
// bf16 has no NumPy type. It is written as `<V2` (what np.save writes for
// ml_dtypes.bfloat16) and read from `<V2`, `|V2`, or, where the caller knows
// that bf16 is meant, from `<u2` (see reinterpretAs).
//
// Test: tools/io/test/NpyTest.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_IO_NPY_H
#define SQA_TOOLS_IO_NPY_H

#include "tools/io/Tensor.h"

namespace sqa::io {

Error parseNpy(const uint8_t *data, size_t size, Tensor &out);
Error readNpy(const std::string &path, Tensor &out);
std::string formatNpy(const Tensor &tensor);
Error writeNpy(const std::string &path, const Tensor &tensor);

/// The whole of a regular file.
Error readFile(const std::string &path, std::vector<uint8_t> &out);
/// Row-major elements and nothing else: the size must be exact.
Error readRaw(const std::string &path, ElementType type,
              std::vector<int64_t> shape, Tensor &out);

} // namespace sqa::io

#endif // SQA_TOOLS_IO_NPY_H
