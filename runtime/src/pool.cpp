//===- pool.cpp - Threads that share the work of one call -----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Ordering. The job's fields are published by the store that opens the gate and
// read after the compare-and-swap that enters it; they are overwritten only
// after the caller has seen the gate empty, to which each worker's exit is a
// release. Sleeping: a worker counts itself, then looks at the gate; a caller
// opens the gate, then looks at the count; both sequentially consistent, so one
// of them sees the other.
//
// Wrong if: a worker is waited for that has not entered (it may be asleep, and
// the call would take a wake-up longer), or the job is touched outside.

#include "pool.h"

#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>
#include <sched.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

using namespace sqart;

static void pauseCpu() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

static int64_t now() {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch())
      .count();
}

namespace {
struct Start {
  Pool *pool;
  int32_t worker;
};

// Keeps signals of the host application away from our threads.
class SignalsBlocked {
public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &saved);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &saved, nullptr); }

private:
  sigset_t saved;
};
} // namespace

Pool::Pool(int32_t spinMicroseconds)
    : spinNanoseconds(int64_t(spinMicroseconds) * 1000), pid(::getpid()) {}

Pool::~Pool() {
  stopping.store(true);
  {
    std::lock_guard<std::mutex> lock(sleep);
    news.notify_all();
  }
  for (pthread_t thread : threads)
    ::pthread_join(thread, nullptr);
}

sqart_status_t Pool::create(int32_t threads, int32_t spinMicroseconds,
                            Pool *&out) {
  std::unique_ptr<Pool, void (*)(Pool *)> pool(new Pool(spinMicroseconds),
                                               Pool::destroy);
  pool->threads.reserve(size_t(threads));
  SignalsBlocked blocked;
  for (int32_t worker = 1; worker < threads; ++worker) {
    auto start = std::make_unique<Start>(Start{pool.get(), worker});
    pthread_t thread;
    if (int error = ::pthread_create(&thread, nullptr, threadMain, start.get()))
      return fail(SQART_STATUS_LIMIT, "cannot start thread %d of %d: error %d",
                  worker, threads, error);
    start.release();
    pool->threads.push_back(thread);
  }
  out = pool.release();
  return SQART_STATUS_OK;
}

void Pool::destroy(Pool *pool) {
  if (pool && !pool->isForked())
    delete pool;
}

bool Pool::isForked() const { return ::getpid() != pid; }

void *Pool::threadMain(void *raw) {
  std::unique_ptr<Start> start(static_cast<Start *>(raw));
  start->pool->work(start->worker);
  return nullptr;
}

bool Pool::hasNews(uint32_t seen) const {
  uint64_t state = gate.load();
  return stopping.load() ||
         ((state & openBit) && uint32_t(state >> 32) != seen);
}

// Returns when there is a job newer than `seen`; false at the end of the pool.
bool Pool::waitForJob(uint32_t seen) {
  for (int64_t until = now() + spinNanoseconds; now() < until;)
    for (int i = 0; i < 64; ++i) {
      if (hasNews(seen))
        return !stopping.load();
      pauseCpu();
    }
  std::unique_lock<std::mutex> lock(sleep);
  sleepers.fetch_add(1);
  news.wait(lock, [&] { return hasNews(seen); });
  sleepers.fetch_sub(1);
  return !stopping.load();
}

void Pool::work(int32_t worker) {
  uint32_t seen = 0;
  while (waitForJob(seen)) {
    uint64_t state = gate.load();
    while ((state & openBit) && uint32_t(state >> 32) != seen &&
           !gate.compare_exchange_weak(state, state + 1)) {
    }
    if (!(state & openBit) || uint32_t(state >> 32) == seen)
      continue; // it shut before we came
    seen = uint32_t(state >> 32);
    if (worker < workers)
      task(context, worker);
    gate.fetch_sub(1, std::memory_order_release);
  }
}

void Pool::wakeSleepers() {
  if (sleepers.load() == 0)
    return;
  std::lock_guard<std::mutex> lock(sleep);
  news.notify_all();
}

void Pool::run(sqart_task_fn_t newTask, void *newContext, int32_t newWorkers) {
  std::lock_guard<std::mutex> lock(turn);
  task = newTask;
  context = newContext;
  workers = newWorkers;
  uint32_t epoch = uint32_t(gate.load() >> 32) + 1;
  epoch += epoch == 0; // 0 is what new workers have seen
  gate.store(uint64_t(epoch) << 32 | openBit);
  wakeSleepers();
  newTask(newContext, 0);
  gate.fetch_and(~openBit);
  for (int spins = 0; gate.load(std::memory_order_acquire) & insideMask;)
    if (++spins < 2000)
      pauseCpu();
    else
      ::sched_yield();
}
