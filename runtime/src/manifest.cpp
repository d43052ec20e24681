//===- manifest.cpp - What a package says, as plain data ------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// The FlatBuffers verifier first (structure), then the rules M1..M9 below and
// M11 of manifest_gpu.cpp (meaning). A structure that passes may still share
// one table many times, so every copy is charged to a budget in proportion to
// the section (M2): neither memory nor time exceeds a small multiple of the
// file.
//
// Wrong if: a field is used before its enum was checked, or copied uncharged.

#include "manifest_reader.h"

#include "sqart/kernel_abi.h"

#include <algorithm>

using namespace sqart;

static constexpr size_t maxManifestBytes = size_t(64) << 20;
static constexpr size_t maxFunctions = 4096;
static constexpr size_t maxTensors = 65536;
static constexpr size_t maxSymbols = 4096;
static constexpr size_t maxConstraints = 4096;
static constexpr size_t maxVariants = 16;
static constexpr size_t maxFeatures = 64;
static constexpr size_t maxNameBytes = 255;
static constexpr size_t maxTextBytes = 65535;

static bool accepts(Charset charset, unsigned char c) {
  if (c >= 0x21 && c <= 0x7e)
    return charset != Charset::Name || (c != '"' && c != '\\');
  if (c == ' ')
    return charset != Charset::Name;
  return (c == '\n' || c == '\t') && charset == Charset::Text;
}

static bool isDeviceSet(uint32_t devices) {
  return devices != 0 && !(devices & ~(deviceCpu | deviceCuda));
}

// M2: all that is copied, shared or not, is at most twice the section + 64 KiB.
sqart_status_t ManifestReader::charge(size_t bytes) {
  if (bytes > budget)
    return malformed("M2", "the manifest", "shares too much");
  budget -= bytes;
  return SQART_STATUS_OK;
}

// M3: counts are within the limits of manifest.fbs.
sqart_status_t ManifestReader::count(size_t got, size_t limit,
                                     const char *what) {
  if (got <= limit)
    return SQART_STATUS_OK;
  return fail(SQART_STATUS_MALFORMED,
              "manifest rule M3: %s: expected at most %zu, but got %zu", what,
              limit, got);
}

// M4: strings are of their length and characters.
sqart_status_t ManifestReader::string(const flatbuffers::String *in,
                                      Charset charset, const char *what,
                                      std::string &out) {
  size_t limit = charset == Charset::Text ? maxTextBytes : maxNameBytes;
  if (in->size() > limit || (charset == Charset::Name && in->size() == 0))
    return malformed("M4", what, "unexpected length");
  SQART_TRY(charge(in->size() + 5));
  for (size_t i = 0; i < in->size(); ++i)
    if (!accepts(charset, in->Data()[i]))
      return malformed("M4", what, "unexpected character");
  out.assign(in->c_str(), in->size());
  return SQART_STATUS_OK;
}

// M6: expressions are well formed.
sqart_status_t
ManifestReader::expr(const flatbuffers::Vector<const fb::ExprStep *> *in,
                     size_t numSymbols, const char *what, Expr &out) {
  SQART_TRY(count(in->size(), maxExprSteps, what));
  SQART_TRY(charge(in->size() * sizeof(fb::ExprStep)));
  // The verifier leaves the alignment of structs in vectors open, so they are
  // copied out before they are looked at.
  for (size_t i = 0; i < in->size(); ++i) {
    fb::ExprStep step;
    std::memcpy(static_cast<void *>(&step), in->Data() + i * sizeof(step),
                sizeof(step));
    out.push_back({ExprOp(step.op()), step.value()});
  }
  if (const char *why = checkExpr(out, numSymbols))
    return malformed("M6", what, why);
  return SQART_STATUS_OK;
}

// M7: a dimension has exactly what its kind needs.
sqart_status_t ManifestReader::dim(const fb::Dim &in, size_t numSymbols,
                                   Dim &out) {
  SQART_TRY(charge(12));
  out.kind = DimKind(in.kind());
  out.value = in.value();
  if ((in.expr() != nullptr) != (out.kind == DimKind::Expr))
    return malformed("M7", "dimension", "kind and expression do not agree");
  switch (out.kind) {
  case DimKind::Static:
    if (in.value() < 0)
      return malformed("M7", "dimension", "negative");
    return SQART_STATUS_OK;
  case DimKind::Symbol:
    if (in.value() < 0 || uint64_t(in.value()) >= numSymbols)
      return malformed("M7", "dimension", "unknown symbol");
    return SQART_STATUS_OK;
  case DimKind::Expr:
    if (in.value() != 0)
      return malformed("M7", "dimension", "expression with a value");
    return expr(in.expr(), numSymbols, "dimension", out.expr);
  }
  return malformed("M7", "dimension", "unknown kind");
}

sqart_status_t ManifestReader::tensor(const fb::Tensor &in, bool isInput,
                                      size_t numSymbols, Tensor &out) {
  SQART_TRY(charge(16));
  SQART_TRY(string(in.name(), Charset::Name, "tensor name", out.name));
  const DtypeInfo *dtype = dtypeInfo(uint8_t(in.dtype()));
  if (!dtype)
    return malformed("M7", "tensor", "unknown element type");
  out.dtype = *dtype;
  SQART_TRY(count(in.dims()->size(), maxRank, "rank"));
  out.dims.reserve(in.dims()->size());
  for (const fb::Dim *d : *in.dims())
    SQART_TRY(dim(*d, numSymbols, out.dims.emplace_back()));
  if (!in.parameter())
    return SQART_STATUS_OK;
  if (!isInput)
    return malformed("M7", "output", "a parameter name");
  out.isParameter = true;
  return string(in.parameter(), Charset::Name, "parameter name", out.parameter);
}

sqart_status_t ManifestReader::function(const fb::Function &in, Function &out) {
  SQART_TRY(charge(24));
  SQART_TRY(string(in.name(), Charset::Name, "function name", out.name));
  SQART_TRY(count(in.symbols()->size(), maxSymbols, "symbols"));
  for (const flatbuffers::String *symbol : *in.symbols())
    SQART_TRY(string(symbol, Charset::Name, "symbol name",
                     out.symbols.emplace_back()));
  SQART_TRY(unique(out.symbols, "symbols"));
  size_t numSymbols = out.symbols.size();

  out.numInputs = in.inputs()->size();
  SQART_TRY(count(out.numInputs + in.outputs()->size(), maxTensors, "tensors"));
  for (const fb::Tensor *t : *in.inputs())
    SQART_TRY(tensor(*t, true, numSymbols, out.tensors.emplace_back()));
  for (const fb::Tensor *t : *in.outputs())
    SQART_TRY(tensor(*t, false, numSymbols, out.tensors.emplace_back()));
  std::vector<std::string_view> names;
  for (const Tensor &t : out.tensors)
    names.push_back(t.name);
  SQART_TRY(unique(names, "tensors of a function"));

  if (in.constraints()) {
    SQART_TRY(count(in.constraints()->size(), maxConstraints, "constraints"));
    for (const fb::Constraint *c : *in.constraints()) {
      Constraint &to = out.constraints.emplace_back();
      SQART_TRY(charge(16));
      SQART_TRY(expr(c->lhs(), numSymbols, "constraint", to.lhs));
      SQART_TRY(expr(c->rhs(), numSymbols, "constraint", to.rhs));
      SQART_TRY(string(c->text(), Charset::Line, "constraint text", to.text));
    }
  }
  if (in.remarks())
    SQART_TRY(string(in.remarks(), Charset::Text, "remarks", out.remarks));
  if (in.schedule())
    SQART_TRY(string(in.schedule(), Charset::Text, "schedule", out.schedule));
  out.devices = in.devices();
  if (!isDeviceSet(out.devices))
    return malformed("M7", "function", "unknown kind of device");

  // M8: every symbol is a plain dimension of an input.
  std::vector<bool> bound(numSymbols, false);
  for (size_t i = 0; i < out.numInputs; ++i)
    for (const Dim &d : out.tensors[i].dims)
      if (d.kind == DimKind::Symbol)
        bound[size_t(d.value)] = true;
  if (std::find(bound.begin(), bound.end(), false) != bound.end())
    return malformed("M8", "symbol", "no input has it as a dimension");
  return SQART_STATUS_OK;
}

sqart_status_t ManifestReader::variant(const fb::Variant &in, Variant &out) {
  SQART_TRY(charge(16));
  SQART_TRY(string(in.isa(), Charset::Name, "isa", out.isa));
  SQART_TRY(count(in.features()->size(), maxFeatures, "features"));
  for (const flatbuffers::String *f : *in.features()) {
    SQART_TRY(string(f, Charset::Name, "feature", out.features.emplace_back()));
    out.featureList += (out.featureList.empty() ? "" : ",");
    out.featureList += out.features.back();
  }
  out.section = in.section();
  out.priority = in.priority();
  out.devices = in.devices();
  if (!isDeviceSet(out.devices))
    return malformed("M7", "variant", "unknown kind of device");
  return unique(out.features, "features");
}

sqart_status_t ManifestReader::manifest(const fb::Manifest &in, Manifest &out) {
  // M9: made for this kernel ABI. First, as all else may differ in another.
  out.kernelAbiVersion = in.kernel_abi_version();
  if (out.kernelAbiVersion != SQART_KERNEL_ABI_VERSION)
    return fail(SQART_STATUS_VERSION,
                "manifest rule M9: expected kernel ABI version %u, but got %u",
                SQART_KERNEL_ABI_VERSION, out.kernelAbiVersion);
  SQART_TRY(string(in.producer(), Charset::Line, "producer", out.producer));
  SQART_TRY(string(in.package_name(), Charset::Name, "package name", out.name));
  SQART_TRY(count(in.section_names()->size(), 65536, "section names"));
  for (const flatbuffers::String *name : *in.section_names())
    SQART_TRY(string(name, Charset::Name, "section name",
                     out.sectionNames.emplace_back()));
  SQART_TRY(unique(out.sectionNames, "sections"));

  SQART_TRY(count(in.functions()->size(), maxFunctions, "functions"));
  std::vector<std::string_view> names;
  for (const fb::Function *f : *in.functions())
    SQART_TRY(function(*f, out.functions.emplace_back()));
  for (const Function &f : out.functions)
    names.push_back(f.name);
  SQART_TRY(unique(names, "functions"));

  SQART_TRY(count(in.variants()->size(), maxVariants, "variants"));
  for (const fb::Variant *v : *in.variants())
    SQART_TRY(variant(*v, out.variants.emplace_back()));
  names.clear();
  for (const Variant &v : out.variants)
    names.push_back(v.isa);
  SQART_TRY(unique(names, "variants"));
  if (in.gpu_modules())
    SQART_TRY(gpuModules(*in.gpu_modules(), out.gpuModules));
  for (const Function &f : out.functions)
    if (f.devices & deviceCuda && out.gpuModules.empty())
      return malformed("M11", "function", "for GPUs, but there is no module");

  if (in.remarks())
    SQART_TRY(string(in.remarks(), Charset::Text, "remarks", out.remarks));
  if (in.schedule())
    SQART_TRY(string(in.schedule(), Charset::Text, "schedule", out.schedule));
  for (Function &f : out.functions)
    describe(f);
  return SQART_STATUS_OK;
}

// M1: the FlatBuffers verifier accepts the section, of at most 64 MiB.
sqart_status_t sqart::parseManifest(ByteView bytes, Manifest &out) {
  if (bytes.size > maxManifestBytes)
    return malformed("M1", "the manifest", "over 64 MiB");
  // A table takes at least 8 bytes, unless it is shared.
  flatbuffers::Verifier verifier(bytes.data, bytes.size, /*max_depth=*/16,
                                 /*max_tables=*/bytes.size / 2 + 64);
  if (bytes.size < 8 || !fb::VerifyManifestBuffer(verifier))
    return malformed("M1", "the manifest", "not a valid FlatBuffer");
  return ManifestReader(bytes.size).manifest(*fb::GetManifest(bytes.data), out);
}
