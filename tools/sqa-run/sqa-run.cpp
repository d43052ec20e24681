//===- sqa-run.cpp - Call compiled packages from the command line ---------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Option parsing and calls; what it calls is the runtime's C interface, so this
// is also a long example of it. Needs no LLVM. Tests: test/Tools/sqa-run/.
//
//===----------------------------------------------------------------------===//

#include "sqart/sqart.h"
#include "tools/sqa-run/Benchmark.h"
#include "tools/sqa-run/Call.h"
#include "tools/sqa-run/Gpu.h"
#include "tools/sqa-run/Inspect.h"
#include "tools/sqa-run/Options.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sys/resource.h>

using namespace sqa::run;

namespace {
/// Frees the runtime's objects in the right order.
struct Session {
  sqart_runtime_t *runtime = nullptr;
  sqart_module_t *module = nullptr;
  sqart_package_t *package = nullptr; // of --inspect and --list-functions
  ~Session() {
    sqart_package_destroy(package);
    sqart_module_destroy(module);
    sqart_runtime_destroy(runtime);
  }
};

/// What --print-statistics prints.
struct Statistics {
  double load = 0, bind = 0, call = 0;
};

class Stopwatch {
public:
  double lap() {
    const auto time = std::chrono::steady_clock::now();
    const std::chrono::duration<double> elapsed = time - last;
    last = time;
    return elapsed.count();
  }

private:
  std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
};
} // namespace

static int fail(ExitCode code, const Error &error) {
  std::fflush(stdout);
  std::fprintf(stderr, "sqa-run: error: %s\n", error.str().c_str());
  return code;
}

//===----------------------------------------------------------------------===//
// Without running code
//===----------------------------------------------------------------------===//

static int showPackage(const Options &options, Session &session) {
  if (sqart_package_inspect(options.package.c_str(), 0, &session.package) !=
      SQART_STATUS_OK)
    return fail(kExitRuntime, runtimeError(options.package));
  const std::string text = options.inspect ? inspect(session.package)
                                           : listFunctions(session.package);
  std::fputs(text.c_str(), stdout);
  return kExitOk;
}

static int showDevices() {
  int32_t count = 0;
  if (sqart_cuda_get_device_count(&count) != SQART_STATUS_OK)
    return fail(kExitRuntime, runtimeError("no GPU"));
  for (int32_t i = 0; i < count; ++i) {
    sqart_cuda_device_info_t info = {};
    info.struct_size = sizeof(info);
    if (sqart_cuda_get_device_info(i, &info) != SQART_STATUS_OK)
      return fail(kExitRuntime, runtimeError("cuda:" + std::to_string(i)));
    std::printf("cuda:%d  %s, sm_%u, %u multiprocessors, %.0f GiB, driver for "
                "CUDA %d.%d\n",
                i, info.name, info.compute_capability, info.multiprocessors,
                static_cast<double>(info.memory_bytes) / (1 << 30),
                info.driver_version / 1000, info.driver_version % 1000 / 10);
  }
  return kExitOk;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

static void parseDigest(const std::string &hex, uint8_t (&digest)[32]) {
  for (size_t i = 0; i < sizeof(digest); ++i)
    digest[i] = static_cast<uint8_t>(
        std::strtoul(hex.substr(2 * i, 2).c_str(), nullptr, 16));
}

static sqart_load_options_t loadOptions(const Options &options) {
  sqart_load_options_t load = sqart_load_options_default();
  load.trust = SQART_TRUST_LOCAL_BUILD;
  if (!options.sha256.empty()) {
    load.trust = SQART_TRUST_SHA256;
    parseDigest(options.sha256, load.sha256);
  }
  if (options.allowAnyOwner)
    load.flags |= SQART_LOAD_ALLOW_ANY_OWNER;
  if (options.allowGroupWritable)
    load.flags |= SQART_LOAD_ALLOW_GROUP_WRITABLE;
  load.isa = options.isa.empty() ? nullptr : options.isa.c_str();
  return load;
}

static Error load(const Options &options, Session &session) {
  constexpr int64_t kMostThreads = 1 << 16;
  if (options.threads > kMostThreads)
    return Error("--threads: expected at most " + std::to_string(kMostThreads));
  sqart_runtime_options_t runtime = sqart_runtime_options_default();
  runtime.num_threads = static_cast<int32_t>(options.threads);
  if (sqart_runtime_create(&runtime, &session.runtime) != SQART_STATUS_OK)
    return runtimeError("cannot start the runtime");
  const sqart_load_options_t loading = loadOptions(options);
  const sqart_status_t status = sqart_module_load(
      session.runtime, options.package.c_str(), &loading, &session.module);
  if (status == SQART_STATUS_OK)
    return Error::success();
  Error error = runtimeError(options.package);
  if (status == SQART_STATUS_PERMISSION)
    return Error(error.str() + "; pass --sha256=HEX if you know the file's "
                               "digest, or --allow-any-owner to run it anyway");
  return error;
}

/// The function that --function names, or the only one.
static Error findFunction(const Options &options,
                          const sqart_package_t *package, uint32_t &function) {
  sqart_package_info_t info = {};
  info.struct_size = sizeof(info);
  if (sqart_package_get_info(package, &info) != SQART_STATUS_OK)
    return runtimeError(options.package);
  function = 0;
  const bool known =
      options.function.empty()
          ? info.num_functions == 1
          : sqart_package_find_function(package, options.function.c_str(),
                                        &function) == SQART_STATUS_OK;
  if (known)
    return Error::success();
  const std::string problem =
      options.function.empty()
          ? "expected --function=NAME, since the package has " +
                std::to_string(info.num_functions) + " functions:\n"
          : "no function '" + options.function + "'; the package has\n";
  return Error(problem + listFunctions(package));
}

static int benchmark(const Options &options, Session &session, Call &call,
                     GpuCall *gpu) {
  Timing timing;
  timing.function = call.functionName;
  timing.isa = sqart_module_isa(session.module);
  timing.threads = sqart_runtime_num_threads(session.runtime);
  if (!(gpu ? gpu->measure(options, timing)
            : measure(call, session.module, options, timing)))
    return fail(kExitRuntime, runtimeError(call.functionName));
  const std::string json = timingJson(timing);
  std::fputs(options.benchmarkJson ? json.c_str() : timingTable(timing).c_str(),
             stdout);
  if (options.benchmarkOut.empty())
    return kExitOk;
  std::FILE *file = std::fopen(options.benchmarkOut.c_str(), "w");
  const bool written = file && std::fputs(json.c_str(), file) >= 0;
  if (file && std::fclose(file) == 0 && written)
    return kExitOk;
  return fail(kExitUsage,
              Error("--benchmark-out: cannot write " + options.benchmarkOut +
                    ": " + std::strerror(errno)));
}

static void printStatistics(const Statistics &statistics,
                            const Session &session, const Call &call) {
  size_t in = 0, out = 0;
  for (const Argument &input : call.inputs)
    in += input.buffer.size();
  for (const Argument &output : call.outputs)
    out += output.buffer.size();
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  std::fprintf(stderr,
               "  load         %10.3f ms\n"
               "  bind inputs  %10.3f ms\n"
               "  call         %10.3f ms\n"
               "  inputs       %10zu bytes (without --parameters)\n"
               "  outputs      %10zu bytes\n"
               "  peak memory  %10ld KiB\n"
               "  variant      %10s\n"
               "  threads      %10d\n",
               statistics.load * 1e3, statistics.bind * 1e3,
               statistics.call * 1e3, in, out, usage.ru_maxrss,
               sqart_module_isa(session.module),
               sqart_runtime_num_threads(session.runtime));
}

/// Everything after the call: guards, files, comparisons.
static int finish(const Options &options, Call &call) {
  if (options.guardBands || options.rowPadding)
    if (Error error = call.checkGuards())
      return fail(kExitMismatch, error);
  if (Error error = call.writeOutputs(options))
    return fail(kExitUsage, error);
  bool passed = true;
  if (Error error = call.compareOutputs(options, passed))
    return fail(kExitUsage, error);
  return passed ? kExitOk : kExitMismatch;
}

static int run(const Options &options, Session &session) {
  Stopwatch watch;
  Statistics statistics;
  if (Error error = load(options, session))
    return fail(kExitRuntime, error);
  statistics.load = watch.lap();

  const sqart_package_t *package = sqart_module_package(session.module);
  uint32_t function = 0;
  if (Error error = findFunction(options, package, function))
    return fail(kExitUsage, error);
  Call call;
  if (Error error = call.setFunction(package, function))
    return fail(kExitRuntime, error);
  if (Error error = call.bindInputs(options))
    return fail(kExitUsage, error);
  if (Error error = call.allocateOutputs(options))
    return fail(kExitUsage, error);
  statistics.bind = watch.lap();

  std::unique_ptr<GpuCall> gpu;
  if (options.gpu >= 0) {
    gpu = std::make_unique<GpuCall>(static_cast<int32_t>(options.gpu));
    if (Error error = gpu->start(call, session.module))
      return fail(kExitRuntime, error);
    statistics.bind += watch.lap();
  }

  if ((gpu ? gpu->run() : call.invoke(session.module)) != SQART_STATUS_OK)
    return fail(kExitRuntime, runtimeError(call.functionName));
  statistics.call = watch.lap();

  int code = finish(options, call);
  if (code == kExitOk && options.benchmark)
    code = benchmark(options, session, call, gpu.get());
  if (options.printStatistics)
    printStatistics(statistics, session, call);
  return code;
}

int main(int argc, char **argv) {
  Options options;
  if (Error error = parseCommandLine(argc, argv, options))
    return fail(kExitUsage, error);
  if (options.help) {
    std::fputs(helpText().c_str(), stdout);
    return kExitOk;
  }
  if (options.version) {
    std::printf("sqa-run %s\n", sqart_version());
    return kExitOk;
  }
  if (options.listDevices)
    return showDevices();
  Session session;
  if (options.inspect || options.listFunctions)
    return showPackage(options, session);
  return run(options, session);
}
