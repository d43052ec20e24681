//===- HostOps.td - What compiled code asks of the runtime --*- tablegen -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_DIALECTS_HOST_HOSTOPS_TD
#define SQA_DIALECTS_HOST_HOSTOPS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Host_Dialect : Dialect {
  let name = "host";
  let cppNamespace = "::mlir::sqa::host";
  let summary = "what compiled code asks of the runtime";
  let description = [{
    Entry functions reach the runtime through one table of functions
    (runtime/include/sqart/kernel_abi.h). These ops are those calls before they
    are lowered. A kernel is a private function with the unit attribute
    `host.kernel`; its last three arguments are the first tile, the end of the
    tiles (index) and the scratch memory of the thread (memref<?xi8>).

    An entry function for a GPU computes launch parameters and enqueues work. It
    never reads what its memrefs point to: that is on the device.
  }];
  let hasOperationAttrVerify = 1;
  let useDefaultTypePrinterParser = 1;
}

def Host_TensorMapType : TypeDef<Host_Dialect, "TensorMap"> {
  let mnemonic = "tensor_map";
  let summary = "how the copy engine of a GPU finds boxes of a tensor";
}

class Host_Op<string mnemonic, list<Trait> traits = []>
    : Op<Host_Dialect, mnemonic, traits>;

def Host_DispatchOp : Host_Op<"dispatch", [
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "run a kernel on all its tiles, in parallel";
  let description = [{
    Runs `@kernel` on the tiles [0, tiles), in any order and on any threads, and
    returns when all are done. Each thread gets `scratch` bytes of its own.

    Example:
    ```mlir
    host.dispatch @attention_kernel_0(%q, %o : memref<4xf32>, memref<4xf32>)
        tiles(%n) scratch(%bytes)
    ```
  }];
  let arguments = (ins
    Arg<FlatSymbolRefAttr, "the kernel">:$kernel,
    Arg<Variadic<AnyType>, "what the kernel captures: memrefs and scalars">:$captures,
    Arg<Index, "number of tiles">:$tiles,
    Arg<Index, "bytes of scratch memory a thread">:$scratch
  );
  let assemblyFormat = [{
    $kernel `(` ($captures^ `:` type($captures))? `)`
    `tiles` `(` $tiles `)` `scratch` `(` $scratch `)` attr-dict
  }];
}

def Host_CheckOp : Host_Op<"check", [MemoryEffects<[MemWrite]>]> {
  let summary = "fail the call unless a condition holds";
  let description = [{
    Stands in entry functions only. If the condition is false the call ends at
    once with an argument error of this message.

    Example:
    ```mlir
    host.check %equal, "expected key length of 'key' and 'value' to be equal"
    ```
  }];
  let arguments = (ins
    Arg<I1, "what must hold">:$condition,
    Arg<StrAttr, "what the caller is told">:$message
  );
  let assemblyFormat = "$condition `,` $message attr-dict";
  let hasCanonicalizeMethod = 1;
}

def Host_TensorMapOp : Host_Op<"tensor_map", [MemoryEffects<[MemWrite]>]> {
  let summary = "describe a tensor to the copy engine of the GPU";
  let description = [{
    `dims` names the tensor's dimensions, innermost first; sizes, strides and
    address are those of the memref at run time. A copy moves a box. The call
    fails if address or strides are not multiples of 16 bytes; a dimension of
    size 1 may have any stride. Boxes may stick out of the tensor: what is
    outside reads as zero. Maps cost little: the runtime keeps them.

    Example:
    ```mlir
    %map = host.tensor_map %x dims [1, 0] box [64, 128] swizzle(128)
        : memref<?x64xbf16, strided<[?, 1]>>
    ```
  }];
  let arguments = (ins
    Arg<AnyStridedMemRef, "the tensor, on the device">:$source,
    Arg<DenseI64ArrayAttr, "its dimensions, innermost first">:$dims,
    Arg<DenseI64ArrayAttr, "elements of a box in each of them">:$box,
    Arg<DefaultValuedAttr<I64Attr, "0">, "bytes of a row of the shared tile's swizzle: 0, 32, 64 or 128">:$swizzle
  );
  let results = (outs Host_TensorMapType:$map);
  let assemblyFormat = [{
    $source `dims` $dims `box` $box (`swizzle` `(` $swizzle^ `)`)? attr-dict
    `:` type($source)
  }];
  let hasVerifier = 1;
}

def Host_WorkspaceOp : Host_Op<"workspace", [MemoryEffects<[MemAlloc]>]> {
  let summary = "device memory for the kernels of this call";
  let description = [{
    Not initialised, aligned to 256 bytes, given back when the call's kernels
    have run.

    Example:
    ```mlir
    %m = host.workspace(%n) : memref<?x64xbf16>
    ```
  }];
  let arguments = (ins
    Arg<Variadic<Index>, "dynamic sizes, in order">:$sizes
  );
  let results = (outs AnyStridedMemRef:$memory);
  let assemblyFormat = "`(` $sizes `)` attr-dict `:` type($memory)";
  let hasVerifier = 1;
}

def Host_FillOp : Host_Op<"fill", [MemoryEffects<[MemWrite]>]> {
  let summary = "enqueue the filling of device memory with a word";
  let description = [{
    Every 32-bit word of the memory becomes `value`, behind what this call
    enqueued before.

    Example:
    ```mlir
    host.fill %counter with 0 : memref<1xi32>
    ```
  }];
  let arguments = (ins
    Arg<AnyStridedMemRef, "what is filled">:$memory,
    Arg<I32Attr, "the word">:$value
  );
  let assemblyFormat = "$memory `with` $value attr-dict `:` type($memory)";
  let hasVerifier = 1;
}

def Host_MultiprocessorsOp : Host_Op<"multiprocessors", [Pure]> {
  let summary = "number of multiprocessors of the GPU of this call";
  let results = (outs Index:$count);
  let assemblyFormat = "attr-dict";
}

def Host_LaunchOp : Host_Op<"launch", [
    AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "enqueue a kernel of a GPU";
  let description = [{
    Enqueues the kernel behind what this call enqueued before, and does not
    wait. Nothing is launched if a number of blocks is 0. Kernels of a module
    are numbered in the order of their names.

    Memory is passed as the address of its first element. Numbers have the type
    of the kernel's parameter; its `index` is i32.

    Example:
    ```mlir
    host.launch @kernels::@scale(%map, %y, %n : !host.tensor_map, memref<?xf32>, i32)
        grid(%blocks) threads(384) shared(1024)
    ```
  }];
  let arguments = (ins
    Arg<SymbolRefAttr, "the kernel">:$kernel,
    Arg<Variadic<AnyType>, "what it is given: memory, tensor maps, numbers">:$arguments,
    Arg<Variadic<Index>, "blocks: x, y, z">:$grid,
    Arg<I64Attr, "threads of a block, all in x">:$threads,
    Arg<DefaultValuedAttr<I64Attr, "0">, "bytes of dynamic shared memory of a block">:$shared,
    Arg<OptionalAttr<DenseI64ArrayAttr>, "blocks of a cluster: x, y, z">:$cluster,
    Arg<UnitAttr, "all blocks run at the same time">:$cooperative,
    Arg<UnitAttr, "may start before the kernel in front has ended">:$overlap
  );
  let assemblyFormat = [{
    $kernel `(` ($arguments^ `:` type($arguments))? `)`
    `grid` `(` $grid `)` `threads` `(` $threads `)` (`shared` `(` $shared^ `)`)?
    (`cluster` $cluster^)? (`cooperative` $cooperative^)? (`overlap` $overlap^)?
    attr-dict
  }];
  let hasVerifier = 1;
}

#endif // SQA_DIALECTS_HOST_HOSTOPS_TD
