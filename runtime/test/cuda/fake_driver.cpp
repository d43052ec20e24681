//===- fake_driver.cpp - The functions of the fake driver -----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "fake_objects.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace sqart::cuda;
using namespace sqart::test;
using fake::stack;

#define ENTER(name)                                                            \
  std::lock_guard<std::recursive_mutex> guard(fake::lock);                     \
  if (Result result = fake::enter(#name); result != success)                   \
  return result

Result fake::cuInit(unsigned) {
  ENTER(cuInit);
  return success;
}
Result fake::cuDriverGetVersion(int *version) {
  ENTER(cuDriverGetVersion);
  *version = fakeCuda().version;
  return success;
}
Result fake::cuDeviceGetCount(int *count) {
  ENTER(cuDeviceGetCount);
  *count = fakeCuda().devices;
  return success;
}
Result fake::cuDeviceGet(Device *device, int ordinal) {
  ENTER(cuDeviceGet);
  if (ordinal < 0 || ordinal >= fakeCuda().devices)
    return errorInvalidDevice;
  *device = ordinal;
  return success;
}
Result fake::cuDeviceGetName(char *name, int length, Device device) {
  ENTER(cuDeviceGetName);
  std::snprintf(name, size_t(length), "Fake GPU %d", device);
  return success;
}
Result fake::cuDeviceTotalMem(size_t *bytes, Device) {
  ENTER(cuDeviceTotalMem);
  *bytes = size_t(8) << 30;
  return success;
}
Result fake::cuDeviceGetAttribute(int *value, int attribute, Device device) {
  ENTER(cuDeviceGetAttribute);
  const FakeCuda &f = fakeCuda();
  int capability =
      size_t(device) < f.capability.size() ? f.capability[size_t(device)] : 90;
  const std::map<int, int> values = {{maxGridX, INT32_MAX},
                                     {maxGridY, 65535},
                                     {maxGridZ, 65535},
                                     {multiprocessorCount, 132},
                                     {l2CacheSize, 60 << 20},
                                     {maxThreadsPerMultiprocessor, 2048},
                                     {computeCapabilityMajor, capability / 10},
                                     {computeCapabilityMinor, capability % 10},
                                     {maxSharedPerBlockOptin, f.maxShared}};
  *value = values.at(attribute);
  return success;
}

Result fake::cuDevicePrimaryCtxRetain(Context *context, Device device) {
  ENTER(cuDevicePrimaryCtxRetain);
  *context = &fake::primaries[device];
  return success;
}
Result fake::cuCtxGetCurrent(Context *context) {
  ENTER(cuCtxGetCurrent);
  *context = stack.empty() ? nullptr : stack.back();
  return success;
}
Result fake::cuCtxPushCurrent(Context context) {
  ENTER(cuCtxPushCurrent);
  stack.push_back(context);
  fakeCuda().depth = stack.size();
  return success;
}
Result fake::cuCtxPopCurrent(Context *context) {
  ENTER(cuCtxPopCurrent);
  *context = stack.back();
  stack.pop_back();
  fakeCuda().depth = stack.size();
  return success;
}
Result fake::cuCtxGetDevice(Device *device) {
  ENTER(cuCtxGetDevice);
  *device = stack.back()->device;
  return success;
}

Result fake::cuModuleLoadDataEx(Module *module, const void *image,
                                unsigned count, int *options, void **values) {
  FakeCuda &f = fakeCuda();
  for (unsigned i = 0; i < count; ++i)
    if (options[i] == jitErrorLogBuffer)
      std::strcpy(static_cast<char *>(values[i]), f.ptxLog.c_str());
  ENTER(cuModuleLoadDataEx);
  f.lastImage = static_cast<const char *>(image);
  // PTX says what it is for; machine code is taken to be that of program 0.
  bool generic = f.lastImage.find(".target sm_80") != std::string::npos;
  *module = new ModuleTag{stack.back(), !generic, f.lastImage};
  ++f.modules;
  return success;
}
Result fake::cuModuleUnload(Module module) {
  ENTER(cuModuleUnload);
  --fakeCuda().modules;
  delete module;
  return success;
}
Result fake::cuModuleGetFunction(Kernel *kernel, Module module,
                                 const char *name) {
  ENTER(cuModuleGetFunction);
  static std::map<const FakeKernel *, KernelTag> known;
  const FakeKernel *found = findFakeKernel(name, module->withMaps);
  if (!found)
    found = findCompiledKernel(module->text, name);
  if (!found)
    return errorNotFound;
  *kernel = &(known[found] = KernelTag{found});
  return success;
}
Result fake::cuFuncLoad(Kernel) {
  ENTER(cuFuncLoad);
  return success;
}
Result fake::cuFuncGetAttribute(int *value, int attribute, Kernel kernel) {
  ENTER(cuFuncGetAttribute);
  *value = attribute == sharedSizeBytes ? int(kernel->kernel->sharedBytes)
                                        : fakeCuda().kernelThreads;
  return success;
}
Result fake::cuFuncSetAttribute(Kernel, int, int) {
  ENTER(cuFuncSetAttribute);
  return success;
}
Result fake::cuFuncGetParamInfo(Kernel kernel, size_t index, size_t *offset,
                                size_t *bytes) {
  ENTER(cuFuncGetParamInfo);
  const std::vector<uint32_t> &sizes = kernel->kernel->parameters;
  if (index >= sizes.size())
    return errorInvalidValue;
  *offset = 0;
  *bytes = sizes[index] + fakeCuda().wrongParameters;
  return success;
}
Result fake::cuLaunchKernelEx(const LaunchConfig *config, Kernel kernel,
                              void **parameters, void **) {
  ENTER(cuLaunchKernelEx);
  FakeCuda &f = fakeCuda();
  f.launches.push_back({kernel->kernel->name, *config, {}, stack.back()});
  f.launches.back().attributes.assign(
      config->attributes, config->attributes + config->numAttributes);
  fake::logLaunch(*kernel->kernel, *config, parameters);
  if (!f.capturing && kernel->kernel->run)
    kernel->kernel->run(*config, parameters);
  return success;
}
Result fake::cuTensorMapEncodeTiled(TensorMap *map, int element, uint32_t rank,
                                    void *base, const uint64_t *sizes,
                                    const uint64_t *strides,
                                    const uint32_t *box, const uint32_t *, int,
                                    int swizzle, int, int) {
  ENTER(cuTensorMapEncodeTiled);
  // What the copy kernel of the tests reads first.
  *map = {};
  map->words[0] = uint64_t(reinterpret_cast<uintptr_t>(base));
  map->words[1] = sizes[0];
  map->words[2] = rank > 1 ? sizes[1] : 1;
  map->words[3] = rank > 1 ? strides[0] : 0;
  map->words[4] = box[0];
  map->words[5] = uint64_t(element);
  map->words[6] = rank | uint64_t(swizzle) << 8;
  for (uint32_t i = 2; i < rank; ++i) {
    map->words[5 + i] = sizes[i];
    map->words[8 + i] = strides[i - 1];
  }
  return success;
}
uint64_t sqart::test::fakeMapSize(const TensorMap &map, uint64_t i) {
  return map.words[i < 2 ? 1 + i : 5 + i];
}
uint64_t sqart::test::fakeMapStride(const TensorMap &map, uint64_t i) {
  return map.words[i < 2 ? 3 : 8 + i];
}

Result fake::cuMemAlloc(Pointer *pointer, size_t bytes) {
  ENTER(cuMemAlloc);
  // More than the fake device has.
  if (bytes > size_t(8) << 30)
    return errorOutOfMemory;
  void *data = std::aligned_alloc(256, (bytes + 255) & ~size_t(255));
  std::memset(data, 0xa5, bytes);
  fakeCuda().memory[reinterpret_cast<uintptr_t>(data)] = bytes;
  *pointer = reinterpret_cast<uintptr_t>(data);
  return success;
}
Result fake::cuMemFree(Pointer pointer) {
  ENTER(cuMemFree);
  if (!fakeCuda().memory.erase(uintptr_t(pointer)))
    return errorInvalidValue;
  std::free(reinterpret_cast<void *>(uintptr_t(pointer)));
  return success;
}
Result fake::cuMemcpy(Pointer to, Pointer from, size_t bytes) {
  ENTER(cuMemcpy);
  std::memcpy(reinterpret_cast<void *>(uintptr_t(to)),
              reinterpret_cast<const void *>(uintptr_t(from)), bytes);
  return success;
}
Result fake::cuMemsetD32Async(Pointer to, unsigned value, size_t count,
                              Stream) {
  ENTER(cuMemsetD32Async);
  auto *words = reinterpret_cast<unsigned *>(uintptr_t(to));
  if (!fakeCuda().capturing)
    std::fill(words, words + count, value);
  return success;
}

Result fake::cuStreamCreate(Stream *stream, unsigned) {
  ENTER(cuStreamCreate);
  *stream = new StreamTag{stack.back()};
  ++fakeCuda().streams;
  return success;
}
Result fake::cuStreamDestroy(Stream stream) {
  ENTER(cuStreamDestroy);
  --fakeCuda().streams;
  delete stream;
  return success;
}
Result fake::cuStreamSynchronize(Stream) {
  ENTER(cuStreamSynchronize);
  return success;
}
Result fake::cuStreamGetCtx(Stream stream, Context *context) {
  ENTER(cuStreamGetCtx);
  *context = stream->context;
  return success;
}
Result fake::cuStreamIsCapturing(Stream, int *status) {
  ENTER(cuStreamIsCapturing);
  *status = fakeCuda().capturing;
  return success;
}
Result fake::cuEventCreate(Event *event, unsigned) {
  ENTER(cuEventCreate);
  *event = new EventTag{0};
  ++fakeCuda().events;
  return success;
}
Result fake::cuEventDestroy(Event event) {
  ENTER(cuEventDestroy);
  --fakeCuda().events;
  delete event;
  return success;
}
Result fake::cuEventRecord(Event event, Stream) {
  ENTER(cuEventRecord);
  static int clock = 0;
  event->stamp = ++clock;
  return success;
}
Result fake::cuEventSynchronize(Event) {
  ENTER(cuEventSynchronize);
  return success;
}
// Every record takes a quarter of a millisecond.
Result fake::cuEventElapsedTime(float *milliseconds, Event start, Event end) {
  ENTER(cuEventElapsedTime);
  *milliseconds = 0.25f * float(end->stamp - start->stamp);
  return success;
}

Result fake::cuGetErrorName(Result error, const char **text) {
  ENTER(cuGetErrorName);
  switch (error) {
  case errorOutOfMemory:
    *text = "CUDA_ERROR_OUT_OF_MEMORY";
    return success;
  case errorIllegalAddress:
    *text = "CUDA_ERROR_ILLEGAL_ADDRESS";
    return success;
  default:
    *text = nullptr;
    return errorInvalidValue;
  }
}
Result fake::cuGetErrorString(Result, const char **text) {
  ENTER(cuGetErrorString);
  *text = "as the fake was told";
  return success;
}
