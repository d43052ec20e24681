//===- KnownTargets.cpp - The CPUs and GPUs we know by name ---------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place that holds numbers of a CPU. A pass asks the `#sqa.cpu`
// attribute on its module; adding a CPU is adding a row to the table below.
// Test: test/unit/Target/KnownTargetsTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "sqa/Target/KnownTargets.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include <array>

using namespace mlir;
using namespace mlir::sqa;
using llvm::StringRef;

namespace {
struct CpuRow {
  StringRef name;
  StringRef cpu;      // LLVM's name of the level
  StringRef features; // more than the level has
  int64_t vectorBits;
  int64_t vectorRegisters;
};
} // namespace

static constexpr StringRef kTriple = "x86_64-unknown-linux-gnu";

// The psABI levels (x86-64 ABI, section 3.1.1). v3 is Haswell and Zen 1, v4 is
// Skylake-SP and Zen 4; both have the 16 or 32 registers of their encoding.
// Above v4 are what bf16 products need: AVX-512 BF16, then AMX. The first is
// for AMD alone, which sse4a says: there a product of pairs takes as long as an
// f32 one, on Intel four times (Sapphire Rapids, 2026-11: 0.5 of the f32 rate),
// and widening to f32 is faster.
static constexpr CpuRow kCpus[] = {
    {"x86-64-v3", "x86-64-v3", "", 256, 16},
    {"x86-64-v4", "x86-64-v4", "", 512, 32},
    {"x86-64-v4-bf16", "x86-64-v4", "+avx512bf16,+sse4a", 512, 32},
    {"x86-64-v4-amx", "x86-64-v4", "+amx-bf16,+amx-tile,+avx512bf16", 512, 32},
};

static constexpr TargetSummary kSummaries[] = {
    {"x86-64-v3", "AVX2, FMA and F16C: Intel Haswell, AMD Zen 1 and later"},
    {"x86-64-v4",
     "AVX-512 F, BW, CD, DQ and VL: Intel Skylake-SP, AMD Zen 4 and later"},
    {"x86-64-v4-bf16",
     "and AVX-512 BF16 at full rate: AMD Zen 4 and later; for "
     "attention in bf16"},
    {"x86-64-v4-amx", "and AMX tiles of bf16: Intel Sapphire Rapids and later; "
                      "for attention in bf16"},
    {"native", "the CPU that compiles"},
};

// cpuid bits behind the levels, in the order the runtime tests them.
static constexpr std::array<StringRef, 8> kV3Features = {
    "avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe"};
static constexpr std::array<StringRef, 5> kV4Features = {
    "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"};
// What else LLVM may use of its own accord or a pass may ask for. A bit that is
// not here (shadow stacks, power states, protection keys) changes no code of
// ours, so no package demands it. The runtime's cpu.cpp knows every name.
static constexpr std::array<StringRef, 27> kOptionalFeatures = {
    "adx",
    "amx-bf16",
    "amx-fp16",
    "amx-int8",
    "amx-tile",
    "avx512bf16",
    "avx512bitalg",
    "avx512fp16",
    "avx512ifma",
    "avx512vbmi",
    "avx512vbmi2",
    "avx512vnni",
    "avx512vp2intersect",
    "avx512vpopcntdq",
    "avxifma",
    "avxneconvert",
    "avxvnni",
    "avxvnniint8",
    "crc32",
    "gfni",
    "pclmul",
    "popcnt",
    "prfchw",
    "sse4.2",
    "sse4a",
    "vaes",
    "vpclmulqdq"};

static constexpr TargetSummary kGpuSummaries[] = {
    {"sm_90a", "NVIDIA Hopper: H100, H200, GH200"},
};

llvm::ArrayRef<TargetSummary> mlir::sqa::listCpuTargets() { return kSummaries; }
llvm::ArrayRef<TargetSummary> mlir::sqa::listGpuTargets() {
  return kGpuSummaries;
}

static CpuAttr getRow(MLIRContext *context, const CpuRow &row) {
  return CpuAttr::get(context, row.name, kTriple, row.cpu, row.features,
                      row.vectorBits, row.vectorRegisters);
}

// The baseline of the ABI: launching is a few hundred scalar instructions.
CpuAttr mlir::sqa::getHostTarget(MLIRContext *context) {
  context->getOrLoadDialect<SqaDialect>();
  return getRow(context, {"x86-64", "x86-64", "", 128, 16});
}

static bool hasAll(const llvm::StringMap<bool> &features,
                   llvm::ArrayRef<StringRef> names) {
  return llvm::all_of(names,
                      [&](StringRef name) { return features.lookup(name); });
}

static bool isUsable(StringRef feature) {
  return llvm::is_contained(kV3Features, feature) ||
         llvm::is_contained(kV4Features, feature) ||
         llvm::is_contained(kOptionalFeatures, feature);
}

// The CPU we run on: its LLVM name, what is there of the features that matter,
// and everything that is not there, so that a virtual machine that hides some
// of its CPU's features is described as it is.
static FailureOr<CpuAttr> getNative(MLIRContext *context) {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  if (!hasAll(features, kV3Features))
    return failure();
  SmallVector<std::string> flags;
  for (const auto &entry : features)
    if (!entry.second || isUsable(entry.first()))
      flags.push_back((entry.second ? "+" : "-") + entry.first().str());
  llvm::sort(flags); // StringMap has no order; packages must be reproducible.
  const CpuRow &level = kCpus[hasAll(features, kV4Features) ? 1 : 0];
  return CpuAttr::get(context, "native", kTriple, llvm::sys::getHostCPUName(),
                      llvm::join(flags, ","), level.vectorBits,
                      level.vectorRegisters);
}

FailureOr<CpuAttr> mlir::sqa::lookupCpuTarget(MLIRContext *context,
                                              StringRef name) {
  context->getOrLoadDialect<SqaDialect>();
  if (name == "native")
    return getNative(context);
  for (const CpuRow &row : kCpus)
    if (row.name == name)
      return getRow(context, row);
  return failure();
}

FailureOr<GpuAttr> mlir::sqa::lookupGpuTarget(MLIRContext *context,
                                              StringRef name) {
  context->getOrLoadDialect<SqaDialect>();
  // CUDA C++ Programming Guide, technical specifications of compute capability
  // 9.0. PTX 8.8 is the latest that LLVM 22 writes; the copy engine's
  // shared::cta form needs 8.6.
  if (name == "sm_90a")
    return GpuAttr::get(context, name, "nvptx64-nvidia-cuda", "sm_90a",
                        "+ptx88", /*shared_bytes=*/232448,
                        /*registers=*/65536);
  return failure();
}

SmallVector<StringRef> mlir::sqa::requiredCpuFeatures(CpuAttr target) {
  SmallVector<StringRef> required(kV3Features.begin(), kV3Features.end());
  if (target.getVectorBits() == 512)
    llvm::append_range(required, kV4Features);
  // A native target may use whatever its feature string turns on.
  SmallVector<StringRef> flags;
  target.getFeatures().split(flags, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (StringRef flag : flags)
    if (flag.consume_front("+") && !llvm::is_contained(required, flag))
      required.push_back(flag);
  return required;
}
