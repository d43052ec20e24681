//===- HostOps.td - What compiled code asks of the runtime --*- tablegen -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_DIALECTS_HOST_HOSTOPS_TD
#define SQA_DIALECTS_HOST_HOSTOPS_TD

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
  }];
  let hasOperationAttrVerify = 1;
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
}

#endif // SQA_DIALECTS_HOST_HOSTOPS_TD
