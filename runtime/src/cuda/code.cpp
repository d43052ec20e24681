//===- code.cpp - GPU code of a module, loaded into contexts --------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Everything a launch could do for the first time is done here, so that a
// launch neither allocates nor waits: the driver loads kernels lazily unless
// told, and shared memory above 48 KB must be opted in.
//
// Wrong if: a check of what the driver says about a kernel moves to the launch.

#include "cuda/code.h"

#include <algorithm>

using namespace sqart;
using namespace sqart::cuda;

static sqart_status_t compile(const Driver &driver, ByteView text,
                              Module &out) {
  // The driver wants a NUL, and writes its reasons into our buffer.
  std::string source(reinterpret_cast<const char *>(text.data), text.size);
  char log[400] = "";
  int options[] = {jitErrorLogBuffer, jitErrorLogBufferBytes};
  void *values[] = {log, reinterpret_cast<void *>(sizeof(log) - 1)};
  Result result =
      driver.cuModuleLoadDataEx(&out, source.c_str(), 2, options, values);
  return driver.check(result, "cuModuleLoadDataEx",
                      log[0] ? Shown(log).text : "compiling PTX");
}

// What the driver says of the kernel against what the manifest says.
static sqart_status_t checkKernel(const Driver &driver, const LoadedCode &code,
                                  Kernel kernel, const GpuKernel &expected) {
  const char *name = expected.name.c_str();
  int threads = 0, shared = 0;
  SQART_TRY(driver.check(
      driver.cuFuncGetAttribute(&threads, maxThreadsPerBlock, kernel),
      "cuFuncGetAttribute", name));
  SQART_TRY(
      driver.check(driver.cuFuncGetAttribute(&shared, sharedSizeBytes, kernel),
                   "cuFuncGetAttribute", name));
  if (threads < int(expected.maxThreads))
    return fail(SQART_STATUS_UNSUPPORTED,
                "kernel %.120s needs blocks of %u threads, but this GPU runs "
                "%d at most",
                name, expected.maxThreads, threads);
  uint64_t needed = uint64_t(shared) + expected.dynamicSharedBytes;
  if (needed > code.facts.maxSharedBytes)
    return fail(SQART_STATUS_UNSUPPORTED,
                "kernel %.120s needs %llu bytes of shared memory, but this GPU "
                "has %u for a block",
                name, static_cast<unsigned long long>(needed),
                code.facts.maxSharedBytes);
  if (!driver.cuFuncGetParamInfo)
    return SQART_STATUS_OK;
  // Asking for one more would show a parameter too many, but as a failed call
  // of the driver, which tools such as compute-sanitizer report.
  for (size_t i = 0; i < expected.parameters.size(); ++i) {
    size_t offset = 0, bytes = 0;
    if (driver.cuFuncGetParamInfo(kernel, i, &offset, &bytes) != success ||
        bytes != expected.parameters[i])
      return fail(SQART_STATUS_MALFORMED,
                  "kernel %.120s: parameter %zu of the code is not as the "
                  "manifest says",
                  name, i);
  }
  return SQART_STATUS_OK;
}

static sqart_status_t prepareKernel(const Driver &driver,
                                    const LoadedCode &code,
                                    const GpuKernel &expected, Kernel &out) {
  const char *name = expected.name.c_str();
  SQART_TRY(driver.check(driver.cuModuleGetFunction(&out, code.handle, name),
                         "cuModuleGetFunction", name));
  if (driver.cuFuncLoad)
    SQART_TRY(driver.check(driver.cuFuncLoad(out), "cuFuncLoad", name));
  SQART_TRY(checkKernel(driver, code, out, expected));
  if (expected.dynamicSharedBytes == 0)
    return SQART_STATUS_OK;
  return driver.check(
      driver.cuFuncSetAttribute(out, maxDynamicSharedBytes,
                                int(expected.dynamicSharedBytes)),
      "cuFuncSetAttribute", name);
}

static sqart_status_t loadInto(const Driver &driver, const Package &package,
                               LoadedCode &code) {
  ByteView bytes = sectionBytes(package, code.module->section);
  if (package.sections[code.module->section].kind == SQART_SECTION_KIND_PTX) {
    SQART_TRY(compile(driver, bytes, code.handle));
  } else {
    SQART_TRY(checkCubin(bytes));
    SQART_TRY(driver.check(driver.cuModuleLoadDataEx(&code.handle, bytes.data,
                                                     0, nullptr, nullptr),
                           "cuModuleLoadDataEx",
                           code.module->archName.c_str()));
  }
  for (const GpuKernel &kernel : code.module->kernels)
    SQART_TRY(prepareKernel(driver, code, kernel, code.kernels.emplace_back()));
  return SQART_STATUS_OK;
}

const LoadedCode *CodeCache::find(Context context) {
  std::lock_guard<std::mutex> guard(lock);
  for (const std::unique_ptr<LoadedCode> &code : loaded)
    if (code->context == context)
      return code.get();
  return nullptr;
}

sqart_status_t CodeCache::load(const Driver &driver, Context context,
                               int32_t ordinal, const LoadedCode *&out) {
  std::lock_guard<std::mutex> guard(lock);
  for (const std::unique_ptr<LoadedCode> &code : loaded)
    if (code->context == context) {
      out = code.get();
      return SQART_STATUS_OK;
    }
  // Room first: nothing may fail between loading and remembering.
  loaded.reserve(loaded.size() + 1);
  auto code = std::make_unique<LoadedCode>();
  code->context = context;
  SQART_TRY(getFacts(driver, ordinal, code->facts));
  SQART_TRY(
      chooseModule(package, code->facts.capability, allowPtx, code->module));
  code->kernels.reserve(code->module->kernels.size());
  sqart_status_t status = loadInto(driver, package, *code);
  if (status != SQART_STATUS_OK) {
    if (code->handle)
      (void)driver.cuModuleUnload(code->handle);
    return status;
  }
  out = code.get();
  loaded.push_back(std::move(code));
  return SQART_STATUS_OK;
}

CodeCache::~CodeCache() {
  const Driver *driver = nullptr;
  if (loaded.empty() || getDriver(driver) != SQART_STATUS_OK)
    return;
  for (const std::unique_ptr<LoadedCode> &code : loaded) {
    ContextScope scope(*driver);
    if (scope.enter(code->context) == SQART_STATUS_OK)
      (void)driver->cuModuleUnload(code->handle);
  }
}
