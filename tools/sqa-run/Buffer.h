//===- Buffer.h - Memory of an argument between guard bands -----*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Elements start at a 64-byte boundary. With guard bands, kGuardBytes of NaN
// stand on both sides: code that reads them computes NaN, code that writes them
// is found out by bandsIntact(). Test: test/Tools/sqa-run/guards.test.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_SQA_RUN_BUFFER_H
#define SQA_TOOLS_SQA_RUN_BUFFER_H

#include "tools/io/Tensor.h"

#include <cstddef>
#include <memory>

namespace sqa::run {

/// All bits set is a NaN in every float type.
inline constexpr uint8_t kPoison = 0xff;
inline constexpr size_t kGuardBytes = 4096;

class Buffer {
public:
  /// False when there is no memory for it.
  bool allocate(size_t size, bool guarded);

  uint8_t *data() const { return start; }
  size_t size() const { return used; }
  /// The elements with their bands.
  uint8_t *block() const { return start - band(); }
  size_t blockSize() const { return used + 2 * band(); }
  void poison();
  bool bandsIntact() const;

private:
  size_t band() const { return guarded ? kGuardBytes : 0; }

  std::unique_ptr<uint8_t[]> memory;
  size_t total = 0;
  uint8_t *start = nullptr;
  size_t used = 0;
  bool guarded = false;
};

} // namespace sqa::run

#endif // SQA_TOOLS_SQA_RUN_BUFFER_H
