// RUN: sqa-opt %s --verify-diagnostics --split-input-file

func.func @tensor_map_c1_twice(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected 'dims' to name each of 1 to 5 dimensions of 'memref<?x64xbf16, strided<[?, 1]>>' once, but got 1, 1}}
  %m = host.tensor_map %x dims [1, 1] box [64, 128] : memref<?x64xbf16, strided<[?, 1]>>
  return
}

// -----

func.func @tensor_map_c1_rank(%y: memref<f32>) {
  // expected-error @below {{expected 'dims' to name each of 1 to 5 dimensions}}
  %m = host.tensor_map %y dims [] box [] : memref<f32>
  return
}

// -----

func.func @tensor_map_c2(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected dimension 0 of 'memref<?x64xbf16, strided<[?, 1]>>' to have stride 1}}
  %m = host.tensor_map %x dims [0, 1] box [64, 64] : memref<?x64xbf16, strided<[?, 1]>>
  return
}

// -----

func.func @tensor_map_c3_size(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected a box of 2 sizes from 1 to 256, but got 64, 257}}
  %m = host.tensor_map %x dims [1, 0] box [64, 257] : memref<?x64xbf16, strided<[?, 1]>>
  return
}

// -----

func.func @tensor_map_c3_rank(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected a box of 2 sizes from 1 to 256, but got 64}}
  %m = host.tensor_map %x dims [1, 0] box [64] : memref<?x64xbf16, strided<[?, 1]>>
  return
}

// -----

func.func @tensor_map_c4(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected a swizzle of 0, 32, 64 or 128 bytes, but got 16}}
  %m = host.tensor_map %x dims [1, 0] box [8, 1] swizzle(16) : memref<?x64xbf16, strided<[?, 1]>>
  return
}

// -----

func.func @tensor_map_c5(%y: memref<128xi1>) {
  // expected-error @below {{expected elements of whole bytes, but got 'i1'}}
  %m = host.tensor_map %y dims [0] box [128] : memref<128xi1>
  return
}

// -----

func.func @tensor_map_c6_unaligned(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected rows of a box to be a multiple of 16 bytes within the swizzle, but got 8}}
  %m = host.tensor_map %x dims [1, 0] box [4, 1] : memref<?x64xbf16, strided<[?, 1]>>
  return
}

// -----

func.func @tensor_map_c6_wide(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected rows of a box to be a multiple of 16 bytes within the swizzle, but got 128}}
  %m = host.tensor_map %x dims [1, 0] box [64, 1] swizzle(64) : memref<?x64xbf16, strided<[?, 1]>>
  return
}

// -----

func.func @workspace_c1(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected memory without gaps, but got 'memref<4xf32, strided<[2]>>'}}
  %m = host.workspace() : memref<4xf32, strided<[2]>>
  return
}

// -----

func.func @workspace_c2(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected 1 sizes, but got 0}}
  %m = host.workspace() : memref<?xf32>
  return
}

// -----

func.func @launch_c1_missing(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected @kernels::@k to be a kernel of a gpu.module}}
  host.launch @kernels::@k() grid(%n) threads(1)
  return
}

// -----

func.func private @k()
func.func @launch_c1_function(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected @k to be a kernel of a gpu.module}}
  host.launch @k() grid(%n) threads(1)
  return
}

// -----

gpu.module @kernels {
  llvm.func @k(%map: !llvm.ptr {llvm.byval = !llvm.array<128 x i8>}, %x: !llvm.ptr, %n: i32) attributes {nvvm.kernel} {
    llvm.return
  }
  llvm.func @none() attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @launch_c2(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected 3 arguments, but got 0}}
  host.launch @kernels::@k() grid(%n) threads(1)
  return
}

// -----

gpu.module @kernels {
  llvm.func @k(%map: !llvm.ptr, %x: !llvm.ptr, %n: i32) attributes {nvvm.kernel} {
    llvm.return
  }
  llvm.func @none() attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @launch_c3_index(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected argument 2 to be memory, a tensor map or a number, but got 'index'}}
  host.launch @kernels::@k(%x, %x, %n : memref<?x64xbf16, strided<[?, 1]>>, memref<?x64xbf16, strided<[?, 1]>>, index) grid(%n) threads(1)
  return
}

// -----

gpu.module @kernels {
  llvm.func @k(%map: !llvm.ptr {llvm.byval = !llvm.array<128 x i8>}, %x: !llvm.ptr, %n: i32) attributes {nvvm.kernel} {
    llvm.return
  }
  llvm.func @none() attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @launch_c3_map(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected argument 0 to be what the kernel takes, '!llvm.ptr', but got 'memref<?x64xbf16, strided<[?, 1]>>'}}
  host.launch @kernels::@k(%x, %x, %i : memref<?x64xbf16, strided<[?, 1]>>, memref<?x64xbf16, strided<[?, 1]>>, i32) grid(%n) threads(1)
  return
}

// -----

gpu.module @kernels {
  llvm.func @k(%map: !llvm.ptr, %x: !llvm.ptr, %n: i32) attributes {nvvm.kernel} {
    llvm.return
  }
  llvm.func @none() attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @launch_c3_number(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected argument 2 to be what the kernel takes, 'i32', but got 'i64'}}
  host.launch @kernels::@k(%x, %x, %l : memref<?x64xbf16, strided<[?, 1]>>, memref<?x64xbf16, strided<[?, 1]>>, i64) grid(%n) threads(1)
  return
}

// -----

gpu.module @kernels {
  llvm.func @k(%map: !llvm.ptr {llvm.byval = !llvm.array<128 x i8>}, %x: !llvm.ptr, %n: i32) attributes {nvvm.kernel} {
    llvm.return
  }
  llvm.func @none() attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @launch_c4(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected a grid of 1 to 3 dimensions, but got 4}}
  host.launch @kernels::@none() grid(%n, %n, %n, %n) threads(1)
  return
}

// -----

gpu.module @kernels {
  llvm.func @k(%map: !llvm.ptr {llvm.byval = !llvm.array<128 x i8>}, %x: !llvm.ptr, %n: i32) attributes {nvvm.kernel} {
    llvm.return
  }
  llvm.func @none() attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @launch_c5_threads(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected 1 to 1024 threads and no negative shared memory}}
  host.launch @kernels::@none() grid(%n) threads(1025)
  return
}

// -----

gpu.module @kernels {
  llvm.func @k(%map: !llvm.ptr {llvm.byval = !llvm.array<128 x i8>}, %x: !llvm.ptr, %n: i32) attributes {nvvm.kernel} {
    llvm.return
  }
  llvm.func @none() attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @launch_c5_shared(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected 1 to 1024 threads and no negative shared memory}}
  host.launch @kernels::@none() grid(%n) threads(1) shared(-8)
  return
}

// -----

gpu.module @kernels {
  llvm.func @k(%map: !llvm.ptr {llvm.byval = !llvm.array<128 x i8>}, %x: !llvm.ptr, %n: i32) attributes {nvvm.kernel} {
    llvm.return
  }
  llvm.func @none() attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @launch_c6(%x: memref<?x64xbf16, strided<[?, 1]>>, %n: index, %i: i32, %f: f32, %l: i64) {
  // expected-error @below {{expected a cluster of three positive sizes, but got 2, 0, 1}}
  host.launch @kernels::@none() grid(%n) threads(1) cluster [2, 0, 1]
  return
}

// -----

func.func @fill_c1(%x: memref<?x64xf32, strided<[?, 1]>>) {
  // expected-error @below {{expected memory without gaps, but got 'memref<?x64xf32, strided<[?, 1]>>'}}
  host.fill %x with 0 : memref<?x64xf32, strided<[?, 1]>>
  return
}

// -----

func.func @fill_c2(%x: memref<8xbf16>) {
  // expected-error @below {{expected elements of 32 bits, but got 'bf16'}}
  host.fill %x with 0 : memref<8xbf16>
  return
}
