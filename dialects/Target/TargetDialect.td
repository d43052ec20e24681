//===- TargetDialect.td - What a device can do --------------*- tablegen -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_DIALECTS_TARGET_TARGETDIALECT_TD
#define SQA_DIALECTS_TARGET_TARGETDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Sqa_Dialect : Dialect {
  let name = "sqa";
  let cppNamespace = "::mlir::sqa";
  let summary = "targets and schedules";
  let description = [{
    Attributes that tell a pass about the machine, so that no pass holds a
    number of a device: `#sqa.cpu` describes a CPU, `#sqa.cpu_schedule` says how
    one attention op is run on it. The module carries its target as
    `sqa.target`. Function arguments may carry `sqa.name` (what messages call
    the argument) and `sqa.parameter` (the weight of a .safetensors file that it
    takes). --sqa-check-arguments adds what callers must respect: the function's
    `sqa.symbols` names the sizes it is generic in, and `sqa.shape` of each
    argument and result gives its dimensions over them. An argument with
    `sqa.result` is where a result is written.

    Example:
    ```mlir
    func.func @double(
        %x: tensor<?x4xf32> {sqa.name = "x", sqa.shape = affine_map<()[s0] -> (s0, 4)>})
        -> (tensor<?x4xf32> {sqa.shape = affine_map<()[s0] -> (s0, 4)>})
        attributes {sqa.symbols = ["N"]}
    ```
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
}

class Sqa_Attr<string name, string attrMnemonic> : AttrDef<Sqa_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def Sqa_CpuAttr : Sqa_Attr<"Cpu", "cpu"> {
  let summary = "a CPU instruction set level";
  let description = [{
    Example: `#sqa.cpu<name = "x86-64-v3", triple = "x86_64-unknown-linux-gnu",
    cpu = "x86-64-v3", features = "", vector_bits = 256, vector_registers = 16>`
  }];
  let parameters = (ins
    StringRefParameter<"name in packages and messages">:$name,
    StringRefParameter<"LLVM target triple">:$triple,
    StringRefParameter<"LLVM target CPU">:$cpu,
    StringRefParameter<"LLVM feature string added to the CPU's own">:$features,
    "int64_t":$vector_bits,     // width of a vector register
    "int64_t":$vector_registers // how many there are
  );
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    // Whether `features` turns on `name`, in LLVM's spelling.
    bool hasFeature(::llvm::StringRef name) const;
  }];
}

// What multiplies queries by keys and weights by values.
def Sqa_Products : I32EnumAttr<"Products", "the instructions of both products", [
  I32EnumAttrCase<"fma", 0>, // f32 fused multiply-adds, whatever the operands
  I32EnumAttrCase<"dot", 1>, // bf16 pairs into f32 lanes (AVX-512 BF16)
  I32EnumAttrCase<"tile", 2> // bf16 tiles into f32 tiles (AMX)
]> {
  let cppNamespace = "::mlir::sqa";
  let genSpecializedAttr = 0;
}

def Sqa_CpuScheduleAttr : Sqa_Attr<"CpuSchedule", "cpu_schedule"> {
  let summary = "how one attention op runs on a CPU";
  let description = [{
    The loop nest is fixed (query tile, key block, score block in registers);
    this says how large each piece is. See docs/Pipeline.md.
  }];
  let parameters = (ins
    "int64_t":$lanes,    // query rows in one vector: f32 lanes
    "int64_t":$block_m,  // query rows a tile, a multiple of lanes
    "int64_t":$block_n,  // keys a block, a multiple of key_rows
    "int64_t":$key_rows, // keys of one score block in registers
    "int64_t":$value_rows, // output features of one block in registers
    "int64_t":$exp_degree, // degree of the exp2 polynomial: 4 (fast), 5, 6 (accurate); 3 makes bf16 at once
    "int64_t":$lazy_log2,  // the running maximum may lag by 2^lazy_log2; 0: never
    DefaultValuedParameter<"::mlir::sqa::Products", "::mlir::sqa::Products::fma">:$products,
    DefaultValuedParameter<"int64_t", "0">:$split_keys // keys of a tile, which then has all queries; 0: all keys
  );
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    // Keys, values and queries are packed in bf16 pairs (attn.pack).
    bool isPacked() const { return getProducts() != Products::fma; }
  }];
}

def Sqa_GpuAttr : Sqa_Attr<"Gpu", "gpu"> {
  let summary = "a GPU architecture";
  let description = [{
    What code is generated for. Facts that differ between devices of one
    architecture (multiprocessors, L2) are asked for at run time.

    Example: `#sqa.gpu<name = "sm_90a", triple = "nvptx64-nvidia-cuda",
    chip = "sm_90a", features = "+ptx88", shared_bytes = 232448, registers = 65536>`
  }];
  let parameters = (ins
    StringRefParameter<"name in packages and messages">:$name,
    StringRefParameter<"LLVM target triple">:$triple,
    StringRefParameter<"LLVM target CPU">:$chip,
    StringRefParameter<"LLVM feature string">:$features,
    "int64_t":$shared_bytes, // of a block, opted in
    "int64_t":$registers     // of a multiprocessor
  );
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Sqa_GpuScheduleAttr : Sqa_Attr<"GpuSchedule", "gpu_schedule"> {
  let summary = "how one attention op runs on a GPU with warp roles";
  let description = [{
    One producer warpgroup and `consumers` warpgroups of 64 query rows each, over
    rings of `stages` blocks of `block_n` keys. What follows from these is derived
    where it is used: block_m, threads, shared memory, barrier counts, swizzles,
    which blocks need masks.
  }];
  let parameters = (ins
    "int64_t":$consumers,          // warpgroups of 64 query rows
    "int64_t":$block_n,            // keys a block
    "int64_t":$stages,             // blocks in the rings of keys and values
    "int64_t":$producer_registers, // of a thread
    "int64_t":$consumer_registers, // of a thread
    "bool":$scores_ahead,          // scores of the next block run beside weights x values
    "bool":$tensor_row_sums,       // row sums of rounded weights, by the tensor cores
    "bool":$integer_max,           // maxima are rounded up to integers in base 2
    "int64_t":$software_exp,       // of 16 exponentials, how many off the special function unit
    "bool":$frozen_max,            // maxima stay as they are behind the masked blocks; redone if that fails
    "int64_t":$exp_order,          // chunks of exponentials follow each other: the one of a chunk that the next waits for
    "int64_t":$heads_per_section,  // heads whose tiles run together, longest first
    "bool":$wide_stores,           // results are exchanged into 16-byte stores
    "bool":$tile_stores            // results leave by the copy engine, through shared memory
  );
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t getBlockM() const { return 64 * getConsumers(); }
  }];
}

#endif // SQA_DIALECTS_TARGET_TARGETDIALECT_TD
