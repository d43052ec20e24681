//===- gpu_buffer.h - Device memory with guard bands for the tests --------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SQART_TEST_CUDA_GPU_BUFFER_H
#define SQART_TEST_CUDA_GPU_BUFFER_H

#include "expect_status.h"
#include "test_tensor.h"

#include "sqart/cuda.h"

#include <algorithm>
#include <memory>

namespace sqart::test {

// Values on GPU 0 between two bands of 0xff, and the same on the host.
template <typename T> class GpuBuffer {
public:
  explicit GpuBuffer(std::vector<T> values) : host(std::move(values)) {
    size_t bytes = host.size() * sizeof(T) + 2 * band;
    EXPECT_OK(sqart_cuda_allocate(0, bytes, &memory));
    std::vector<uint8_t> poison(bytes, 0xff);
    EXPECT_OK(sqart_cuda_copy(0, memory, poison.data(), bytes));
    write(host);
  }
  GpuBuffer(const GpuBuffer &) = delete;
  GpuBuffer &operator=(const GpuBuffer &) = delete;
  ~GpuBuffer() { (void)sqart_cuda_free(0, memory); }

  T *data() const {
    return reinterpret_cast<T *>(static_cast<char *>(memory) + band);
  }
  void write(std::vector<T> values) {
    host = std::move(values);
    EXPECT_OK(sqart_cuda_copy(0, data(), host.data(), host.size() * sizeof(T)));
  }
  std::vector<T> read() const {
    std::vector<T> values(host.size());
    EXPECT_OK(
        sqart_cuda_copy(0, values.data(), data(), values.size() * sizeof(T)));
    return values;
  }
  // Nothing wrote outside of the values.
  bool intact() const {
    std::vector<uint8_t> bytes(host.size() * sizeof(T) + 2 * band);
    EXPECT_OK(sqart_cuda_copy(0, bytes.data(), memory, bytes.size()));
    auto poison = [](uint8_t byte) { return byte == 0xff; };
    return std::all_of(bytes.begin(), bytes.begin() + band, poison) &&
           std::all_of(bytes.end() - band, bytes.end(), poison);
  }
  // Lives as long as the buffer.
  const DLTensor *view(std::vector<int64_t> shape,
                       std::vector<int64_t> strides = {}) {
    views.push_back(
        std::make_unique<View>(data(), std::move(shape), std::move(strides)));
    views.back()->device = {kDLCUDA, 0};
    return views.back().get();
  }

  std::vector<T> host;

private:
  static constexpr int64_t band = 4096;
  void *memory = nullptr;
  std::vector<std::unique_ptr<View>> views;
};

} // namespace sqart::test

#endif // SQART_TEST_CUDA_GPU_BUFFER_H
