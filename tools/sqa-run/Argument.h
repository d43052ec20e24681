//===- Argument.h - An argument of a call and its memory ------ -*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Row-major rows (innermost dimension) with `padding` elements before the first
// row and after every row. What stands around the elements is NaN.
// Test: test/Tools/sqa-run/checks.test.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_SQA_RUN_ARGUMENT_H
#define SQA_TOOLS_SQA_RUN_ARGUMENT_H

#include "sqart/sqart.h"
#include "tools/sqa-run/Buffer.h"
#include "tools/sqa-run/Options.h"

namespace sqa::run {

/// One argument of a function and the memory behind it.
struct Argument {
  std::string name;
  std::string type;      // as the package writes it: "1x8xSx64xf32"
  std::string parameter; // empty for an ordinary argument
  io::ElementType element = io::ElementType::F32;
  std::vector<int64_t> declared; // io::kAnyExtent where dynamic
  std::vector<int64_t> shape;
  std::vector<int64_t> strides; // in elements; empty if there is no padding
  int64_t padding = 0;          // elements before and between rows
  Buffer buffer;
  std::vector<uint8_t> original; // bytes of an input, if guarded
  bool bound = false;
  DLTensor tensor = {};

  /// Gives the argument memory for its shape, poisoned where it has bands or
  /// padding, and makes `tensor` describe it.
  Error allocate(const Options &options);
  void fill(const std::vector<uint8_t> &bytes);
  /// The elements as the tools' tensor.
  io::Tensor copy() const;
  /// False if something wrote outside of the elements.
  bool surroundingsIntact() const;

private:
  size_t rowBytes() const;
  /// Calls visit(row, offset in the elements) for each row in memory.
  template <typename Visit> void forEachRow(Visit visit) const;
};

/// The tools' name of a DLPack type; false if there is none.
bool elementOf(DLDataType type, io::ElementType &out);

} // namespace sqa::run

#endif // SQA_TOOLS_SQA_RUN_ARGUMENT_H
