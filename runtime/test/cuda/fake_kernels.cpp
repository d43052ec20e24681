//===- fake_kernels.cpp - The test kernels, run on the host ---------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "fake_kernels.h"

#include <cstring>

using namespace sqart::cuda;
using namespace sqart;
using namespace sqart::test;

template <typename T> static T read(void **parameters, int index) {
  T value;
  std::memcpy(&value, parameters[index], sizeof(value));
  return value;
}

template <typename T> static T *pointer(void **parameters, int index) {
  return reinterpret_cast<T *>(uintptr_t(read<Pointer>(parameters, index)));
}

static void scaledAdd(const LaunchConfig &config, void **p) {
  auto cols = read<int64_t>(p, 3), sx = read<int64_t>(p, 4);
  auto sy = read<int64_t>(p, 5), sz = read<int64_t>(p, 6);
  auto alpha = read<float>(p, 7);
  for (int64_t r = 0; r < config.grid[0]; ++r)
    for (int64_t c = 0; c < cols; ++c)
      pointer<float>(p, 2)[r * sz + c] =
          alpha * pointer<float>(p, 0)[r * sx + c] +
          pointer<float>(p, 1)[r * sy + c];
}

static void partialSums(const LaunchConfig &, void **p) {
  for (int64_t i = 0; i < read<int64_t>(p, 2); ++i)
    pointer<uint32_t>(p, 1)[i / 128] += pointer<uint32_t>(p, 0)[i];
}

static void totalOf(const LaunchConfig &, void **p) {
  uint32_t sum = 0;
  for (int64_t i = 0; i < read<int64_t>(p, 2); ++i)
    sum += pointer<uint32_t>(p, 0)[i];
  *pointer<uint32_t>(p, 1) = sum;
}

static void copyRows(const LaunchConfig &config, void **p) {
  auto cols = read<int64_t>(p, 2);
  for (int64_t r = 0; r < config.grid[0]; ++r)
    std::memcpy(pointer<float>(p, 1) + r * read<int64_t>(p, 4),
                pointer<float>(p, 0) + r * read<int64_t>(p, 3),
                size_t(cols) * 4);
}

// Reads through the fake's tensor map: base, columns, rows, bytes of a row.
static void copyBoxes(const LaunchConfig &, void **p) {
  auto map = read<TensorMap>(p, 0);
  for (uint64_t r = 0; r < map.words[2]; ++r)
    std::memcpy(pointer<float>(p, 1) + int64_t(r) * read<int64_t>(p, 4),
                reinterpret_cast<char *>(uintptr_t(map.words[0])) +
                    r * map.words[3],
                map.words[1] * 4);
}

static void fault(const LaunchConfig &, void **) {}

const FakeKernel *test::findFakeKernel(const std::string &name, bool withMaps) {
  static const FakeKernel kernels[] = {
      {"scaled_add", {8, 8, 8, 8, 8, 8, 8, 4}, 0, scaledAdd},
      {"partial_sums", {8, 8, 8}, 0, partialSums},
      {"total_of", {8, 8, 8}, 0, totalOf},
      {"fault", {}, 0, fault},
      {"copy_rows", {8, 8, 8, 8, 8}, 0, copyRows},
  };
  static const FakeKernel boxes = {
      "copy_rows", {128, 8, 8, 8, 8}, 128, copyBoxes};
  if (withMaps && name == boxes.name)
    return &boxes;
  for (const FakeKernel &kernel : kernels)
    if (kernel.name == name)
      return &kernel;
  return nullptr;
}
