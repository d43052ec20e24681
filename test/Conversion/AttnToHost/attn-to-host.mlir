// RUN: sqa-opt %s --sqa-pipeline-gpu-kernel | FileCheck %s
// RUN: sqa-opt %s --sqa-check-arguments --sqa-assign-schedule --sqa-convert-attn-to-hopper --sqa-results-to-destinations --canonicalize --cse --sqa-convert-attn-to-host --canonicalize --cse | FileCheck %s

// What a kernel takes for granted and the types do not say is checked, in the
// names callers know; then come the maps, then the launch.
// CHECK-LABEL: func.func @attention
// CHECK-SAME: %[[Q:[^:]*]]: memref<?x4x?x128xbf16, strided<[?, ?, ?, 1]>>
// CHECK-SAME: %[[K:[^:]*]]: memref<?x?x2x128xbf16, strided<[?, ?, ?, 1]>>
// CHECK-SAME: %[[O:[^:]*]]: memref<?x4x?x128xbf16
// CHECK-SAME: sqa.result
// CHECK-SAME: %[[L:[^:]*]]: memref<?x4x?xf32
// CHECK-NOT: attn.sqa
// CHECK-NOT: tensor
// CHECK: %[[TILES:.*]] = arith.ceildivui
// CHECK: host.check %{{.*}}, "expected fewer than 536870912 queries"
// CHECK: host.check %{{.*}}, "expected fewer than 536870912 keys"
// CHECK: host.check %{{.*}}, "expected 'query' and its rows to start at multiples of 16 bytes"
// CHECK: host.check %{{.*}}, "expected 'arg1' and its rows
// CHECK: host.check %{{.*}}, "expected 'result0' and its rows
// CHECK: host.check %{{.*}}, "expected 'result1' to have no gaps between its rows"
// The copy engine counts feature, head, position, batch, whatever the layout.
// CHECK: %[[QMAP:.*]] = host.tensor_map %[[Q]] dims [3, 1, 2, 0] box [64, 1, 128, 1] swizzle(128)
// CHECK: %[[KMAP:.*]] = host.tensor_map %[[K]] dims [3, 2, 1, 0] box [64, 1, 128, 1] swizzle(128)
// As many blocks as run at once take tiles from a counter.
// CHECK: %[[WORDS:.*]] = arith.select %{{.*}}, %c1, %c0
// CHECK: %[[COUNTER:.*]] = host.workspace(%[[WORDS]]) : memref<?xi32>
// CHECK: host.fill %[[COUNTER]] with 0
// CHECK: host.launch @kernels::@attention_attention_0(%[[QMAP]], %[[KMAP]], %{{.*}}, %{{.*}}, %[[O]], %[[L]]
// CHECK-SAME: !host.tensor_map, !host.tensor_map, !host.tensor_map, !host.tensor_map, memref<{{.*}}>, memref<{{.*}}>, memref<?xi32>, i32, i32, i32, i32, i64, i64, i64, f32)
// CHECK-SAME: grid(%{{.*}}) threads(384) shared({{[0-9]+}})
// CHECK-NEXT: return
module attributes {sqa.target = #sqa.gpu<name = "sm_90a", triple = "nvptx64-nvidia-cuda", chip = "sm_90a", features = "+ptx88", shared_bytes = 232448, registers = 65536>} {
  func.func @attention(%q: tensor<?x4x?x128xbf16> {sqa.name = "query"}, %k: tensor<?x?x2x128xbf16>) -> (tensor<?x4x?x128xbf16>, tensor<?x4x?xf32>) {
    %o:2 = attn.sqa %q, %k, %k layout(bhsd, bshd, bshd -> bhsd) causal(bottom_right) : (tensor<?x4x?x128xbf16>, tensor<?x?x2x128xbf16>, tensor<?x?x2x128xbf16>) -> (tensor<?x4x?x128xbf16>, tensor<?x4x?xf32>)
    return %o#0, %o#1 : tensor<?x4x?x128xbf16>, tensor<?x4x?xf32>
  }

  // Static sizes need no check but that of addresses; a map has boxes as wide as
  // the swizzle.
  // CHECK-LABEL: func.func @sizes_known
  // CHECK-NOT: host.check {{.*}}queries
  // CHECK: host.check {{.*}} start at multiples
  // CHECK: host.tensor_map %{{.*}} dims [3, 1, 2, 0] box [32, 1, 192, 1] swizzle(64)
  // CHECK: host.launch
  func.func @sizes_known(%q: tensor<2x4x256x32xf16>) -> tensor<2x4x256x32xf16> {
    %o = attn.sqa %q, %q, %q : (tensor<2x4x256x32xf16>, tensor<2x4x256x32xf16>, tensor<2x4x256x32xf16>) -> tensor<2x4x256x32xf16>
    return %o : tensor<2x4x256x32xf16>
  }

  // What only a later op reads lies in the workspace; nothing is launched before
  // everything has been checked. Sizes may be computed.
  // CHECK-LABEL: func.func @two_layers
  // CHECK: %[[BETWEEN:.*]] = host.workspace(%{{.*}}) : memref<1x4x?x64xbf16>
  // CHECK: host.tensor_map %[[BETWEEN]]
  // CHECK: host.fill
  // CHECK-NEXT: host.launch @kernels::@two_layers_attention_0
  // CHECK-NEXT: host.fill
  // CHECK-NEXT: host.launch @kernels::@two_layers_attention_1
  // CHECK-NEXT: return
  func.func @two_layers(%q: tensor<1x4x?x64xbf16>, %k: tensor<1x4x?x64xbf16>, %n: tensor<1xi32>) -> tensor<1x4x?x64xbf16> {
    %c2 = arith.constant 2 : index
    %t = tensor.dim %k, %c2 : tensor<1x4x?x64xbf16>
    %s = tensor.dim %q, %c2 : tensor<1x4x?x64xbf16>
    %x = arith.subi %t, %s : index
    %a = attn.sqa %q, %k, %k causal(offset(%x)) : (tensor<1x4x?x64xbf16>, tensor<1x4x?x64xbf16>, tensor<1x4x?x64xbf16>, index) -> tensor<1x4x?x64xbf16>
    %b = attn.sqa %a, %k, %k kv_lengths(%n) : (tensor<1x4x?x64xbf16>, tensor<1x4x?x64xbf16>, tensor<1x4x?x64xbf16>, tensor<1xi32>) -> tensor<1x4x?x64xbf16>
    return %b : tensor<1x4x?x64xbf16>
  }
}
