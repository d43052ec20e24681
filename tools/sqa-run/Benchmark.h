//===- Benchmark.h - Time calls: median and spread ------------ -*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Test: test/Tools/sqa-run/benchmark.test.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_SQA_RUN_BENCHMARK_H
#define SQA_TOOLS_SQA_RUN_BENCHMARK_H

#include "tools/sqa-run/Call.h"

namespace sqa::run {

struct Timing {
  std::string function;
  std::string isa;
  int32_t threads = 0;
  std::string device; // "" for the CPU
  double flops = 0;
  std::vector<double> seconds; // one a call, sorted by summarise()

  double quantile(double part) const;
};

/// True if that many calls, of that many seconds in all, are what is asked for.
bool isDone(const Options &options, size_t count, double total);

/// Warm-up, then timed calls. False if a call failed (sqart_last_error).
bool measure(Call &call, sqart_module_t *module, const Options &options,
             Timing &timing);

std::string timingTable(const Timing &timing);
std::string timingJson(const Timing &timing);

} // namespace sqa::run

#endif // SQA_TOOLS_SQA_RUN_BENCHMARK_H
