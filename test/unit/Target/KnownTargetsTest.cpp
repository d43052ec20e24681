//===- KnownTargetsTest.cpp - Targets by name and their schedules
//----------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sqa/Target/KnownTargets.h"
#include "cpu.h" // of the runtime: what a package may demand
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"
#include "sqa/Target/ChooseSchedule.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::sqa;

namespace {
TEST(KnownTargets, EveryListedLevelIsFound) {
  MLIRContext context;
  for (const TargetSummary &summary : listCpuTargets()) {
    EXPECT_FALSE(summary.description.empty());
    FailureOr<CpuAttr> target = lookupCpuTarget(&context, summary.name);
    if (summary.name == "native" && failed(target))
      continue; // this machine is below every level we compile for
    ASSERT_TRUE(succeeded(target)) << summary.name.str();
    EXPECT_EQ(target->getName(), summary.name);
  }
}

TEST(KnownTargets, UnknownNameFails) {
  MLIRContext context;
  EXPECT_TRUE(failed(lookupCpuTarget(&context, "x86-64-v9")));
  EXPECT_TRUE(failed(lookupCpuTarget(&context, "")));
}

// What a package demands of the machine: a level's own bits and those below.
TEST(KnownTargets, LevelsRequireTheirFeatures) {
  MLIRContext context;
  auto required = [&](StringRef name) {
    return requiredCpuFeatures(*lookupCpuTarget(&context, name));
  };
  for (StringRef feature : {"avx2", "fma", "f16c", "bmi2"}) {
    EXPECT_TRUE(llvm::is_contained(required("x86-64-v3"), feature));
    EXPECT_TRUE(llvm::is_contained(required("x86-64-v4"), feature));
  }
  for (StringRef feature :
       {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}) {
    EXPECT_FALSE(llvm::is_contained(required("x86-64-v3"), feature));
    EXPECT_TRUE(llvm::is_contained(required("x86-64-v4"), feature));
  }
}

// Above v4 come what bf16 products need.
TEST(KnownTargets, ProductLevelsRequireMore) {
  MLIRContext context;
  auto required = [&](StringRef name) {
    return requiredCpuFeatures(*lookupCpuTarget(&context, name));
  };
  EXPECT_TRUE(llvm::is_contained(required("x86-64-v4-bf16"), "avx512f"));
  EXPECT_TRUE(llvm::is_contained(required("x86-64-v4-bf16"), "avx512bf16"));
  // Of AMD alone.
  EXPECT_TRUE(llvm::is_contained(required("x86-64-v4-bf16"), "sse4a"));
  for (StringRef feature : {"avx512dq", "avx512bf16", "amx-tile", "amx-bf16"})
    EXPECT_TRUE(llvm::is_contained(required("x86-64-v4-amx"), feature));
}

// A feature string demands what it turns on and nothing that it turns off.
TEST(KnownTargets, FeatureStringCounts) {
  MLIRContext context;
  context.loadDialect<SqaDialect>();
  auto target = CpuAttr::get(&context, "native", "x86_64-unknown-linux-gnu",
                             "znver4", "+avx512bf16,-avx512vnni", 512, 32);
  SmallVector<StringRef> required = requiredCpuFeatures(target);
  EXPECT_TRUE(llvm::is_contained(required, "avx512bf16"));
  EXPECT_FALSE(llvm::is_contained(required, "avx512vnni"));
}

// What is compiled for this machine runs on it: the runtime knows and finds
// every feature that the compiler says it used.
TEST(KnownTargets, NativeRunsHere) {
  MLIRContext context;
  FailureOr<CpuAttr> target = lookupCpuTarget(&context, "native");
  if (failed(target))
    GTEST_SKIP() << "this machine is below every level we compile for";
  for (StringRef feature : requiredCpuFeatures(*target))
    EXPECT_TRUE(sqart::cpuHas({feature.data(), feature.size()}))
        << feature.str();
}

// Whatever the sizes, the schedule passes its own verifier and covers no more
// rows than one vector beyond the queries.
TEST(ChooseSchedule, LegalForEverySize) {
  MLIRContext context;
  for (StringRef name : {"x86-64-v3", "x86-64-v4"}) {
    CpuAttr target = *lookupCpuTarget(&context, name);
    for (int64_t s : {ShapedType::kDynamic, int64_t(0), int64_t(1), int64_t(7),
                      int64_t(33), int64_t(1) << 40})
      for (int64_t t :
           {ShapedType::kDynamic, int64_t(0), int64_t(1), int64_t(129)})
        for (int64_t d : {1, 16, 128, 512}) {
          CpuScheduleAttr schedule = chooseCpuSchedule(target, {s, t, d, d});
          ASSERT_TRUE(schedule);
          EXPECT_EQ(schedule.getLanes() * 32, target.getVectorBits());
          if (s >= 0 && s < schedule.getBlockM())
            EXPECT_LT(schedule.getBlockM() - s, schedule.getLanes() + 1);
        }
  }
}
} // namespace
