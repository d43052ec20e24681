//===- runtime.cpp - Dispatch of tiles to threads -------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime.h"

#include "bytes.h"
#include "float_env.h"
#include "options.h"

#include <algorithm>
#include <cstdlib>
#include <sched.h>

using namespace sqart;

// Threads a pool may have.
static constexpr int32_t maxThreads = 1024;
// Long enough to bridge the serial code between two kernels of one call.
static constexpr int32_t defaultSpinMicroseconds = 100;
// Chunks a thread takes on average. Enough that a triangle of work (a causal
// mask) ends evenly, few enough that the counter is not contended.
static constexpr int64_t chunksPerWorker = 16;
// Beyond this, overshoot of the tile counter could wrap.
static constexpr int64_t maxTiles = int64_t(1) << 62;

ScratchSet::~ScratchSet() {
  for (Buffer &buffer : buffers)
    std::free(buffer.data);
}

void *ScratchSet::get(int32_t worker, int64_t bytes) {
  Buffer &buffer = buffers[size_t(worker)];
  if (buffer.data && buffer.size >= bytes)
    return buffer.data;
  uint64_t size = 0;
  if (!alignUp(uint64_t(std::max(bytes, int64_t(1))),
               SQART_ALLOCATION_ALIGNMENT, size))
    return nullptr;
  std::free(buffer.data);
  buffer.data = std::aligned_alloc(SQART_ALLOCATION_ALIGNMENT, size);
  buffer.size = buffer.data ? int64_t(size) : 0;
  return buffer.data;
}

namespace {
struct Job {
  sqart_tile_fn_t fn;
  const void *args;
  int64_t tiles, chunk, scratchBytes;
  ScratchSet *scratch;
  alignas(64) std::atomic<int64_t> next{0};
};
} // namespace

// Takes chunks until there are none. A worker without memory for its scratch
// leaves the work to the others; the caller's was allocated beforehand.
static void runTiles(void *context, int32_t worker) {
  Job &job = *static_cast<Job *>(context);
  if (job.next.load(std::memory_order_relaxed) >= job.tiles)
    return;
  void *scratch = job.scratch->get(worker, job.scratchBytes);
  if (!scratch)
    return;
  FloatEnv env;
  while (true) {
    int64_t begin = job.next.fetch_add(job.chunk, std::memory_order_relaxed);
    if (begin >= job.tiles)
      return;
    int64_t end = std::min(begin + job.chunk, job.tiles);
    job.fn(job.args, begin, end, scratch);
  }
}

std::unique_ptr<ScratchSet> sqart_runtime_t::takeScratch() {
  std::lock_guard<std::mutex> lock(scratchLock);
  if (idleScratch.empty())
    return std::make_unique<ScratchSet>(numWorkers);
  std::unique_ptr<ScratchSet> set = std::move(idleScratch.back());
  idleScratch.pop_back();
  return set;
}

void sqart_runtime_t::giveScratch(std::unique_ptr<ScratchSet> set) {
  std::lock_guard<std::mutex> lock(scratchLock);
  idleScratch.push_back(std::move(set));
}

sqart_status_t sqart_runtime_t::checkProcess() const {
  if (!pool || !pool->isForked())
    return SQART_STATUS_OK;
  return fail(SQART_STATUS_UNSUPPORTED,
              "this process was forked after the runtime was created: create "
              "another one");
}

sqart_status_t sqart_runtime_t::dispatch(sqart_tile_fn_t fn, const void *args,
                                         int64_t tiles, int64_t scratchBytes) {
  if (!fn || tiles < 0 || tiles > maxTiles || scratchBytes < 0)
    return fail(SQART_STATUS_INTERNAL,
                "invalid dispatch of %lld tiles with %lld bytes of scratch",
                static_cast<long long>(tiles),
                static_cast<long long>(scratchBytes));
  if (tiles == 0)
    return SQART_STATUS_OK;
  SQART_TRY(checkProcess());
  std::unique_ptr<ScratchSet> scratch = takeScratch();
  if (!scratch->get(0, scratchBytes)) {
    giveScratch(std::move(scratch));
    return fail(SQART_STATUS_OUT_OF_MEMORY,
                "no memory for %lld bytes of scratch",
                static_cast<long long>(scratchBytes));
  }
  Job job;
  job.fn = fn;
  job.args = args;
  job.tiles = tiles;
  job.chunk = std::max(tiles / (numWorkers * chunksPerWorker), int64_t(1));
  job.scratchBytes = scratchBytes;
  job.scratch = scratch.get();
  int32_t workers = int32_t(std::min(tiles, int64_t(numWorkers)));
  if (workers > 1 && pool)
    pool->run(runTiles, &job, workers);
  else if (workers > 1 && executor.run)
    executor.run(executor.self, runTiles, &job, workers);
  // All of it, or what an executor left.
  runTiles(&job, 0);
  giveScratch(std::move(scratch));
  return SQART_STATUS_OK;
}

void sqart_runtime_t::release() {
  if (references.fetch_sub(1, std::memory_order_acq_rel) == 1)
    delete this;
}

// Processors this process may run on.
static int32_t availableProcessors() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof(set), &set) != 0)
    return 1;
  return std::clamp(int32_t(CPU_COUNT(&set)), int32_t(1), maxThreads);
}

sqart_status_t sqart_runtime_t::create(const sqart_runtime_options_t &options,
                                       sqart_runtime_t **out) {
  if (options.num_threads < 0 || options.num_threads > maxThreads)
    return fail(SQART_STATUS_LIMIT, "num_threads: expected 0 to %d, but got %d",
                maxThreads, options.num_threads);
  auto release = [](sqart_runtime_t *r) { r->release(); };
  std::unique_ptr<sqart_runtime_t, decltype(release)> runtime(
      new sqart_runtime_t(), release);
  if (options.executor) {
    SQART_TRY(copyIn(options.executor, "executor", runtime->executor));
    const sqart_executor_t &executor = runtime->executor;
    if (options.num_threads != 0)
      return fail(SQART_STATUS_INVALID_ARGUMENT,
                  "num_threads: expected 0 with an executor, but got %d",
                  options.num_threads);
    if (!executor.run || executor.concurrency < 1 ||
        executor.concurrency > maxThreads)
      return fail(SQART_STATUS_INVALID_ARGUMENT,
                  "executor: expected a run function and a concurrency of 1 "
                  "to %d, but got %d",
                  maxThreads, executor.concurrency);
    runtime->numWorkers = executor.concurrency;
  } else {
    runtime->numWorkers =
        options.num_threads ? options.num_threads : availableProcessors();
    int32_t spin = options.spin_microseconds;
    if (runtime->numWorkers > 1)
      SQART_TRY(Pool::create(runtime->numWorkers,
                             spin < 0 ? defaultSpinMicroseconds : spin,
                             runtime->pool));
  }
  *out = runtime.release();
  return SQART_STATUS_OK;
}

extern "C" sqart_status_t
sqart_runtime_create(const sqart_runtime_options_t *options,
                     sqart_runtime_t **out_runtime) {
  return guarded([&]() -> sqart_status_t {
    if (!out_runtime)
      return failNull("out_runtime");
    *out_runtime = nullptr;
    sqart_runtime_options_t known = sqart_runtime_options_default();
    if (options)
      SQART_TRY(copyIn(options, "options", known));
    return sqart_runtime_t::create(known, out_runtime);
  });
}

extern "C" void sqart_runtime_destroy(sqart_runtime_t *runtime) {
  if (runtime)
    runtime->release();
}

extern "C" int32_t sqart_runtime_num_threads(const sqart_runtime_t *runtime) {
  return runtime ? runtime->concurrency() : 0;
}
