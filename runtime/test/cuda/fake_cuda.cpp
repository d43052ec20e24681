//===- fake_cuda.cpp - A driver without a GPU -----------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Its state, and the two symbols that the runtime looks up by name.

#include "fake_cuda.h"

#include "fake_objects.h"

#include <algorithm>
#include <cstdlib>
#include <deque>

using namespace sqart;
using namespace sqart::cuda;
using namespace sqart::test;

static constexpr int maxDevices = 8;
std::recursive_mutex fake::lock;
ContextTag fake::primaries[maxDevices], fake::others[maxDevices];
thread_local std::vector<Context> fake::stack;

static int numberFrom(const char *variable, int otherwise) {
  const char *text = std::getenv(variable);
  return text ? std::atoi(text) : otherwise;
}

void FakeCuda::reset() {
  std::lock_guard<std::recursive_mutex> guard(fake::lock);
  FakeCuda fresh;
  // Handles of objects that other tests still hold stay counted.
  fresh.memory = memory;
  fresh.modules = modules;
  fresh.streams = streams;
  fresh.events = events;
  *this = fresh;
  for (int i = 0; i < maxDevices; ++i)
    fake::primaries[i].device = fake::others[i].device = i;
}

int FakeCuda::count(const std::string &call) const {
  return int(std::count(calls.begin(), calls.end(), call));
}

static void readEnvironment(FakeCuda &fake) {
  fake.version = numberFrom("FAKE_CUDA_VERSION", fake.version);
  fake.devices = numberFrom("FAKE_CUDA_DEVICES", fake.devices);
  fake.capability = {numberFrom("FAKE_CUDA_CAPABILITY", 90)};
  const char *text = std::getenv("FAKE_CUDA_FAIL");
  std::string list = text ? text : "";
  for (size_t at = 0; at < list.size();) {
    size_t end = std::min(list.find(',', at), list.size());
    size_t equals = list.find('=', at);
    if (equals < end)
      fake.failures[list.substr(at, equals - at)] = {
          std::atoi(list.c_str() + equals + 1)};
    at = end + 1;
  }
}

FakeCuda &test::fakeCuda() {
  static FakeCuda *fake = [] {
    auto *made = new FakeCuda();
    made->reset();
    readEnvironment(*made);
    return made;
  }();
  return *fake;
}

Context test::fakePrimaryContext(int device) {
  return &fake::primaries[device];
}
Context test::fakeOtherContext(int device) { return &fake::others[device]; }
Stream test::fakeStream(Context context) {
  static std::deque<StreamTag> streams;
  return &streams.emplace_back(StreamTag{context});
}

// Records the call; what it is told to fail with.
Result fake::enter(const char *name) {
  FakeCuda &fake = fakeCuda();
  fake.calls.push_back(name);
  auto found = fake.failures.find(name);
  if (found == fake.failures.end() || found->second.after-- > 0)
    return success;
  found->second.after = 0;
  return Result(found->second.result);
}

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED Result cuGetProcAddress_v2(const char *name, void **address,
                                    int version, uint64_t, int *) {
#define TABLE(name, parameters)                                                \
  {#name, reinterpret_cast<void *>(                                            \
              static_cast<decltype(Driver::name)>(&fake::name))},
  static const std::map<std::string, void *> required = {
      SQART_CUDA_REQUIRED(TABLE)};
  static const std::map<std::string, void *> recent = {
      SQART_CUDA_OPTIONAL(TABLE)};
#undef TABLE
  *address = nullptr;
  auto found = required.find(name);
  if (found == required.end()) {
    found = recent.find(name);
    if (found == recent.end() || version < 12040 || fakeCuda().version < 12040)
      return errorNotFound;
  }
  if (fakeCuda().missing.count(name))
    return errorNotFound;
  *address = found->second;
  return success;
}

EXPORTED Result cuDriverGetVersion(int *version) {
  *version = fakeCuda().version;
  return success;
}
