//===- HopperDialect.td - Block programs of compute capability 9.0a -------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_DIALECTS_HOPPER_HOPPERDIALECT_TD
#define SQA_DIALECTS_HOPPER_HOPPERDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"

def Hopper_Dialect : Dialect {
  let name = "hopper";
  let cppNamespace = "::mlir::sqa::hopper";
  let summary = "block programs of sm_90a: warp roles, rings, matrix groups";
  let description = [{
    What one thread block of a warp-specialised kernel does, in terms of tiles
    and fragments: a producer thread fills rings of shared-memory tiles with the
    tensor copy engine, consumer warpgroups multiply them with `wgmma` and keep
    accumulators in registers as SSA values. Offsets, barrier counts, byte
    counts, swizzles and matrix descriptors are derived when the program is
    lowered; they are written nowhere. Obligations of each op are in
    `dialects/Hopper/README.md`.
  }];
  let useDefaultTypePrinterParser = 1;
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

class Hopper_Op<string mnemonic, list<Trait> traits = []>
    : Op<Hopper_Dialect, mnemonic, traits>;

class Hopper_Type<string name, string typeMnemonic>
    : TypeDef<Hopper_Dialect, name> {
  let mnemonic = typeMnemonic;
  let genVerifyDecl = 1;
}

def Hopper_RingType : Hopper_Type<"Ring", "ring"> {
  let summary = "ring of tiles in shared memory, with a full and an empty barrier each";
  let description = [{
    `!hopper.ring<2x128x64xbf16>` is two stages of 128 rows of 64 columns. A
    tile is stored as slabs of 64, 32 or 16 columns (the widest that divides the
    columns), each row-major and swizzled over its row (PTX ISA, shared memory
    matrix layout).
  }];
  let parameters = (ins "int64_t":$stages, "int64_t":$rows,
                        "int64_t":$columns, "::mlir::Type":$elementType);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    // Columns of one slab: 64, 32 or 16.
    int64_t getSlabColumns() const;
    int64_t getSlabs() const { return getColumns() / getSlabColumns(); }
    // Bytes of one row of a slab: what the swizzle spans.
    int64_t getRowBytes() const { return 2 * getSlabColumns(); }
    int64_t getStageBytes() const { return 2 * getRows() * getColumns(); }
    int64_t getBytes() const { return getStages() * getStageBytes(); }
  }];
}

def Hopper_TensorMapType : Hopper_Type<"TensorMap", "tensor_map"> {
  let summary = "tensor map whose box is one slab of a tile";
  let description = [{
    `!hopper.tensor_map<128x64xbf16>` is a kernel argument of 128 bytes that the
    host encodes (cuTensorMapEncodeTiled) over the dimensions (feature, head,
    position, batch), with a box of 64 features, 1 head, 128 positions and 1
    batch, swizzled over the features of the box, elements outside read as 0.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns, "::mlir::Type":$elementType);
  let hasCustomAssemblyFormat = 1;
}

def Hopper_CursorType : Hopper_Type<"Cursor", "cursor"> {
  let summary = "position in a ring: stage and phase";
  let parameters = (ins "int64_t":$stages);
  let assemblyFormat = "`<` $stages `>`";
}

def Hopper_OnesType : Hopper_Type<"Ones", "ones"> {
  let summary = "16 shared rows of ones beside a ring of values";
  let parameters = (ins "::mlir::Type":$elementType);
  let assemblyFormat = "`<` $elementType `>`";
}

def Hopper_VoteType : Hopper_Type<"Vote", "vote"> {
  let summary = "a question about a tile that consumers answer together";
  let genVerifyDecl = 0;
}

def Hopper_QueueType : Hopper_Type<"Queue", "queue"> {
  let summary = "two places for what the producer tells the consumers of a tile";
  let parameters = (ins "int64_t":$words);
  let assemblyFormat = "`<` $words `>`";
  let extraClassDeclaration = [{
    // Bytes of one place: whole vectors of four words.
    int64_t getPlaceBytes() const { return (getWords() + 3) / 4 * 16; }
  }];
}

def Hopper_FragmentType : Hopper_Type<"Fragment", "fragment"> {
  let summary = "matrix of 64 rows in the registers of a warpgroup";
  let description = [{
    f32: laid out as the accumulator of wgmma m64nNk16 (PTX ISA, register
    fragments of wgmma.mma_async); a thread holds N/2 values of rows r and r + 8.
    f16, bf16: laid out as its A operand, two values a register.
  }];
  let parameters = (ins "int64_t":$columns, "::mlir::Type":$elementType);
  let hasCustomAssemblyFormat = 1;
}

def Hopper_PendingType : Hopper_Type<"Pending", "pending"> {
  let summary = "fragment that a matrix group is still writing";
  let description = [{
    Only hopper.wgmma_wait turns it into a fragment; nothing else may read it.
  }];
  let parameters = (ins "::mlir::sqa::hopper::FragmentType":$fragment);
  let assemblyFormat = "`<` qualified($fragment) `>`";
}

def Hopper_WeightsType : Hopper_Type<"Weights", "weights"> {
  let summary = "softmax weights on their way to 16 bits";
  let description = [{
    f32 values, or where the exponential is computed in software the two bf16
    pairs whose sum it is: the sum is left to hopper.convert.
  }];
  let parameters = (ins "int64_t":$columns, "int64_t":$softwareExp);
  let assemblyFormat = "`<` $columns `,` `software_exp` `=` $softwareExp `>`";
  let extraClassDeclaration = [{
    // Whether the pair of columns 8 g + 2 lane + {0, 1} of row r + 8 half is
    // computed in software.
    bool isSoftware(int64_t group, int64_t half) const;
  }];
}

def Hopper_RowsType : Hopper_Type<"Rows", "rows"> {
  let summary = "one f32 for each of the 64 rows of a warpgroup";
  let description = [{
    A thread holds the values of its rows r and r + 8.
  }];
  let genVerifyDecl = 0;
}

#endif // SQA_DIALECTS_HOPPER_HOPPERDIALECT_TD
