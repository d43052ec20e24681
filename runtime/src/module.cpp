//===- module.cpp - A package whose code is in memory ---------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Order: trust, copy, verify, choose, verify the code, map, ask for entries. No
// byte of the package is executable before all checks have passed.

#include "module.h"

#include "cpu.h"
#include "file.h"
#include "options.h"

#include <algorithm>

using namespace sqart;

static constexpr uint32_t knownFlags = SQART_LOAD_ALLOW_GROUP_WRITABLE |
                                       SQART_LOAD_ALLOW_ANY_OWNER |
                                       SQART_LOAD_NO_PTX;

sqart_module_t::sqart_module_t(sqart_runtime_t &runtime, uint32_t flags)
    : runtime(runtime), cudaCode(package, !(flags & SQART_LOAD_NO_PTX)) {
  runtime.retain();
}

sqart_module_t::~sqart_module_t() { runtime.release(); }

sqart_status_t sqart_module_t::chooseVariant(const char *isa, uint32_t device,
                                             MappedCode &out) {
  const std::vector<Variant> &variants = package.manifest.variants;
  auto isNamed = [&](const Variant &v) { return isa && v.isa == isa; };
  // A name of code for other devices leaves the choice open.
  bool byName =
      isa &&
      std::none_of(variants.begin(), variants.end(), [&](const Variant &v) {
        return isNamed(v) && !(v.devices & device);
      });
  std::string reasons;
  for (const Variant &candidate : variants) {
    if ((byName && !isNamed(candidate)) || !(candidate.devices & device))
      continue;
    if (const std::string *missing = firstMissing(candidate.features)) {
      reasons +=
          (reasons.empty() ? "" : ", ") + candidate.isa + " needs " + *missing;
      continue;
    }
    if (!out.variant || candidate.priority > out.variant->priority)
      out.variant = &candidate;
  }
  if (out.variant)
    return SQART_STATUS_OK;
  if (reasons.empty())
    return fail(SQART_STATUS_UNSUPPORTED, "%s has no %s%s",
                package.manifest.name.c_str(), byName ? "variant " : "code",
                byName ? Shown(isa).text : " for any CPU");
  return fail(SQART_STATUS_UNSUPPORTED, "%s has no code for this machine: %s",
              package.manifest.name.c_str(), reasons.c_str());
}

sqart_status_t sqart_module_t::mapCode(MappedCode &out) {
  ByteView image = sectionBytes(package, out.variant->section);
  ElfLayout layout;
  SQART_TRY(checkElf(image, layout));
  SQART_TRY(mapElf(image, layout, out.image));
  out.query = reinterpret_cast<sqart_library_query_fn_t>(
      reinterpret_cast<uintptr_t>(out.image.data() + layout.query));
  return SQART_STATUS_OK;
}

sqart_status_t sqart_module_t::askEntries(const MappedCode &from,
                                          uint32_t device,
                                          std::vector<sqart_entry_fn_t> &out) {
  const std::vector<Function> &functions = package.manifest.functions;
  uint32_t bit = device == deviceCuda ? SQART_ORDINAL_CUDA : 0;
  auto begin = reinterpret_cast<uintptr_t>(from.image.data());
  for (uint32_t i = 0; i < functions.size(); ++i) {
    bool wanted = functions[i].devices & device;
    sqart_entry_fn_t entry =
        wanted ? from.query(SQART_KERNEL_ABI_VERSION, i | bit) : nullptr;
    auto address = reinterpret_cast<uintptr_t>(entry);
    if (wanted &&
        (!entry || address < begin || address - begin >= from.image.size()))
      return fail(SQART_STATUS_VERSION,
                  "the code for %s offers no function %u '%.120s' of kernel "
                  "ABI version %u for the %s",
                  from.variant->isa.c_str(), i, functions[i].name.c_str(),
                  SQART_KERNEL_ABI_VERSION, bit ? "GPU" : "CPU");
    out.push_back(entry);
  }
  return SQART_STATUS_OK;
}

sqart_status_t sqart_module_t::loadCode(const char *isa) {
  uint32_t devices = 0;
  for (const Function &function : package.manifest.functions)
    devices |= function.devices;
  if (devices & deviceCpu) {
    SQART_TRY(chooseVariant(isa, deviceCpu, code));
    SQART_TRY(mapCode(code));
    SQART_TRY(askEntries(code, deviceCpu, entries));
  }
  entries.resize(package.manifest.functions.size());
  if (devices & deviceCuda) {
    SQART_TRY(chooseVariant(isa, deviceCuda, hostCode));
    bool shared = hostCode.variant == code.variant;
    if (!shared)
      SQART_TRY(mapCode(hostCode));
    SQART_TRY(askEntries(shared ? code : hostCode, deviceCuda, cudaEntries));
  }
  cudaEntries.resize(package.manifest.functions.size());
  return SQART_STATUS_OK;
}

sqart_status_t sqart_module_t::create(sqart_runtime_t &runtime, Pages bytes,
                                      const sqart_load_options_t &options,
                                      sqart_module_t **out) {
  std::unique_ptr<sqart_module_t> module(
      new sqart_module_t(runtime, options.flags));
  if (options.trust == SQART_TRUST_SHA256) {
    Sha256Digest digest = sha256(bytes.data(), bytes.size());
    if (!std::equal(digest.begin(), digest.end(), options.sha256))
      return fail(SQART_STATUS_INTEGRITY,
                  "the package's SHA-256 is not the pinned one");
  }
  SQART_TRY(parsePackage(std::move(bytes), module->package));
  SQART_TRY(module->loadCode(options.isa));
  *out = module.release();
  return SQART_STATUS_OK;
}

std::unique_ptr<Invocation> sqart_module_t::takeInvocation() {
  std::lock_guard<std::mutex> lock(idleLock);
  if (idle.empty())
    return std::make_unique<Invocation>(runtime);
  std::unique_ptr<Invocation> invocation = std::move(idle.back());
  idle.pop_back();
  return invocation;
}

void sqart_module_t::giveInvocation(std::unique_ptr<Invocation> invocation) {
  std::lock_guard<std::mutex> lock(idleLock);
  idle.push_back(std::move(invocation));
}

sqart_status_t sqart_module_t::findFunction(uint32_t function, uint32_t devices,
                                            const Function *&out) const {
  const std::vector<Function> &functions = package.manifest.functions;
  if (function >= functions.size())
    return fail(SQART_STATUS_NOT_FOUND,
                "function: expected a number below %zu, but got %u",
                functions.size(), function);
  out = &functions[function];
  if (out->devices & devices)
    return SQART_STATUS_OK;
  return fail(SQART_STATUS_UNSUPPORTED, "%.120s: has no code for GPUs",
              out->name.c_str());
}

sqart_status_t
sqart_module_t::invoke(uint32_t function, const DLTensor *const *inputs,
                       uint32_t numInputs, const DLTensor *const *outputs,
                       uint32_t numOutputs, uint32_t devices,
                       const sqart_cuda_call_options_t &options) {
  SQART_TRY(runtime.checkProcess());
  const Function *callee = nullptr;
  SQART_TRY(findFunction(function, devices, callee));
  std::unique_ptr<Invocation> invocation = takeInvocation();
  sqart_status_t status = invocation->arguments.check(
      *callee, inputs, numInputs, outputs, numOutputs, devices);
  if (status == SQART_STATUS_OK) {
    bool onCpu = invocation->arguments.device().device_type == kDLCPU;
    if (onCpu && entries[function])
      status = invocation->run(*callee, entries[function]);
    else if (onCpu)
      status = fail(SQART_STATUS_UNSUPPORTED,
                    "%.120s: has no tensor that says on which GPU to run",
                    callee->name.c_str());
    else
      status = invokeCuda(*invocation, function, options);
  }
  giveInvocation(std::move(invocation));
  return status;
}

// No default that allows: every way to load passes here first.
static sqart_status_t checkTrust(const sqart_load_options_t &options) {
  if (options.flags & ~knownFlags)
    return fail(SQART_STATUS_INVALID_ARGUMENT, "options.flags: unknown flag");
  if (options.trust == SQART_TRUST_SHA256 ||
      options.trust == SQART_TRUST_LOCAL_BUILD)
    return SQART_STATUS_OK;
  return fail(SQART_STATUS_PERMISSION,
              "options.trust: loading runs the package's code: expected a "
              "pinned SHA-256 or the statement that it was built here");
}

static sqart_status_t startLoad(sqart_runtime_t *runtime,
                                const sqart_load_options_t *options,
                                sqart_module_t **out_module,
                                sqart_load_options_t &known) {
  if (!out_module)
    return failNull("out_module");
  *out_module = nullptr;
  if (!runtime)
    return failNull("runtime");
  if (options)
    SQART_TRY(copyIn(options, "options", known));
  if (known.max_bytes == 0)
    known.max_bytes = SQART_DEFAULT_MAX_PACKAGE_BYTES;
  return checkTrust(known);
}

extern "C" sqart_status_t sqart_module_load(sqart_runtime_t *runtime,
                                            const char *path,
                                            const sqart_load_options_t *options,
                                            sqart_module_t **out_module) {
  return guarded([&]() -> sqart_status_t {
    sqart_load_options_t known = sqart_load_options_default();
    SQART_TRY(startLoad(runtime, options, out_module, known));
    if (!path)
      return failNull("path");
    // A pinned file is believed for its bytes, whoever can write it.
    FileRules rules;
    rules.followLinks = false;
    rules.checkOwner = known.trust == SQART_TRUST_LOCAL_BUILD &&
                       !(known.flags & SQART_LOAD_ALLOW_ANY_OWNER);
    rules.allowGroupWritable = known.flags & SQART_LOAD_ALLOW_GROUP_WRITABLE;
    Pages bytes;
    SQART_TRY(readFile(path, known.max_bytes, rules, bytes));
    return sqart_module_t::create(*runtime, std::move(bytes), known,
                                  out_module);
  });
}

extern "C" sqart_status_t
sqart_module_load_memory(sqart_runtime_t *runtime, const void *bytes,
                         size_t size, const sqart_load_options_t *options,
                         sqart_module_t **out_module) {
  return guarded([&]() -> sqart_status_t {
    sqart_load_options_t known = sqart_load_options_default();
    SQART_TRY(startLoad(runtime, options, out_module, known));
    Pages copy;
    SQART_TRY(copyBytes(bytes, size, known.max_bytes, copy));
    return sqart_module_t::create(*runtime, std::move(copy), known, out_module);
  });
}

extern "C" void sqart_module_destroy(sqart_module_t *module) { delete module; }

extern "C" const sqart_package_t *
sqart_module_package(const sqart_module_t *module) {
  return module ? &module->package : nullptr;
}

extern "C" const char *sqart_module_isa(const sqart_module_t *module) {
  return module ? module->isa() : "";
}

extern "C" sqart_status_t
sqart_module_invoke(sqart_module_t *module, uint32_t function,
                    const DLTensor *const *inputs, uint32_t num_inputs,
                    const DLTensor *const *outputs, uint32_t num_outputs) {
  return guarded([&]() -> sqart_status_t {
    if (!module)
      return failNull("module");
    return module->invoke(function, inputs, num_inputs, outputs, num_outputs,
                          deviceCpu | deviceCuda,
                          sqart_cuda_call_options_default());
  });
}
