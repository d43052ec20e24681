//===- Call.h - One call: inputs, outputs, checks ---------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   Call call(package, function);
//   call.bind(options) -> call.allocateOutputs(options) -> call.invoke(module)
//   -> call.writeOutputs(options), call.compareOutputs(options)
//
// Inputs come from --input in argument order, by NAME=, or from --parameters;
// what a parameter file binds takes no place in the argument order.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_SQA_RUN_CALL_H
#define SQA_TOOLS_SQA_RUN_CALL_H

#include "sqart/sqart.h"
#include "tools/sqa-run/Argument.h"
#include "tools/sqa-run/Options.h"

namespace sqa::run {

class Call {
public:
  Call() = default;
  Call(const Call &) = delete;
  ~Call();

  /// Reads the signature. `package` must live as long as this.
  Error setFunction(const sqart_package_t *package, uint32_t function);

  Error bindInputs(const Options &options);
  Error allocateOutputs(const Options &options);
  sqart_status_t invoke(sqart_module_t *module);
  /// The same on a stream, for tensors that were moved to a GPU.
  sqart_status_t enqueue(sqart_module_t *module, void *stream);

  /// Empty if guard bands and inputs are as they were.
  Error checkGuards() const;
  Error writeOutputs(const Options &options);
  /// Prints one report a comparison; sets `passed` to false at a mismatch.
  Error compareOutputs(const Options &options, bool &passed);

  std::vector<Argument> inputs, outputs;
  std::string functionName;

private:
  Error bindParameters(const Options &options);
  Error bindSpec(Argument &argument, const std::string &spec,
                 const Options &options);
  Error bindTensor(Argument &argument, io::Tensor tensor,
                   const Options &options);
  Error missingInputs() const;

  const sqart_package_t *package = nullptr;
  uint32_t function = 0;
  sqart_parameters_t *parameters = nullptr;
  std::vector<const DLTensor *> inputTensors, outputTensors;
};

/// Runtime's last error as an Error with `what` in front.
Error runtimeError(const std::string &what);

} // namespace sqa::run

#endif // SQA_TOOLS_SQA_RUN_CALL_H
