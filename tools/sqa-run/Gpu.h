//===- Gpu.h - Make a call on a GPU -----------------------------*- C++ -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every buffer of the call gets a twin on the device, guard bands and padding
// included, so that all checks work on what came back.
//
//   GpuCall gpu(device); gpu.start(call, module) -> gpu.run() -> gpu.measure()
//
// Test: test/Tools/sqa-run/cuda.test.
//
//===----------------------------------------------------------------------===//

#ifndef SQA_TOOLS_SQA_RUN_GPU_H
#define SQA_TOOLS_SQA_RUN_GPU_H

#include "sqart/cuda.h"
#include "tools/sqa-run/Benchmark.h"

namespace sqa::run {

class GpuCall {
public:
  explicit GpuCall(int32_t device) : device(device) {}
  GpuCall(const GpuCall &) = delete;
  ~GpuCall();

  /// Loads the module's code, and moves the call's inputs and outputs.
  Error start(Call &call, sqart_module_t *module);
  /// One call, and what it wrote brought back.
  sqart_status_t run();
  /// Warm-up, then calls timed by events. False if one failed
  /// (sqart_last_error).
  bool measure(const Options &options, Timing &timing);

  /// "NVIDIA H200, sm_90".
  const std::string &name() const { return deviceName; }

private:
  struct Twin {
    void *memory;
    uint8_t *host;
    size_t size;
  };
  Error move(Argument &argument);
  sqart_status_t fetch();
  sqart_status_t measureBatch(size_t calls, Timing &timing);

  int32_t device;
  std::string deviceName;
  Call *call = nullptr;
  sqart_module_t *module = nullptr;
  void *stream = nullptr;
  std::vector<Twin> twins;
  std::vector<void *> events;
};

} // namespace sqa::run

#endif // SQA_TOOLS_SQA_RUN_GPU_H
