//===- HopperOps.td - Operations of the hopper dialect ------*- tablegen -*-===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SQA_DIALECTS_HOPPER_HOPPEROPS_TD
#define SQA_DIALECTS_HOPPER_HOPPEROPS_TD

include "mlir/Dialect/LLVMIR/LLVMTypes.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"
include "dialects/Hopper/HopperDialect.td"

class Hopper_Arg<Constraint type, string desc> : Arg<type, desc>;
class Hopper_Attr<Constraint attr, string desc> : Arg<attr, desc>;

// Reads and writes what other warps see, so it keeps its place.
def Hopper_Ordered : MemoryEffects<[MemRead, MemWrite]>;
// Stands in one of the regions of hopper.warp_roles.
def Hopper_InProducer : NativeOpTrait<"InProducer", [], "", ""> {
  let cppNamespace = "::mlir::sqa::hopper";
}
def Hopper_InConsumer : NativeOpTrait<"InConsumer", [], "", ""> {
  let cppNamespace = "::mlir::sqa::hopper";
}

//===----------------------------------------------------------------------===//
// The block
//===----------------------------------------------------------------------===//

def Hopper_KernelOp : Hopper_Op<"kernel", [
    FunctionOpInterface, IsolatedFromAbove, Symbol]> {
  let summary = "program of one thread block";
  let description = [{
    The body is an entry part that all threads run, then one hopper.warp_roles.
    The block has 128 threads for each warpgroup of the roles and all the shared
    memory its rings take; both are derived. Arguments are tensor maps, global
    pointers, numbers (`index` is 32 bits here).

    Example:
    ```mlir
    module {
      hopper.kernel @copy_nothing(%map: !hopper.tensor_map<64x64xbf16>, %n: index) {
        %q = hopper.ring : !hopper.ring<1x64x64xbf16>
        %zero = arith.constant 0 : index
        hopper.warp_roles producer registers(24) {
          %c = hopper.cursor : !hopper.cursor<1>
          hopper.wait_empty %q[%c] : !hopper.ring<1x64x64xbf16>
          hopper.load %map[%zero, %n, %zero] into %q[%c]
              : !hopper.tensor_map<64x64xbf16>, !hopper.ring<1x64x64xbf16>
          hopper.yield
        } consumers(1) registers(240) {
        ^bb0(%group: index):
          %c = hopper.cursor : !hopper.cursor<1>
          hopper.wait_full %q[%c] : !hopper.ring<1x64x64xbf16>
          hopper.release %q[%c] : !hopper.ring<1x64x64xbf16>
          hopper.yield
        }
        hopper.return
      }
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    TypeAttrOf<FunctionType>:$function_type,
    Hopper_Attr<DefaultValuedAttr<I64Attr, "1">, "blocks that share a multiprocessor">:$blocks_per_sm,
    OptionalAttr<DictArrayAttr>:$arg_attrs,
    OptionalAttr<DictArrayAttr>:$res_attrs
  );
  let regions = (region AnyRegion:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ::mlir::ArrayRef<::mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
    // Null in a program that does not verify.
    WarpRolesOp getRoles();
    int64_t getThreads();
    // Registers of a thread when the block starts.
    int64_t getLaunchRegisters();
  }];
}

def Hopper_ReturnOp : Hopper_Op<"return", [
    Terminator, HasParent<"KernelOp">, Pure]> {
  let summary = "end of a kernel";
  let assemblyFormat = "attr-dict";
}

def Hopper_RingOp : Hopper_Op<"ring", [HasParent<"KernelOp">, MemoryEffects<[MemAlloc]>]> {
  let summary = "ring of tiles in the block's shared memory";
  let description = [{
    Every stage has a full barrier (one arrival and the bytes of its load) and
    an empty barrier (one arrival from each consumer warp). Stages start empty.
  }];
  let results = (outs Hopper_RingType:$ring);
  let assemblyFormat = "attr-dict `:` qualified(type($ring))";
}

def Hopper_OnesOp : Hopper_Op<"ones", [HasParent<"KernelOp">, MemoryEffects<[MemAlloc]>]> {
  let summary = "16 shared rows of ones, for row sums on the tensor cores";
  let description = [{
    A hopper.wgmma_rs that takes it multiplies by eight more columns, all ones,
    so its last eight result columns are the sums of the rows of A.
  }];
  let results = (outs Hopper_OnesType:$ones);
  let assemblyFormat = "attr-dict `:` qualified(type($ones))";
}

def Hopper_VoteOp : Hopper_Op<"vote", [HasParent<"KernelOp">, MemoryEffects<[MemAlloc]>]> {
  let summary = "barrier and flag by which consumers ask for a tile again";
  let description = [{
    One round a tile: every consumer warp casts and goes on, the producer reads.
    There is room for two rounds: the producer reads a round before it hands out
    the second tile after it.
  }];
  let results = (outs Hopper_VoteType:$vote);
  let assemblyFormat = "attr-dict `:` qualified(type($vote))";
}

def Hopper_QueueOp : Hopper_Op<"queue", [HasParent<"KernelOp">, MemoryEffects<[MemAlloc]>]> {
  let summary = "where the producer tells the consumers which tile comes next";
  let description = [{
    Two places of `words` numbers, each with a full and an empty barrier. The
    producer decodes a tile while the consumers work on the one before.
  }];
  let results = (outs Hopper_QueueType:$queue);
  let assemblyFormat = "attr-dict `:` qualified(type($queue))";
}

def Hopper_WarpRolesOp : Hopper_Op<"warp_roles", [
    HasParent<"KernelOp">, RecursiveMemoryEffects]> {
  let summary = "what the producer and the consumer warpgroups do";
  let description = [{
    One thread of the first warpgroup runs the producer region; every thread of
    the other warpgroups runs the consumer region, which is given the number of
    its warpgroup. `registers` is what a thread of the role has (setmaxnreg).
    The registers asked for must be there when the block starts: otherwise the
    increase waits for ever.
  }];
  let arguments = (ins
    Hopper_Attr<I64Attr, "registers of a producer thread">:$producer_registers,
    Hopper_Attr<I64Attr, "consumer warpgroups">:$consumers,
    Hopper_Attr<I64Attr, "registers of a consumer thread">:$consumer_registers
  );
  let regions = (region SizedRegion<1>:$producer, SizedRegion<1>:$consumer);
  let assemblyFormat = [{
    `producer` `registers` `(` $producer_registers `)` $producer
    `consumers` `(` $consumers `)` `registers` `(` $consumer_registers `)` $consumer
    attr-dict
  }];
  let hasVerifier = 1;
}

def Hopper_YieldOp : Hopper_Op<"yield", [
    Terminator, ParentOneOf<["WarpRolesOp", "MapSlotsOp", "ScreenValuesOp"]>, Pure]> {
  let summary = "end of a role, or the value of a slot";
  let arguments = (ins Variadic<AnyTypeOf<[F32, I1]>>:$values);
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

//===----------------------------------------------------------------------===//
// Rings
//===----------------------------------------------------------------------===//

def Hopper_CursorOp : Hopper_Op<"cursor", [Pure]> {
  let summary = "the first stage of a ring, in its first round";
  let results = (outs Hopper_CursorType:$cursor);
  let assemblyFormat = "attr-dict `:` qualified(type($cursor))";
}

def Hopper_AdvanceOp : Hopper_Op<"advance", [Pure, SameOperandsAndResultType]> {
  let summary = "the stage after a stage";
  let arguments = (ins Hopper_CursorType:$cursor);
  let results = (outs Hopper_CursorType:$next);
  let assemblyFormat = "$cursor attr-dict `:` qualified(type($cursor))";
}

class Hopper_RingUser<string mnemonic, Trait role> : Hopper_Op<mnemonic, [
    Hopper_Ordered, role,
    TypesMatchWith<"cursor has the ring's stages" /*cursor_c1*/, "ring", "cursor",
        "::mlir::sqa::hopper::CursorType::get($_ctxt, "
        "::llvm::cast<::mlir::sqa::hopper::RingType>($_self).getStages())">]> {
  let arguments = (ins Hopper_Arg<Hopper_RingType, "ring">:$ring,
                       Hopper_Arg<Hopper_CursorType, "which stage, in which round">:$cursor);
  let assemblyFormat = "$ring `[` $cursor `]` attr-dict `:` qualified(type($ring))";
  let hasVerifier = 1;
}

def Hopper_WaitEmptyOp : Hopper_RingUser<"wait_empty", Hopper_InProducer> {
  let summary = "wait until all consumers have released a stage";
}

def Hopper_WaitFullOp : Hopper_RingUser<"wait_full", Hopper_InConsumer> {
  let summary = "wait until the bytes of a stage are there";
}

def Hopper_ReleaseOp : Hopper_RingUser<"release", Hopper_InConsumer> {
  let summary = "give a stage back: this warp will not read it again";
  let description = [{
    Every matrix group that reads the stage must have been waited for.
  }];
}

def Hopper_WriteNoteOp : Hopper_Op<"write_note", [
    Hopper_Ordered, Hopper_InProducer,
    TypesMatchWith<"cursor has the ring's stages", "ring", "cursor",
        "::mlir::sqa::hopper::CursorType::get($_ctxt, "
        "::llvm::cast<::mlir::sqa::hopper::RingType>($_self).getStages())">]> {
  let summary = "leave a number beside a stage";
  let description = [{
    Between hopper.wait_empty and the stage's hopper.load, which publishes it.
  }];
  let arguments = (ins Hopper_RingType:$ring, Hopper_CursorType:$cursor, Index:$value);
  let assemblyFormat = "$ring `[` $cursor `]` $value attr-dict `:` qualified(type($ring))";
  let hasVerifier = 1;
}

def Hopper_ReadNoteOp : Hopper_RingUser<"read_note", Hopper_InConsumer> {
  let summary = "the number beside a full stage";
  let results = (outs Index:$value);
}

class Hopper_QueueUser<string mnemonic, Trait role> : Hopper_Op<mnemonic, [Hopper_Ordered, role]> {
  let hasVerifier = 1;
}

def Hopper_PushOp : Hopper_QueueUser<"push", Hopper_InProducer> {
  let summary = "hand a tile to all consumers";
  let description = [{
    Waits until all consumer warps have taken what was in this place.
  }];
  let arguments = (ins Hopper_QueueType:$queue, Hopper_CursorType:$cursor,
                       Hopper_Arg<Variadic<Index>, "what describes the tile">:$values);
  let assemblyFormat = "$queue `[` $cursor `]` $values attr-dict `:` qualified(type($queue)) `,` qualified(type($cursor))";
}

def Hopper_PopOp : Hopper_QueueUser<"pop", Hopper_InConsumer> {
  let summary = "wait for a tile and take what describes it";
  let arguments = (ins Hopper_QueueType:$queue, Hopper_CursorType:$cursor);
  let results = (outs Variadic<Index>:$values);
  let assemblyFormat = "$queue `[` $cursor `]` attr-dict `:` qualified(type($queue)) `,` qualified(type($cursor)) `->` type($values)";
}

def Hopper_LoadOp : Hopper_Op<"load", [
    Hopper_Ordered, Hopper_InProducer,
    TypesMatchWith<"cursor has the ring's stages", "ring", "cursor",
        "::mlir::sqa::hopper::CursorType::get($_ctxt, "
        "::llvm::cast<::mlir::sqa::hopper::RingType>($_self).getStages())">]> {
  let summary = "start the copy of a tile into a stage";
  let description = [{
    Copies the rows from `row` on of one head of one batch. The stage must be
    empty (hopper.wait_empty); it is full when all bytes are there. What lies
    outside of the tensor is 0.
  }];
  let arguments = (ins
    Hopper_Arg<Hopper_TensorMapType, "kernel argument">:$map,
    Hopper_Arg<Index, "head">:$head,
    Hopper_Arg<Index, "first row">:$row,
    Hopper_Arg<Index, "batch">:$batch,
    Hopper_Arg<Hopper_RingType, "ring">:$ring,
    Hopper_Arg<Hopper_CursorType, "which stage, in which round">:$cursor
  );
  let assemblyFormat = [{
    $map `[` $head `,` $row `,` $batch `]` `into` $ring `[` $cursor `]` attr-dict
    `:` qualified(type($map)) `,` qualified(type($ring))
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Matrix groups
//===----------------------------------------------------------------------===//

def Hopper_WgmmaSsOp : Hopper_Op<"wgmma_ss", [Hopper_Ordered, Hopper_InConsumer]> {
  let summary = "start scores = A B^T, both tiles in shared memory";
  let description = [{
    A is the 64 rows of this warpgroup (`rows`, a multiple of 64) of a stage, B
    a whole stage. One group: fence, a wgmma for each 16 columns, commit. Both
    stages must be full, and stay until the group has been waited for.
  }];
  let arguments = (ins
    Hopper_Arg<Hopper_RingType, "ring of A">:$a,
    Hopper_Arg<Hopper_CursorType, "stage of A">:$a_cursor,
    Hopper_Arg<Index, "first row of A">:$row,
    Hopper_Arg<Hopper_RingType, "ring of B">:$b,
    Hopper_Arg<Hopper_CursorType, "stage of B">:$b_cursor
  );
  let results = (outs Hopper_PendingType:$result);
  let assemblyFormat = [{
    $a `[` $a_cursor `]` `rows` `(` $row `)` `,` $b `[` $b_cursor `]` attr-dict
    `:` qualified(type($a)) `,` qualified(type($a_cursor)) `,` qualified(type($b)) `,` qualified(type($b_cursor)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

def Hopper_WgmmaRsOp : Hopper_Op<"wgmma_rs", [Hopper_Ordered, Hopper_InConsumer]> {
  let summary = "start accumulator + A B, A in registers";
  let description = [{
    A is a fragment, B a whole stage, its rows along the rows' columns of A. The
    registers of A must not be written while any group is in flight: ptxas then
    serialises all groups (C7513), so hopper.convert comes after the wait. With
    `ones` the result has eight more columns, the sums of the rows of A.
  }];
  let arguments = (ins
    Hopper_Arg<Hopper_FragmentType, "A (64, K)">:$a,
    Hopper_Arg<Hopper_RingType, "ring of B">:$b,
    Hopper_Arg<Hopper_CursorType, "stage of B">:$b_cursor,
    Hopper_Arg<Optional<Hopper_OnesType>, "eight more columns of B">:$ones,
    Hopper_Arg<Hopper_FragmentType, "what the product is added to">:$accumulator
  );
  let results = (outs Hopper_PendingType:$result);
  let assemblyFormat = [{
    $a `,` $b `[` $b_cursor `]` (`ones` `(` $ones^ `:` qualified(type($ones)) `)`)? `to` $accumulator attr-dict
    `:` qualified(type($a)) `,` qualified(type($b)) `,` qualified(type($b_cursor)) `,` qualified(type($accumulator)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

def Hopper_WgmmaWaitOp : Hopper_Op<"wgmma_wait", [Hopper_Ordered, Hopper_InConsumer]> {
  let summary = "wait for matrix groups of this warpgroup";
  let description = [{
    Returns when at most `in_flight` groups, the latest, are unfinished. The
    accumulators of all older groups that are still needed must be listed.
  }];
  let arguments = (ins
    Hopper_Attr<I64Attr, "groups that may go on">:$in_flight,
    Hopper_Arg<Variadic<Hopper_PendingType>, "accumulators of finished groups">:$pending
  );
  let results = (outs Variadic<Hopper_FragmentType>:$results);
  let assemblyFormat = [{
    `in_flight` `(` $in_flight `)` $pending attr-dict `:` qualified(type($pending)) `->` qualified(type($results))
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Fragments
//===----------------------------------------------------------------------===//

def Hopper_SplatOp : Hopper_Op<"splat", [Pure]> {
  let summary = "one value everywhere";
  let arguments = (ins Hopper_Attr<F32Attr, "the value">:$value);
  let results = (outs AnyTypeOf<[Hopper_FragmentType, Hopper_RowsType]>:$result);
  let assemblyFormat = "$value attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

def Hopper_MaskBandOp : Hopper_Op<"mask_band", [
    Pure, Hopper_InConsumer, AttrSizedOperandSegments,
    AllTypesMatch<["scores", "result"]>]> {
  let summary = "-inf where a slot is outside of the visible band";
  let description = [{
    Element (r, c) is slot (i, j) = (row + r, column + c). It stays where
    `j < keys`, `j < i + upper` and (`j >= i + lower` or `j < global`), as far as
    these are given. Sums must fit 32 bits.
  }];
  let arguments = (ins
    Hopper_Arg<Hopper_FragmentType, "scores">:$scores,
    Hopper_Arg<Index, "query of row 0">:$row,
    Hopper_Arg<Index, "key of column 0">:$column,
    Hopper_Arg<Index, "keys that exist">:$keys,
    Hopper_Arg<Optional<Index>, "end of the band, relative to the query">:$upper,
    Hopper_Arg<Optional<Index>, "begin of the band, relative to the query">:$lower,
    Hopper_Arg<Optional<Index>, "first keys that are above the begin">:$global
  );
  let results = (outs Hopper_FragmentType:$result);
  let assemblyFormat = [{
    $scores `at` `(` $row `,` $column `)` `keys` `(` $keys `)`
    (`upper` `(` $upper^ `)`)? (`lower` `(` $lower^ `)`)? (`global` `(` $global^ `)`)?
    attr-dict `:` qualified(type($scores))
  }];
  let hasVerifier = 1;
}

def Hopper_MapSlotsOp : Hopper_Op<"map_slots", [
    RecursiveMemoryEffects, Hopper_InConsumer,
    AllTypesMatch<["scores", "result"]>]> {
  let summary = "any function of a score and its slot";
  let description = [{
    Element (r, c) becomes what the region yields for the score, the query
    `row + r` and the key `column + c`; -inf hides the slot. Queries and keys
    that do not exist are given as the last one that does (`rows`, `keys`; both
    at least 1), so that the region may read at them. Ops that depend on the
    query or the key alone are computed once for it. With `hide_missing` keys
    that do not exist are hidden.
  }];
  let arguments = (ins
    Hopper_Arg<Hopper_FragmentType, "scores">:$scores,
    Hopper_Arg<Index, "query of row 0">:$row,
    Hopper_Arg<Index, "key of column 0">:$column,
    Hopper_Arg<Index, "queries that exist">:$rows,
    Hopper_Arg<Index, "keys that exist">:$keys,
    Hopper_Attr<UnitAttr, "-inf where the key does not exist">:$hide_missing
  );
  let results = (outs Hopper_FragmentType:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $scores `at` `(` $row `,` $column `)` `of` `(` $rows `,` $keys `)` $body
    attr-dict `:` qualified(type($scores))
  }];
  let hasRegionVerifier = 1;
}

def Hopper_ScreenValuesOp : Hopper_Op<"screen_values", [
    Hopper_Ordered, Hopper_InConsumer, RecursiveMemoryEffects,
    AllTypesMatch<["accumulator", "result"]>]> {
  let summary = "take what is not finite out of a stage of values";
  let description = [{
    NaN and infinities of the values of a key are added to the rows of the
    accumulator that see the key, as the region says of (query, key), and become
    0 in the stage. A product with weights of 0 then is 0 for the other rows.
    All consumers take part: they look for such values together, and meet at
    named barrier 15. Slow where there are some.
  }];
  let arguments = (ins
    Hopper_Arg<Hopper_RingType, "ring of values">:$ring,
    Hopper_Arg<Hopper_CursorType, "a full stage">:$cursor,
    Hopper_Arg<Hopper_FragmentType, "accumulator">:$accumulator,
    Hopper_Arg<Index, "query of row 0">:$row,
    Hopper_Arg<Index, "key of the stage's row 0">:$key,
    Hopper_Arg<Index, "queries that exist">:$rows,
    Hopper_Arg<Index, "keys that exist">:$keys
  );
  let results = (outs Hopper_FragmentType:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $ring `[` $cursor `]` `into` $accumulator `at` `(` $row `,` $key `)` `of` `(` $rows `,` $keys `)` $body
    attr-dict `:` qualified(type($ring)) `,` qualified(type($cursor)) `,` qualified(type($accumulator))
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Hopper_SoftmaxStepOp : Hopper_Op<"softmax_step", [Pure, Hopper_InConsumer]> {
  let summary = "weights of a block of scores, running maximum and sum";
  let description = [{
    With `s = scale * scores` (base 2; scale > 0) for each row:
    `max' = max(max, max_c s)`, `weights = 2^(s - max')`,
    `factor = 2^(max - max')`, `sum' = sum * factor + sum_c weights`. `sum` is
    the part of the columns that one thread holds until
    hopper.softmax_finish. `max` is -inf before the first key and kept unscaled,
    or with `integer_max` scaled and rounded up to an integer, so that factors
    are powers of two. With `sums_elsewhere` the sum is passed through.
    `software_exp` of 16 exponentials run on the arithmetic units instead of the
    special function unit: bf16 pairs, 0.2 % off, for weights that become bf16.
    With `frozen` the maximum stays: `max' = max`, `factor = 1`; weights may then
    be large, and hopper.is_frozen_safe tells whether too large. With `exp_order`
    n the exponentials of 32 columns wait for number n of the 32 before.
    `first` says that max is -inf and sum 0; `masked` that scores may be -inf in
    a whole row.
  }];
  let arguments = (ins
    Hopper_Arg<Hopper_FragmentType, "scores">:$scores,
    Hopper_Arg<Hopper_RowsType, "running maximum">:$max,
    Hopper_Arg<Hopper_RowsType, "running sum">:$sum,
    Hopper_Arg<F32, "scale times log2(e)">:$scale,
    Hopper_Attr<DefaultValuedAttr<I64Attr, "0">, "exponentials of 16 in software">:$software_exp,
    Hopper_Attr<UnitAttr, "round the maximum up">:$integer_max,
    Hopper_Attr<UnitAttr, "do not sum">:$sums_elsewhere,
    Hopper_Attr<UnitAttr, "no key came before">:$first,
    Hopper_Attr<UnitAttr, "a row may be hidden">:$masked,
    Hopper_Attr<UnitAttr, "keep the maximum">:$frozen,
    Hopper_Attr<DefaultValuedAttr<I64Attr, "0">, "exponential of a chunk that the next chunk waits for">:$exp_order
  );
  let results = (outs Hopper_WeightsType:$weights, Hopper_RowsType:$new_max,
                      Hopper_RowsType:$new_sum, Hopper_RowsType:$factor);
  let assemblyFormat = [{
    $scores `,` $max `,` $sum `scale` `(` $scale `)` attr-dict
    `:` qualified(type($scores)) `->` qualified(type($weights))
  }];
  let hasVerifier = 1;
}

def Hopper_ConvertOp : Hopper_Op<"convert", [Pure, Hopper_InConsumer]> {
  let summary = "weights as the A operand of a matrix group";
  let description = [{
    Rounds to the 16-bit type; registers of the result are written here.
  }];
  let arguments = (ins Hopper_Arg<Hopper_WeightsType, "weights">:$weights);
  let results = (outs Hopper_FragmentType:$result);
  let assemblyFormat = "$weights attr-dict `:` qualified(type($weights)) `->` qualified(type($result))";
  let hasVerifier = 1;
}

def Hopper_ScaleRowsOp : Hopper_Op<"scale_rows", [
    Pure, Hopper_InConsumer, AllTypesMatch<["fragment", "result"]>]> {
  let summary = "multiply each row by its factor";
  let arguments = (ins Hopper_FragmentType:$fragment, Hopper_RowsType:$factor);
  let results = (outs Hopper_FragmentType:$result);
  let assemblyFormat = "$fragment `,` $factor attr-dict `:` qualified(type($fragment))";
  let hasVerifier = 1;
}

def Hopper_SoftmaxFinishOp : Hopper_Op<"softmax_finish", [
    Pure, Hopper_InConsumer, AttrSizedOperandSegments]> {
  let summary = "what the accumulator is multiplied by, and the LSE";
  let description = [{
    Adds the parts of `sum`, or takes the sums from the last eight columns of
    `accumulator`. `factor = 1 / sum`, 0 for a row without keys;
    `lse = ln(2) * (log2(sum) + scale * max)`, -inf for such a row. `sink` is a
    natural logit that joins the sum.
  }];
  let arguments = (ins
    Hopper_Arg<Hopper_RowsType, "maximum">:$max,
    Hopper_Arg<Hopper_RowsType, "sum">:$sum,
    Hopper_Arg<Optional<Hopper_FragmentType>, "accumulator that ends in the sums">:$accumulator,
    Hopper_Arg<F32, "scale times log2(e)">:$scale,
    Hopper_Arg<Optional<F32>, "logit that joins the sum">:$sink,
    Hopper_Attr<UnitAttr, "maximum is scaled">:$integer_max
  );
  let results = (outs Hopper_RowsType:$factor, Hopper_RowsType:$lse);
  let assemblyFormat = [{
    $max `,` $sum (`sums_of` `(` $accumulator^ `:` qualified(type($accumulator)) `)`)?
    `scale` `(` $scale `)` (`sink` `(` $sink^ `)`)? attr-dict
  }];
}

def Hopper_IsFrozenSafeOp : Hopper_Op<"is_frozen_safe", [Pure, Hopper_InConsumer]> {
  let summary = "whether a tile with frozen maxima is right";
  let description = [{
    True where 0.5 <= sum < 2^60 for the rows of this thread, or the sum is a
    NaN, which is for hopper.is_finite to find. A maximum that was frozen too low shows as a large
    sum, one of a row that saw no key as a small one: below 2^60 no weight has
    overflowed, and what was flushed is below 2^-66 of the sum.
  }];
  let arguments = (ins
    Hopper_Arg<Hopper_RowsType, "sum">:$sum,
    Hopper_Arg<Hopper_FragmentType, "accumulator">:$accumulator,
    Hopper_Attr<UnitAttr, "the accumulator's last eight columns are the sums">:$sums_in_accumulator
  );
  let results = (outs I1:$result);
  let assemblyFormat = "$sum `,` $accumulator attr-dict `:` qualified(type($accumulator))";
}

def Hopper_IsFiniteOp : Hopper_Op<"is_finite", [Pure, Hopper_InConsumer]> {
  let summary = "whether this thread's part of a fragment is finite";
  let arguments = (ins Hopper_FragmentType:$fragment);
  let results = (outs I1:$result);
  let assemblyFormat = "$fragment attr-dict `:` qualified(type($fragment))";
  let hasVerifier = 1;
}

def Hopper_CastVoteOp : Hopper_Op<"cast_vote", [Hopper_Ordered, Hopper_InConsumer]> {
  let summary = "say whether a tile must be done again";
  let description = [{
    One answer of every thread of every consumer. `round` advances with the
    tiles that are voted on; no two of them have the same number.
  }];
  let arguments = (ins Hopper_VoteType:$vote, Hopper_CursorType:$round,
                       Hopper_Arg<Index, "number of the tile">:$tile,
                       Hopper_Arg<I1, "this thread's answer">:$again,
                       Hopper_Arg<I1, "a frozen maximum failed">:$doubt);
  let assemblyFormat = [{
    $vote `[` $round `]` `tile` `(` $tile `)` `again` `(` $again `)` `doubt` `(` $doubt `)` attr-dict `:` qualified(type($round))
  }];
  let hasVerifier = 1;
}

def Hopper_AwaitVoteOp : Hopper_Op<"await_vote", [Hopper_Ordered, Hopper_InProducer]> {
  let summary = "wait until all consumers have cast; what any thread said";
  let arguments = (ins Hopper_VoteType:$vote, Hopper_CursorType:$round,
                       Hopper_Arg<Index, "number of the tile">:$tile);
  let results = (outs I1:$again, I1:$doubt);
  let assemblyFormat = [{
    $vote `[` $round `]` `tile` `(` $tile `)` attr-dict `:` qualified(type($round))
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

def Hopper_StoreOp : Hopper_Op<"store", [Hopper_Ordered, Hopper_InConsumer]> {
  let summary = "write rows of a fragment to global memory";
  let description = [{
    Row r goes to `pointer + (row + r) * stride` elements if `row + r < rows`;
    the first `columns` of it, rounded to `element_type`. Rows must be aligned to
    four bytes, with `wide` to sixteen.
  }];
  let arguments = (ins
    Hopper_Arg<Hopper_FragmentType, "what to write">:$fragment,
    Hopper_Arg<LLVM_AnyPointer, "row 0">:$pointer,
    Hopper_Arg<Index, "row of the fragment's row 0">:$row,
    Hopper_Arg<Index, "rows that exist">:$rows,
    Hopper_Arg<I64, "elements from row to row">:$stride,
    Hopper_Attr<I64Attr, "columns to write">:$columns,
    Hopper_Attr<TypeAttr, "f16 or bf16">:$element_type,
    Hopper_Attr<UnitAttr, "exchange between threads, write 16 bytes at once">:$wide
  );
  let assemblyFormat = [{
    $fragment `,` $pointer `rows` `(` $row `to` $rows `)` `stride` `(` $stride `)`
    `columns` `(` $columns `)` `as` $element_type (`wide` $wide^)? attr-dict
    `:` qualified(type($fragment)) `,` qualified(type($pointer))
  }];
  let hasVerifier = 1;
}

def Hopper_StoreTileOp : Hopper_Op<"store_tile", [
    Hopper_Ordered, Hopper_InConsumer]> {
  let summary = "write rows of a fragment through shared memory";
  let description = [{
    Rounds the fragment to the ring's elements, writes it to the rows `group`
    times 64 and following of the ring's only stage, and lets the copy engine
    store them from `row` on. What lies outside of the tensor is not stored.
    Named barrier 1 + `group` orders the warpgroup. The copy goes on until
    hopper.wait_stores, or the next store_tile, which waits for it.
  }];
  let arguments = (ins
    Hopper_Arg<Hopper_FragmentType, "what to write">:$fragment,
    Hopper_Arg<Hopper_TensorMapType, "kernel argument">:$map,
    Hopper_Arg<Index, "head">:$head,
    Hopper_Arg<Index, "row of the fragment's row 0">:$row,
    Hopper_Arg<Index, "batch">:$batch,
    Hopper_Arg<Hopper_RingType, "where the rows are put together">:$ring,
    Hopper_Arg<Index, "number of the warpgroup">:$group
  );
  let assemblyFormat = [{
    $fragment `,` $map `[` $head `,` $row `,` $batch `]` `via` $ring `group` `(` $group `)`
    attr-dict `:` qualified(type($fragment)) `,` qualified(type($map)) `,` qualified(type($ring))
  }];
  let hasVerifier = 1;
}

def Hopper_WaitStoresOp : Hopper_Op<"wait_stores", [Hopper_Ordered, Hopper_InConsumer]> {
  let summary = "wait until this thread's hopper.store_tile are done";
  let description = [{
    Behind the last tile: the block's shared memory is read until then.
  }];
  let assemblyFormat = "attr-dict";
}

def Hopper_StoreRowsOp : Hopper_Op<"store_rows", [Hopper_Ordered, Hopper_InConsumer]> {
  let summary = "write one f32 a row to global memory";
  let description = [{
    Row r goes to `pointer + row + r` elements if `row + r < rows`.
  }];
  let arguments = (ins
    Hopper_Arg<Hopper_RowsType, "what to write">:$values,
    Hopper_Arg<LLVM_AnyPointer, "row 0">:$pointer,
    Hopper_Arg<Index, "row of the values' row 0">:$row,
    Hopper_Arg<Index, "rows that exist">:$rows
  );
  let assemblyFormat = [{
    $values `,` $pointer `rows` `(` $row `to` $rows `)` attr-dict `:` qualified(type($pointer))
  }];
}

//===----------------------------------------------------------------------===//
// Named barriers and sizes
//===----------------------------------------------------------------------===//

class Hopper_NamedBarrier<string mnemonic> : Hopper_Op<mnemonic, [Hopper_Ordered, Hopper_InConsumer]> {
  let arguments = (ins
    Hopper_Attr<I64Attr, "barrier, 1 to 15">:$id,
    Hopper_Attr<I64Attr, "threads that take part, arrivals too">:$threads
  );
  let assemblyFormat = "`id` `(` $id `)` `threads` `(` $threads `)` attr-dict";
  let hasVerifier = 1;
}

def Hopper_BarrierSyncOp : Hopper_NamedBarrier<"barrier_sync"> {
  let summary = "arrive at a named barrier and wait for all";
}

def Hopper_BarrierArriveOp : Hopper_NamedBarrier<"barrier_arrive"> {
  let summary = "arrive at a named barrier and go on";
  let description = [{
    As many threads in all as `threads` says must arrive or synchronise.
  }];
}

def Hopper_BlockIdOp : Hopper_Op<"block_id", [Pure]> {
  let summary = "number of this block in the grid";
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def Hopper_ThreadIdOp : Hopper_Op<"thread_id", [Pure, HasParent<"KernelOp">]> {
  let summary = "number of this thread in its block";
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def Hopper_AllThreadsOp : Hopper_Op<"all_threads", [Hopper_Ordered, HasParent<"KernelOp">]> {
  let summary = "whether a condition holds in every thread of the block";
  let description = [{
    All threads of the block meet here, before they have roles.
  }];
  let arguments = (ins I1:$condition);
  let results = (outs I1:$result);
  let assemblyFormat = "$condition attr-dict";
}

def Hopper_GridSizeOp : Hopper_Op<"grid_size", [Pure]> {
  let summary = "blocks of the grid";
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

#endif // SQA_DIALECTS_HOPPER_HOPPEROPS_TD
