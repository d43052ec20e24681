//===- signature.cpp - Signatures as text ---------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "manifest.h"

using namespace sqart;

static std::string dimText(const Dim &dim, const Function &function) {
  switch (dim.kind) {
  case DimKind::Static:
    return std::to_string(dim.value);
  case DimKind::Symbol:
    return function.symbols[size_t(dim.value)];
  case DimKind::Expr:
    return print(dim.expr, function.symbols);
  }
  return "?";
}

static void describeTensor(Tensor &tensor, const Function &function) {
  for (const Dim &dim : tensor.dims) {
    tensor.staticDims.push_back(
        dim.kind == DimKind::Static ? dim.value : SQART_DYNAMIC_DIM);
    tensor.dimTexts.push_back(dimText(dim, function));
    // A text such as "S + P" would not read as one dimension between crosses.
    const std::string &text = tensor.dimTexts.back();
    bool open = text.find(' ') != std::string::npos && text.back() != ')';
    tensor.type += open ? "(" + text + ")x" : text + "x";
  }
  tensor.type += tensor.dtype.name;
  for (const std::string &text : tensor.dimTexts)
    tensor.dimTextPointers.push_back(text.c_str());
}

void sqart::describe(Function &function) {
  std::string &text = function.signature;
  text = function.name + "(";
  for (size_t i = 0; i < function.tensors.size(); ++i) {
    Tensor &tensor = function.tensors[i];
    describeTensor(tensor, function);
    if (i == function.numInputs)
      text += ") -> (";
    else if (i != 0)
      text += ", ";
    text += tensor.name + ": " + tensor.type;
  }
  if (function.numOutputs() == 0)
    text += ") -> (";
  text += ")";
}
