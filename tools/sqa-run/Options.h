//===- Options.h - What the command line of sqa-run says ------ -*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A table of flags that parsing and --help share. Underscores and dashes are
// the same in flag names. Test: test/Tools/sqa-run/usage.test.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_SQA_RUN_OPTIONS_H
#define SQA_TOOLS_SQA_RUN_OPTIONS_H

#include "tools/io/Tensor.h"

#include <optional>
#include <string>
#include <vector>

namespace sqa::run {

using io::Error;

/// Exit codes; documented in --help.
enum ExitCode : int {
  kExitOk = 0,
  kExitMismatch = 1, // a result or a guard band is not what was expected
  kExitUsage = 2,    // the command line, or a tensor it names
  kExitRuntime = 3,  // the package or the call
};

struct Options {
  std::string package;
  std::string function;

  // What to do.
  bool help = false;
  bool version = false;
  bool listFunctions = false;
  bool listDevices = false;
  bool inspect = false;
  bool benchmark = false;
  bool printStatistics = false;

  // Arguments and results.
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> expected;
  std::string parameters;
  std::optional<double> atol, rtol;
  std::vector<double> maxErrors;     // one for all results, or one for each
  std::optional<bool> poisonOutputs; // default: when results are checked
  bool guardBands = false;
  int64_t rowPadding = 0; // elements between rows of every tensor

  // Benchmark.
  int64_t warmup = 3;
  int64_t repetitions = 0; // 0: until minTime
  double minTime = 0.5;
  double flops = 0;
  bool benchmarkJson = false;
  std::string benchmarkOut;

  // Execution and trust.
  int64_t gpu = -1; // number of the device; -1: the CPU
  int64_t threads = 0;
  std::string isa;
  std::string sha256;
  bool allowAnyOwner = false;
  bool allowGroupWritable = false;
};

/// Fills `options`. An error names the flag and what it wants.
Error parseCommandLine(int argc, char **argv, Options &options);

std::string helpText();

} // namespace sqa::run

#endif // SQA_TOOLS_SQA_RUN_OPTIONS_H
