//===- cpu.h - What the CPU and the system under it can do ----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SQART_SRC_CPU_H
#define SQART_SRC_CPU_H

#include <string>
#include <string_view>
#include <vector>

namespace sqart {

// True if this machine has the feature of that name (LLVM's spelling, such as
// "avx512bf16") and its operating system keeps the registers it needs. Names
// that are not known here count as missing.
bool cpuHas(std::string_view feature);

// The first of `features` that this machine lacks, or null.
const std::string *firstMissing(const std::vector<std::string> &features);

} // namespace sqart

#endif // SQART_SRC_CPU_H
