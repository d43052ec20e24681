/*===- old_cuda.c - A driver from before CUDA 12 ------------------*- C -*-===*\
|*                                                                            *|
|* Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.      *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/
int cuDriverGetVersion(int *version) {
  *version = 11040;
  return 0;
}
