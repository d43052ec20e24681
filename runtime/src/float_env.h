//===- float_env.h - Floating-point state of a thread while kernels run ---===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SQART_SRC_FLOAT_ENV_H
#define SQART_SRC_FLOAT_ENV_H

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace sqart {

// Compiled code assumes the state a process starts with: round to nearest,
// denormals kept, exceptions masked. The caller's state comes back afterwards.
class FloatEnv {
public:
#if defined(__x86_64__)
  FloatEnv() : saved(_mm_getcsr()) {
    if (saved != initial)
      _mm_setcsr(initial);
  }
  ~FloatEnv() { _mm_setcsr(saved); }

private:
  static constexpr unsigned initial = 0x1f80;
  unsigned saved;
#else
  FloatEnv() {}
  ~FloatEnv() {}
#endif
  FloatEnv(const FloatEnv &) = delete;
  FloatEnv &operator=(const FloatEnv &) = delete;
};

} // namespace sqart

#endif // SQART_SRC_FLOAT_ENV_H
