//===- ArtifactWriter.cpp - The bytes of a package ------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Header, section table and sections by the rules F1..F8 of package_format.h,
// the manifest by manifest.fbs. Nothing here depends on time, place or order of
// execution. Test: test/Tools/sqa-compile/reproducible.mlir.
//
//===----------------------------------------------------------------------===//

#include "sqa/Target/ArtifactWriter.h"
#include "mlir/IR/AffineExpr.h"
#include "runtime/include/sqart/kernel_abi.h"
#include "runtime/include/sqart/package_format.h"
#include "sqart/manifest_generated.h"
#include "support/sha256.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::sqa;
namespace fb = sqart::manifest;

namespace {
struct Section {
  sqart_section_kind_t kind;
  std::string name;
  uint32_t alignment;
  StringRef bytes;
};
} // namespace

//===----------------------------------------------------------------------===//
// Manifest
//===----------------------------------------------------------------------===//

// Postfix: operands first.
static void flatten(AffineExpr expr, std::vector<fb::ExprStep> &steps) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    steps.emplace_back(fb::ExprOp::PushConst, constant.getValue());
    return;
  }
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    steps.emplace_back(fb::ExprOp::PushSymbol, symbol.getPosition());
    return;
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  flatten(binary.getLHS(), steps);
  flatten(binary.getRHS(), steps);
  fb::ExprOp op = fb::ExprOp::Invalid;
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    op = fb::ExprOp::Add;
    break;
  case AffineExprKind::Mul:
    op = fb::ExprOp::Mul;
    break;
  case AffineExprKind::FloorDiv:
    op = fb::ExprOp::FloorDiv;
    break;
  case AffineExprKind::CeilDiv:
    op = fb::ExprOp::CeilDiv;
    break;
  case AffineExprKind::Mod:
    op = fb::ExprOp::Mod;
    break;
  default:
    llvm_unreachable("shapes have no dimensions");
  }
  steps.emplace_back(op, 0);
}

static flatbuffers::Offset<fb::Dim> writeDim(flatbuffers::FlatBufferBuilder &b,
                                             AffineExpr expr) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return fb::CreateDim(b, fb::DimKind::Static, constant.getValue());
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return fb::CreateDim(b, fb::DimKind::Symbol, symbol.getPosition());
  std::vector<fb::ExprStep> steps;
  flatten(expr, steps);
  return fb::CreateDim(b, fb::DimKind::Expr, 0, b.CreateVectorOfStructs(steps));
}

static flatbuffers::Offset<fb::Tensor>
writeTensor(flatbuffers::FlatBufferBuilder &b, const ManifestTensor &tensor) {
  std::vector<flatbuffers::Offset<fb::Dim>> dims;
  for (AffineExpr expr : tensor.shape.getResults())
    dims.push_back(writeDim(b, expr));
  auto name = b.CreateString(tensor.name);
  auto allDims = b.CreateVector(dims);
  flatbuffers::Offset<flatbuffers::String> parameter;
  if (!tensor.parameter.empty())
    parameter = b.CreateString(tensor.parameter);
  return fb::CreateTensor(b, name, fb::Dtype(tensor.dtype), allDims, parameter);
}

static flatbuffers::Offset<fb::Function>
writeFunction(flatbuffers::FlatBufferBuilder &b,
              const ManifestFunction &function) {
  std::vector<flatbuffers::Offset<fb::Tensor>> inputs, outputs;
  for (const ManifestTensor &tensor : function.inputs)
    inputs.push_back(writeTensor(b, tensor));
  for (const ManifestTensor &tensor : function.outputs)
    outputs.push_back(writeTensor(b, tensor));
  std::vector<std::string> symbols(function.symbols.begin(),
                                   function.symbols.end());
  auto name = b.CreateString(function.name);
  auto allSymbols = b.CreateVectorOfStrings(symbols);
  auto allInputs = b.CreateVector(inputs);
  auto allOutputs = b.CreateVector(outputs);
  return fb::CreateFunction(b, name, allSymbols, allInputs, allOutputs,
                            /*constraints=*/0, /*remarks=*/0, /*schedule=*/0,
                            function.devices);
}

static flatbuffers::Offset<fb::GpuModule>
writeGpuModule(flatbuffers::FlatBufferBuilder &b,
               const PackageGpuModule &module, uint32_t section) {
  std::vector<flatbuffers::Offset<fb::GpuKernel>> kernels;
  for (const PackageKernel &kernel : module.kernels) {
    auto name = b.CreateString(kernel.name);
    auto parameters =
        b.CreateVector(kernel.parameters.data(), kernel.parameters.size());
    kernels.push_back(fb::CreateGpuKernel(
        b, name, parameters, kernel.threads, kernel.registers,
        /*shared_bytes=*/0, kernel.dynamicSharedBytes));
  }
  auto arch = b.CreateString(module.arch);
  auto allKernels = b.CreateVector(kernels);
  return fb::CreateGpuModule(b, arch, /*program=*/0, section, allKernels);
}

// The manifest keeps lines; the sections keep everything.
static std::string writeManifest(const PackageContents &contents,
                                 ArrayRef<Section> sections) {
  flatbuffers::FlatBufferBuilder b;
  std::vector<flatbuffers::Offset<fb::Function>> functions;
  for (const ManifestFunction &function : contents.functions)
    functions.push_back(writeFunction(b, function));
  std::vector<flatbuffers::Offset<fb::Variant>> variants;
  std::vector<flatbuffers::Offset<fb::GpuModule>> gpuModules;
  std::vector<std::string> names;
  for (auto [index, section] : llvm::enumerate(sections)) {
    names.push_back(section.name);
    if (section.kind == SQART_SECTION_KIND_PTX ||
        section.kind == SQART_SECTION_KIND_CUBIN)
      gpuModules.push_back(writeGpuModule(
          b, contents.gpuModules[gpuModules.size()], uint32_t(index)));
    if (section.kind != SQART_SECTION_KIND_CPU_CODE)
      continue;
    const PackageVariant &variant = contents.variants[variants.size()];
    std::vector<std::string> features(variant.features.begin(),
                                      variant.features.end());
    auto isa = b.CreateString(variant.isa);
    auto allFeatures = b.CreateVectorOfStrings(features);
    variants.push_back(fb::CreateVariant(b, isa, allFeatures, index,
                                         variant.priority, variant.devices));
  }
  auto producer = b.CreateString(contents.producer);
  auto name = b.CreateString(contents.name);
  auto allNames = b.CreateVectorOfStrings(names);
  auto allFunctions = b.CreateVector(functions);
  auto allVariants = b.CreateVector(variants);
  flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<fb::GpuModule>>>
      allGpuModules;
  if (!gpuModules.empty())
    allGpuModules = b.CreateVector(gpuModules);
  fb::FinishManifestBuffer(
      b, fb::CreateManifest(b, producer, SQART_KERNEL_ABI_VERSION, name,
                            allNames, allFunctions, allVariants,
                            /*remarks=*/0, /*schedule=*/0, allGpuModules));
  return std::string(reinterpret_cast<const char *>(b.GetBufferPointer()),
                     b.GetSize());
}

//===----------------------------------------------------------------------===//
// Container
//===----------------------------------------------------------------------===//

static llvm::SmallVector<char, 0> writeContainer(ArrayRef<Section> sections) {
  sqart_package_header_t header = {};
  memcpy(header.magic, SQART_PACKAGE_MAGIC, SQART_PACKAGE_MAGIC_SIZE);
  header.format_version = SQART_PACKAGE_FORMAT_VERSION;
  header.header_size = sizeof(header);
  header.section_count = sections.size();
  header.section_entry_size = sizeof(sqart_package_section_t);
  uint64_t tableSize = sections.size() * sizeof(sqart_package_section_t);
  llvm::SmallVector<char, 0> out(sizeof(header) + tableSize);
  for (auto [index, section] : llvm::enumerate(sections)) {
    out.resize(llvm::alignTo(out.size(), section.alignment));
    sqart_package_section_t entry = {};
    entry.kind = section.kind;
    entry.name = index;
    entry.offset = out.size();
    entry.size = section.bytes.size();
    entry.alignment = section.alignment;
    memcpy(out.data() + sizeof(header) + index * sizeof(entry), &entry,
           sizeof(entry));
    out.append(section.bytes.begin(), section.bytes.end());
  }
  header.total_size = out.size();
  memcpy(out.data(), &header, sizeof(header));
  ::sqart::Sha256Digest digest =
      ::sqart::sha256(out.data() + SQART_PACKAGE_DIGESTED_FROM,
                      out.size() - SQART_PACKAGE_DIGESTED_FROM);
  memcpy(out.data() + offsetof(sqart_package_header_t, digest), digest.data(),
         digest.size());
  return out;
}

llvm::SmallVector<char, 0>
mlir::sqa::writePackage(const PackageContents &contents) {
  SmallVector<Section> sections;
  constexpr uint32_t small = SQART_PACKAGE_MIN_ALIGNMENT;
  sections.push_back({SQART_SECTION_KIND_MANIFEST, "manifest", small, {}});
  for (const PackageVariant &variant : contents.variants)
    sections.push_back({SQART_SECTION_KIND_CPU_CODE, "code." + variant.isa,
                        SQART_PACKAGE_CODE_ALIGNMENT,
                        StringRef(variant.image.data(), variant.image.size())});
  for (const PackageGpuModule &module : contents.gpuModules)
    sections.push_back(
        {module.isPtx ? SQART_SECTION_KIND_PTX : SQART_SECTION_KIND_CUBIN,
         (module.isPtx ? "ptx." : "cubin.") + module.arch, small, module.code});
  auto addText = [&](sqart_section_kind_t kind, const char *name,
                     StringRef text) {
    if (!text.empty())
      sections.push_back({kind, name, small, text});
  };
  addText(SQART_SECTION_KIND_SOURCE, "source", contents.source);
  addText(SQART_SECTION_KIND_SCHEDULE_TEXT, "schedule", contents.schedule);
  addText(SQART_SECTION_KIND_REMARKS_TEXT, "remarks", contents.remarks);
  std::string manifest = writeManifest(contents, sections);
  sections.front().bytes = manifest;
  return writeContainer(sections);
}
