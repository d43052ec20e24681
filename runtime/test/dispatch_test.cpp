//===- dispatch_test.cpp - Tiles on threads -------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime.h"

#include "expect_status.h"

#include <chrono>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace sqart;

namespace {
// How often each tile ran, and in how many threads.
struct Counter {
  explicit Counter(int64_t tiles) : hits(size_t(tiles)) {}
  static void tile(const void *args, int64_t begin, int64_t end,
                   void *scratch) {
    auto &self = **static_cast<Counter *const *>(args);
    // Scratch is ours while we run: another thread would change it.
    auto *mine = static_cast<volatile int64_t *>(scratch);
    for (int64_t i = begin; i < end; ++i) {
      *mine = i;
      self.hits[size_t(i)].fetch_add(1, std::memory_order_relaxed);
      if (*mine != i)
        self.torn = true;
    }
  }
  bool eachOnce() const {
    for (const auto &hit : hits)
      if (hit.load() != 1)
        return false;
    return !torn;
  }
  std::vector<std::atomic<int>> hits;
  std::atomic<bool> torn{false};
};

class Dispatch : public ::testing::TestWithParam<int> {
protected:
  void SetUp() override {
    sqart_runtime_options_t options = sqart_runtime_options_default();
    options.num_threads = GetParam();
    ASSERT_OK(sqart_runtime_create(&options, &runtime));
  }
  void TearDown() override { sqart_runtime_destroy(runtime); }
  bool run(int64_t tiles) {
    Counter counter(tiles), *args = &counter;
    EXPECT_OK(runtime->dispatch(Counter::tile, &args, tiles, 64));
    return counter.eachOnce();
  }
  sqart_runtime_t *runtime = nullptr;
};
} // namespace

TEST_P(Dispatch, EachTileRunsOnce) {
  EXPECT_EQ(sqart_runtime_num_threads(runtime), GetParam());
  for (int64_t tiles : {0, 1, 2, 3, 7, 16, 63, 64, 65, 1000, 12345})
    EXPECT_TRUE(run(tiles)) << tiles;
}

TEST_P(Dispatch, ManySmallJobs) {
  for (int i = 0; i < 3000; ++i)
    ASSERT_TRUE(run(i % 5));
}

// Workers that fell asleep come back.
TEST_P(Dispatch, AfterAPause) {
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    ASSERT_TRUE(run(100));
  }
}

// Failure 50.
TEST_P(Dispatch, ManyCallers) {
  std::vector<std::thread> callers;
  for (int t = 0; t < 8; ++t)
    callers.emplace_back([&] {
      for (int i = 0; i < 200; ++i)
        ASSERT_TRUE(run(20));
    });
  for (std::thread &caller : callers)
    caller.join();
}

TEST_P(Dispatch, InvalidRequestsFail) {
  int args = 0;
  auto call = [&](sqart_tile_fn_t fn, int64_t tiles, int64_t scratch) {
    return runtime->dispatch(fn, &args, tiles, scratch);
  };
  EXPECT_FAILS(call(nullptr, 1, 0), SQART_STATUS_INTERNAL, "invalid dispatch");
  EXPECT_FAILS(call(Counter::tile, -1, 0), SQART_STATUS_INTERNAL, "-1 tiles");
  EXPECT_FAILS(call(Counter::tile, INT64_MAX, 0), SQART_STATUS_INTERNAL, "");
  EXPECT_FAILS(call(Counter::tile, 1, -1), SQART_STATUS_INTERNAL, "-1 bytes");
  EXPECT_FAILS(call(Counter::tile, 1, INT64_MAX), SQART_STATUS_OUT_OF_MEMORY,
               "scratch");
}

// Failure 46: the child's calls fail at once, nothing hangs, and a runtime of
// its own works.
TEST_P(Dispatch, ChildOfForkIsToldSo) {
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "fork with threads is not supported under TSan";
#endif
#endif
  pid_t child = ::fork();
  if (child == 0) {
    Counter counter(10), *args = &counter;
    sqart_status_t status = runtime->dispatch(Counter::tile, &args, 10, 64);
    bool right =
        status == (GetParam() > 1 ? SQART_STATUS_UNSUPPORTED : SQART_STATUS_OK);
    sqart_runtime_destroy(runtime);
    right &= sqart_runtime_create(nullptr, &runtime) == SQART_STATUS_OK;
    right &= run(10);
    ::_exit(right ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

INSTANTIATE_TEST_SUITE_P(Threads, Dispatch, ::testing::Values(1, 2, 3, 8));

// Tiles of unequal length: no thread is left with a big part at the end.
TEST(DispatchBalance, SlowTilesAreShared) {
  sqart_runtime_options_t options = sqart_runtime_options_default();
  options.num_threads = 4;
  sqart_runtime_t *runtime = nullptr;
  ASSERT_OK(sqart_runtime_create(&options, &runtime));
  struct Shares {
    std::mutex lock;
    std::vector<std::thread::id> who;
  } shares;
  Shares *args = &shares;
  auto tile = [](const void *args, int64_t begin, int64_t end, void *) {
    auto &shares = **static_cast<Shares *const *>(args);
    std::this_thread::sleep_for(std::chrono::milliseconds(end - begin));
    std::lock_guard<std::mutex> lock(shares.lock);
    shares.who.push_back(std::this_thread::get_id());
  };
  ASSERT_OK(runtime->dispatch(tile, &args, 64, 0));
  std::sort(shares.who.begin(), shares.who.end());
  auto threads = std::unique(shares.who.begin(), shares.who.end());
  EXPECT_EQ(threads - shares.who.begin(), 4);
  sqart_runtime_destroy(runtime);
}

namespace {
// A host's executor, in the ways the contract allows.
struct Host {
  static void serial(void *self, sqart_task_fn_t task, void *context,
                     int32_t workers) {
    ++*static_cast<std::atomic<int> *>(self);
    for (int32_t w = workers; w-- > 0;)
      task(context, w);
  }
  static void parallel(void *self, sqart_task_fn_t task, void *context,
                       int32_t workers) {
    ++*static_cast<std::atomic<int> *>(self);
    std::vector<std::thread> threads;
    for (int32_t w = 0; w < workers; ++w)
      threads.emplace_back(task, context, w);
    for (std::thread &thread : threads)
      thread.join();
  }
  static void lazy(void *self, sqart_task_fn_t, void *, int32_t) {
    ++*static_cast<std::atomic<int> *>(self);
  }
};
} // namespace

TEST(Executor, HostThreadsRunTiles) {
  for (auto run : {Host::serial, Host::parallel, Host::lazy}) {
    std::atomic<int> calls{0};
    sqart_executor_t executor = {sizeof(executor), &calls, 3, run};
    sqart_runtime_options_t options = sqart_runtime_options_default();
    options.executor = &executor;
    sqart_runtime_t *runtime = nullptr;
    ASSERT_OK(sqart_runtime_create(&options, &runtime));
    EXPECT_EQ(sqart_runtime_num_threads(runtime), 3);
    std::vector<std::thread> callers;
    for (int t = 0; t < 4; ++t)
      callers.emplace_back([&] {
        Counter counter(100), *args = &counter;
        EXPECT_OK(runtime->dispatch(Counter::tile, &args, 100, 64));
        EXPECT_TRUE(counter.eachOnce());
      });
    for (std::thread &caller : callers)
      caller.join();
    EXPECT_EQ(calls, 4);
    sqart_runtime_destroy(runtime);
  }
}

TEST(RuntimeOptions, AreChecked) {
  sqart_runtime_t *runtime = nullptr;
  sqart_runtime_options_t options = sqart_runtime_options_default();
  EXPECT_FAILS(sqart_runtime_create(&options, nullptr),
               SQART_STATUS_INVALID_ARGUMENT, "out_runtime");
  options.num_threads = -1;
  EXPECT_FAILS(sqart_runtime_create(&options, &runtime), SQART_STATUS_LIMIT,
               "num_threads: expected 0 to 1024, but got -1");
  options.num_threads = 1025;
  EXPECT_FAILS(sqart_runtime_create(&options, &runtime), SQART_STATUS_LIMIT,
               "1025");
  options = sqart_runtime_options_default();
  options.struct_size = 3;
  EXPECT_FAILS(sqart_runtime_create(&options, &runtime),
               SQART_STATUS_INVALID_ARGUMENT, "struct_size 3");
  sqart_executor_t executor = {sizeof(executor), nullptr, 3, nullptr};
  options = sqart_runtime_options_default();
  options.executor = &executor;
  EXPECT_FAILS(sqart_runtime_create(&options, &runtime),
               SQART_STATUS_INVALID_ARGUMENT, "executor");
  executor.run = Host::serial;
  executor.concurrency = 0;
  EXPECT_FAILS(sqart_runtime_create(&options, &runtime),
               SQART_STATUS_INVALID_ARGUMENT, "executor");
  executor.concurrency = 2;
  options.num_threads = 2;
  EXPECT_FAILS(sqart_runtime_create(&options, &runtime),
               SQART_STATUS_INVALID_ARGUMENT, "num_threads: expected 0");
}

// A caller built with a later version: fine, unless it asks for something new.
TEST(RuntimeOptions, LaterVersionsAreUnderstood) {
  struct Later {
    sqart_runtime_options_t known;
    int64_t added;
  } options = {sqart_runtime_options_default(), 0};
  options.known.num_threads = 1;
  options.known.struct_size = sizeof(options);
  sqart_runtime_t *runtime = nullptr;
  ASSERT_OK(sqart_runtime_create(&options.known, &runtime));
  sqart_runtime_destroy(runtime);
  options.added = 1;
  EXPECT_FAILS(sqart_runtime_create(&options.known, &runtime),
               SQART_STATUS_UNSUPPORTED, "does not have");
}
