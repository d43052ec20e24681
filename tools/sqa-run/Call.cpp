//===- Call.cpp - One call: inputs, outputs, checks -----------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/sqa-run/Call.h"
#include "sqart/cuda.h"
#include "tools/io/Compare.h"
#include "tools/io/InputSpec.h"
#include "tools/io/Npy.h"
#include "tools/io/Print.h"

#include <cstdio>

namespace sqa::run {

Error runtimeError(const std::string &what) {
  return Error(what + ": " + sqart_last_error());
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

static Error describeArgument(const sqart_package_t *package, uint32_t function,
                              uint32_t index, Argument &out) {
  sqart_tensor_info_t info = {};
  info.struct_size = sizeof(info);
  if (sqart_package_get_tensor(package, function, index, &info) !=
      SQART_STATUS_OK)
    return runtimeError("argument " + std::to_string(index));
  out.name = info.name;
  out.type = info.type;
  out.parameter = info.parameter ? info.parameter : "";
  if (!elementOf(info.dtype, out.element))
    return Error("argument '" + out.name + "' has a type that this tool does " +
                 "not know: " + info.dtype_name);
  for (int32_t d = 0; d < info.rank; ++d)
    out.declared.push_back(info.dims[d] == SQART_DYNAMIC_DIM ? io::kAnyExtent
                                                             : info.dims[d]);
  out.tensor.device = {kDLCPU, 0};
  out.tensor.ndim = info.rank;
  out.tensor.dtype = info.dtype;
  return Error::success();
}

Call::~Call() { sqart_parameters_close(parameters); }

Error Call::setFunction(const sqart_package_t *from, uint32_t number) {
  package = from;
  function = number;
  sqart_function_info_t info = {};
  info.struct_size = sizeof(info);
  if (sqart_package_get_function(package, function, &info) != SQART_STATUS_OK)
    return runtimeError("function " + std::to_string(function));
  functionName = info.name;
  inputs.resize(info.num_inputs);
  outputs.resize(info.num_outputs);
  for (uint32_t i = 0; i < info.num_inputs + info.num_outputs; ++i) {
    Argument &argument =
        i < info.num_inputs ? inputs[i] : outputs[i - info.num_inputs];
    if (Error error = describeArgument(package, function, i, argument))
      return error;
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

/// Splits `NAME=SPEC` where NAME is one of `arguments`; null for a plain SPEC.
/// A file and a type such as 2x3xf32 are never taken for names.
static Error splitName(std::vector<Argument> &arguments,
                       const std::string &text, Argument *&argument,
                       std::string &spec) {
  argument = nullptr;
  spec = text;
  const size_t equals = text.find('=');
  io::ElementType type;
  std::vector<int64_t> shape;
  if (text[0] == '@' || equals == std::string::npos ||
      !io::parseTensorType(std::string_view(text).substr(0, equals), type,
                           shape))
    return Error::success();
  const std::string name = text.substr(0, equals);
  std::string known;
  for (Argument &candidate : arguments) {
    if (candidate.name == name) {
      argument = &candidate;
      spec = text.substr(equals + 1);
      return Error::success();
    }
    known += (known.empty() ? "" : ", ") + candidate.name;
  }
  return Error("'" + name + "' is neither a type such as 2x3xf32 nor one of " +
               known);
}

Error Call::bindTensor(Argument &argument, io::Tensor tensor,
                       const Options &options) {
  if (Error error =
          io::checkTensor(tensor, argument.element, argument.declared))
    return Error("input '" + argument.name + "' (" + argument.type +
                 "): " + error.str());
  argument.shape = tensor.shape;
  if (Error error = argument.allocate(options))
    return Error("input " + error.str());
  argument.fill(tensor.bytes);
  if (options.guardBands)
    argument.original = std::move(tensor.bytes);
  argument.bound = true;
  return Error::success();
}

Error Call::bindSpec(Argument &argument, const std::string &spec,
                     const Options &options) {
  if (argument.bound)
    return Error("input '" + argument.name + "' is given twice");
  io::Tensor tensor;
  if (Error error = io::parseInputSpec(spec, tensor))
    return Error("input '" + argument.name + "' (" + argument.type +
                 "): " + error.str());
  return bindTensor(argument, std::move(tensor), options);
}

static void appendNames(const sqart_parameters_t *parameters,
                        std::string &text) {
  constexpr uint32_t kShown = 8;
  const uint32_t count = sqart_parameters_count(parameters);
  for (uint32_t i = 0; i < count && i < kShown; ++i) {
    const char *name = nullptr;
    const DLTensor *tensor = nullptr;
    if (sqart_parameters_get(parameters, i, &name, &tensor) == SQART_STATUS_OK)
      text += std::string(i ? ", " : "") + name;
  }
  if (count > kShown)
    text += ", ... (" + std::to_string(count) + " in all)";
}

Error Call::bindParameters(const Options &options) {
  if (options.parameters.empty())
    return Error::success();
  if (sqart_parameters_open(options.parameters.c_str(), 0, &parameters) !=
      SQART_STATUS_OK)
    return runtimeError("--parameters");
  for (Argument &argument : inputs) {
    if (argument.parameter.empty() || argument.bound)
      continue;
    const DLTensor *tensor = nullptr;
    if (sqart_parameters_find(parameters, argument.parameter.c_str(),
                              &tensor) != SQART_STATUS_OK) {
      std::string message = "--parameters: " + options.parameters +
                            " has no tensor '" + argument.parameter +
                            "' for input '" + argument.name + "' (" +
                            argument.type + "); it has ";
      appendNames(parameters, message);
      return Error(message);
    }
    argument.tensor = *tensor;
    argument.shape.assign(tensor->shape, tensor->shape + tensor->ndim);
    argument.bound = true;
  }
  return Error::success();
}

Error Call::missingInputs() const {
  std::string message;
  size_t missing = 0;
  for (const Argument &argument : inputs) {
    if (argument.bound)
      continue;
    ++missing;
    message += "\n  --input=" + argument.name + "=";
    // A dynamic dimension is written as a number to be replaced.
    for (int64_t extent : argument.declared)
      message += std::to_string(extent == io::kAnyExtent ? 16 : extent) + "x";
    message += std::string(io::nameOf(argument.element)) + "=random(1)";
    if (!argument.parameter.empty())
      message += "   (or --parameters with '" + argument.parameter + "')";
  }
  if (!missing)
    return Error::success();
  return Error("function '" + functionName + "' has " +
               std::to_string(inputs.size()) + " inputs, and " +
               std::to_string(missing) +
               " are not given. With numbers of your own, such as" + message);
}

Error Call::bindInputs(const Options &options) {
  std::vector<std::string> positional;
  for (const std::string &text : options.inputs) {
    Argument *argument = nullptr;
    std::string spec;
    if (Error error = splitName(inputs, text, argument, spec))
      return Error("--input: " + error.str());
    if (!argument)
      positional.push_back(spec);
    else if (Error error = bindSpec(*argument, spec, options))
      return error;
  }
  if (Error error = bindParameters(options))
    return error;
  size_t next = 0;
  for (Argument &argument : inputs) {
    if (argument.bound || next == positional.size())
      continue;
    if (Error error = bindSpec(argument, positional[next++], options))
      return error;
  }
  if (next != positional.size())
    return Error("function '" + functionName + "' takes " +
                 std::to_string(next) + " inputs in argument order, but " +
                 std::to_string(positional.size()) +
                 " are given; see --list-functions");
  if (Error error = missingInputs())
    return error;
  for (Argument &argument : inputs)
    inputTensors.push_back(&argument.tensor);
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

Error Call::allocateOutputs(const Options &options) {
  const bool poison = options.poisonOutputs.value_or(!options.expected.empty());
  for (size_t i = 0; i < outputs.size(); ++i) {
    Argument &output = outputs[i];
    output.shape.resize(output.declared.size());
    if (sqart_package_output_shape(package, function, inputTensors.data(),
                                   inputTensors.size(), i, output.shape.data(),
                                   output.shape.size()) != SQART_STATUS_OK)
      return runtimeError("output '" + output.name + "'");
    if (Error error = output.allocate(options))
      return Error("output " + error.str());
    if (poison || options.guardBands)
      output.buffer.poison();
    outputTensors.push_back(&output.tensor);
  }
  return Error::success();
}

sqart_status_t Call::invoke(sqart_module_t *module) {
  return sqart_module_invoke(module, function, inputTensors.data(),
                             inputTensors.size(), outputTensors.data(),
                             outputTensors.size());
}

sqart_status_t Call::enqueue(sqart_module_t *module, void *stream) {
  sqart_cuda_call_options_t options = sqart_cuda_call_options_default();
  options.stream = stream;
  return sqart_module_invoke_cuda(module, function, inputTensors.data(),
                                  inputTensors.size(), outputTensors.data(),
                                  outputTensors.size(), &options);
}

Error Call::checkGuards() const {
  for (const std::vector<Argument> *group : {&inputs, &outputs})
    for (const Argument &argument : *group) {
      if (!argument.surroundingsIntact())
        return Error("the call wrote outside of '" + argument.name + "'");
      if (argument.original.size() &&
          argument.original != argument.copy().bytes)
        return Error("the call changed its input '" + argument.name + "'");
    }
  return Error::success();
}

static Error writeOutput(const Argument &output, const std::string &target) {
  if (target == "-") {
    std::printf("%s: %s\n", output.name.c_str(),
                io::formatTensor(output.copy()).c_str());
    return Error::success();
  }
  if (target.size() < 2 || target[0] != '@')
    return Error("--output: expected @FILE.npy or -, but got '" + target + "'");
  return io::writeNpy(target.substr(1), output.copy());
}

Error Call::writeOutputs(const Options &options) {
  const bool quiet = !options.expected.empty() || options.benchmark;
  if (options.outputs.empty() && !quiet)
    for (const Argument &output : outputs)
      if (Error error = writeOutput(output, "-"))
        return error;
  size_t next = 0;
  for (const std::string &text : options.outputs) {
    Argument *output = nullptr;
    std::string target;
    if (Error error = splitName(outputs, text, output, target))
      return Error("--output: " + error.str());
    if (!output && next == outputs.size())
      return Error("--output: function '" + functionName + "' has " +
                   std::to_string(outputs.size()) + " results");
    if (Error error = writeOutput(output ? *output : outputs[next++], target))
      return error;
  }
  return Error::success();
}

static io::Tolerance toleranceFor(const Options &options,
                                  io::ElementType element, size_t result) {
  io::Tolerance tolerance = io::defaultTolerance(element);
  tolerance.absolute = options.atol.value_or(tolerance.absolute);
  tolerance.relative = options.rtol.value_or(tolerance.relative);
  const std::vector<double> &errors = options.maxErrors;
  if (!errors.empty())
    tolerance = {errors[std::min(result, errors.size() - 1)], 0};
  return tolerance;
}

Error Call::compareOutputs(const Options &options, bool &passed) {
  size_t next = 0;
  for (const std::string &text : options.expected) {
    Argument *output = nullptr;
    std::string spec;
    if (Error error = splitName(outputs, text, output, spec))
      return Error("--expected-output: " + error.str());
    if (!output && next == outputs.size())
      return Error("--expected-output: function '" + functionName + "' has " +
                   std::to_string(outputs.size()) + " results");
    if (!output)
      output = &outputs[next++];
    if (spec == "(ignored)")
      continue;
    io::Tensor expected;
    if (Error error = io::parseInputSpec(spec, expected))
      return Error("--expected-output of '" + output->name +
                   "': " + error.str());
    // NumPy writes bf16 as bytes or as ui16; wider types stay as they are.
    (void)io::reinterpretAs(expected, output->element);
    const io::Tensor actual = output->copy();
    const io::Tolerance tolerance =
        toleranceFor(options, output->element, size_t(output - outputs.data()));
    const io::Comparison result = io::compare(actual, expected, tolerance);
    passed &= result.passed();
    std::printf("%s: %s", output->name.c_str(),
                io::describe(result, actual, expected, tolerance).c_str());
  }
  return Error::success();
}

} // namespace sqa::run
