//===- Inspect.h - What a package says about itself, as text ----*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Test: test/Tools/sqa-run/inspect.test.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_SQA_RUN_INSPECT_H
#define SQA_TOOLS_SQA_RUN_INSPECT_H

#include "sqart/sqart.h"

#include <string>

namespace sqa::run {

/// One signature a line.
std::string listFunctions(const sqart_package_t *package);

/// Header, sections, variants, functions, schedule and remarks.
std::string inspect(const sqart_package_t *package);

} // namespace sqa::run

#endif // SQA_TOOLS_SQA_RUN_INSPECT_H
