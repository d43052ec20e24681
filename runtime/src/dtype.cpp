//===- dtype.cpp - Element types and their names --------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dtype.h"

#include <cstdio>

using namespace sqart;

static const DtypeInfo table[numDtypes] = {
    {nullptr, {0, 0, 0}},         {"f16", {kDLFloat, 16, 1}},
    {"bf16", {kDLBfloat, 16, 1}}, {"f32", {kDLFloat, 32, 1}},
    {"f64", {kDLFloat, 64, 1}},   {"i1", {kDLBool, 8, 1}},
    {"i8", {kDLInt, 8, 1}},       {"i16", {kDLInt, 16, 1}},
    {"i32", {kDLInt, 32, 1}},     {"i64", {kDLInt, 64, 1}},
    {"u8", {kDLUInt, 8, 1}},      {"u16", {kDLUInt, 16, 1}},
    {"u32", {kDLUInt, 32, 1}},    {"u64", {kDLUInt, 64, 1}},
};

const DtypeInfo *sqart::dtypeInfo(uint8_t dtype) {
  return dtype == 0 || dtype >= numDtypes ? nullptr : &table[dtype];
}

DtypeText::DtypeText(DLDataType type) {
  for (uint8_t i = 1; i < numDtypes; ++i) {
    DLDataType known = table[i].dlpack;
    if (known.code == type.code && known.bits == type.bits &&
        known.lanes == type.lanes) {
      std::snprintf(text, sizeof(text), "%s", table[i].name);
      return;
    }
  }
  std::snprintf(text, sizeof(text), "DLPack code %u, %u bits, %u lanes",
                type.code, type.bits, type.lanes);
}
