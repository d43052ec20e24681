//===- Consumer.h - What a consumer warpgroup carries ----------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_LIB_CONVERSION_ATTNTOHOPPER_CONSUMER_H
#define SQA_LIB_CONVERSION_ATTNTOHOPPER_CONSUMER_H

#include "Kernel.h"

namespace mlir::sqa {

struct KernelBuilder::State {
  Value cursor;      // stage of the next keys
  Value valueCursor; // stage of the values that `weights` wait for
  Value max, sum;    // rows
  Value accumulator; // f32 fragment
  Value weights;     // 16-bit fragment
  Value block;       // whose weights; null if no key is ever hidden

  SmallVector<Value> toValues() const {
    SmallVector<Value> values = {cursor,      valueCursor, max, sum,
                                 accumulator, weights};
    if (block)
      values.push_back(block);
    return values;
  }
  static State of(ValueRange v) {
    return {v[0], v[1], v[2], v[3], v[4], v[5], v.size() > 6 ? v[6] : Value()};
  }
};

struct KernelBuilder::Place {
  QueryTile tile; // its blocks are those that this warpgroup visits
  Value group;    // number of the warpgroup
  Value row;      // its first row
  Value queryCursor;
  bool trims; // some blocks of the tile are skipped
};

} // namespace mlir::sqa

#endif // SQA_LIB_CONVERSION_ATTNTOHOPPER_CONSUMER_H
