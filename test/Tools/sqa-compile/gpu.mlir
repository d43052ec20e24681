// A package for GPUs: compiled without one, run through the fake driver of the
// runtime's tests, which writes down what is launched.

// RUN: rm -f %t.log
// RUN: sqa-compile %s --target=sm_90a --ptxas=none -o %t.sqapkg 2>&1 | count 0
// RUN: sqa-run %t.sqapkg --inspect | FileCheck %s --check-prefix=INSPECT
// INSPECT: code.x86-64
// INSPECT: ptx.sm_90a
// INSPECT-NOT: cubin
// INSPECT: x86-64 launches
// INSPECT: sm_90a 0 2 attention_attention_0
// INSPECT: attention (cuda)
// INSPECT: in query Bx4xSx128xbf16

// Ragged tiles, padded rows, a result and its LSE.
// DEFINE: %{run} = env LD_LIBRARY_PATH=%sqa_tools/../runtime/test/cuda/fake_cuda FAKE_CUDA_LOG=%t.log sqa-run %t.sqapkg --allow-any-owner --device=cuda
// RUN: %{run} --input=2x4x100x128xbf16=1 --input=2x2x200x128xbf16=1 --input=2x2x200x128xbf16=1
// RUN: %{run} --input=1x4x257x128xbf16=1 --input=1x2x3x128xbf16=1 --input=1x2x3x128xbf16=1 --benchmark --repetitions=1
// Nothing to do: no queries, or no batch. Without keys there is: zeros.
// RUN: %{run} --input=2x4x0x128xbf16= --input=2x2x200x128xbf16=1 --input=2x2x200x128xbf16=1
// RUN: %{run} --input=0x4x8x128xbf16= --input=0x2x8x128xbf16= --input=0x2x8x128xbf16=
// RUN: %{run} --input=1x4x8x128xbf16=1 --input=1x2x0x128xbf16= --input=1x2x0x128xbf16=
// More tiles than multiprocessors.
// RUN: %{run} --input=1x4x5000x128xbf16=1 --input=1x2x8x128xbf16=1 --input=1x2x8x128xbf16=1
// RUN: FileCheck %s --check-prefix=LOG <%t.log
// LOG: attention_attention_0 grid 8x1x1 threads 384 shared {{[0-9]+}}: map(128x4x100x2 by 25600,256,102400 swizzle 3) map(128x2x200x2 by 51200,256,102400 swizzle 3) map(128x2x200x2 by 51200,256,102400 swizzle 3) map(128x4x100x2 by 25600,256,102400 swizzle 3) memory memory memory 2 100 200 0 51200 12800 128 0.0883883
// LOG: attention_attention_0 grid 12x1x1 {{.*}}: map(128x4x257x1 by 65792,256,{{[0-9]+}} swizzle 3) map(128x2x3x1
// LOG: grid 4x1x1 {{.*}} map(empty) map(empty) map(128x4x8x1 by {{[0-9,]+}} swizzle 3) memory memory memory 1 8 0
// LOG: grid 132x1x1 {{.*}} 1 5000 8 0
// LOG-NOT: grid

// An LSE with gaps, and rows that the copy engine cannot find.
// RUN: not %{run} --input=1x4x8x128xbf16=1 --input=1x2x8x128xbf16=1 --input=1x2x8x128xbf16=1 --row-padding=8 2>&1 | FileCheck %s --check-prefix=GAPS
// GAPS: attention: expected 'result1' to have no gaps between its rows
// RUN: not %{run} --input=1x4x8x128xbf16=1 --input=1x2x8x128xbf16=1 --input=1x2x8x128xbf16=1 --row-padding=4 2>&1 | FileCheck %s --check-prefix=ALIGN
// ALIGN: attention: expected 'query' and its rows to start at multiples of 16 bytes
// RUN: not sqa-run %t.sqapkg --allow-any-owner --input=1x4x8x128xbf16=1 --input=1x2x8x128xbf16=1 --input=1x2x8x128xbf16=1 2>&1 | FileCheck %s --check-prefix=CPU
// CPU: attention: input 0 'query': expected memory of a GPU

// One package for CPUs and GPUs.
// RUN: sqa-compile %s --target=x86-64-v3 --target=sm_90a --target=x86-64-v4 --ptxas=none -o %t.both.sqapkg
// RUN: sqa-run %t.both.sqapkg --inspect | FileCheck %s --check-prefix=BOTH
// BOTH: x86-64-v3 cpu
// BOTH: x86-64 launches
// BOTH: x86-64-v4 cpu
// BOTH: attention (cpu, cuda)
// RUN: sqa-run %t.both.sqapkg --allow-any-owner --isa=x86-64-v3 --input=1x4x8x128xbf16=1 --input=1x2x8x128xbf16=1 --input=1x2x8x128xbf16=1 | FileCheck %s --check-prefix=ONE
// ONE: min 1, max 1

// The same bytes every time.
// RUN: sqa-compile %s --target=sm_90a --ptxas=none --name=gpu.mlir.tmp -o %t.again.sqapkg
// RUN: sqa-compile %s --target=sm_90a --ptxas=none --name=gpu.mlir.tmp -o %t.twice.sqapkg && cmp %t.again.sqapkg %t.twice.sqapkg

// Stages, each of which sqa-opt reads.
// RUN: sqa-compile %s --target=sm_90a --stop-after=planned | sqa-opt | FileCheck %s --check-prefix=PLANNED
// RUN: sqa-compile %s --target=sm_90a --stop-after=kernel | sqa-opt | FileCheck %s --check-prefix=KERNEL
// RUN: sqa-compile %s --target=sm_90a --stop-after=llvm | sqa-opt | FileCheck %s --check-prefix=LLVM
// RUN: sqa-compile %s --target=sm_90a --stop-after=binary | FileCheck %s --check-prefix=BINARY
// RUN: not sqa-compile %s --target=sm_90a --stop-after=tiled 2>&1 | FileCheck %s --check-prefix=TILED
// PLANNED: schedule(#sqa.gpu_schedule<
// KERNEL: host.launch @kernels::@attention_attention_0
// KERNEL: hopper.kernel @attention_attention_0
// LLVM: llvm.func @attention(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) -> i32
// LLVM: gpu.module @kernels
// LLVM: nvvm.kernel
// LLVM: llvm.func @sqart_library_query
// BINARY: .target sm_90a
// BINARY: .entry attention_attention_0
// BINARY: sqart_library_query:
// TILED: error: expected a stage of sm_90a, planned, kernel, llvm or binary, but got tiled

// What was chosen and what came of it.
// RUN: sqa-compile %s --target=sm_90a --ptxas=none --explain -o %t.sqapkg 2>&1 | FileCheck %s --check-prefix=EXPLAIN
// EXPLAIN: sm_90a:
// EXPLAIN: PTX: {{[0-9]+}} bytes, machine code: none
func.func @attention(%q: tensor<?x4x?x128xbf16> {sqa.name = "query"}, %k: tensor<?x2x?x128xbf16> {sqa.name = "key"}, %v: tensor<?x2x?x128xbf16> {sqa.name = "value"}) -> (tensor<?x4x?x128xbf16>, tensor<?x4x?xf32>) {
  %o:2 = attn.sqa %q, %k, %v causal(bottom_right) : (tensor<?x4x?x128xbf16>, tensor<?x2x?x128xbf16>, tensor<?x2x?x128xbf16>) -> (tensor<?x4x?x128xbf16>, tensor<?x4x?xf32>)
  return %o#0, %o#1 : tensor<?x4x?x128xbf16>, tensor<?x4x?xf32>
}
