//===- arguments_test.cpp - Rules A1..A6 for arguments --------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "arguments.h"
#include "test_package.h"
#include "test_tensor.h"

#include "expect_status.h"

using namespace sqart;
using namespace sqart::test;

namespace {
// f(x: SxTxf32, y: SxTxf32) -> (z: SxTxf32), and views that satisfy it.
class Args : public ::testing::Test {
protected:
  Args() {
    auto matrix = [](const char *name) {
      return tensor(name, "f32", {symbol(0), symbol(1)});
    };
    f = function("f", {"S", "T"}, {matrix("x"), matrix("y")}, {matrix("z")});
    describe(f);
  }
  sqart_status_t check(const DLTensor *x, const DLTensor *y,
                       const DLTensor *z) {
    const DLTensor *in[] = {x, y}, *out[] = {z};
    return arguments.check(f, in, 2, out, 1);
  }
  Function f;
  Arguments arguments;
  float a[200] = {}, b[200] = {}, c[200] = {};
  View x{a, {3, 4}}, y{b, {3, 4}}, z{c, {3, 4}};
};
} // namespace

#define EXPECT_BAD(call, part)                                                 \
  EXPECT_FAILS(call, SQART_STATUS_INVALID_ARGUMENT, part)

TEST_F(Args, DescriptorsAreCopied) {
  x.byte_offset = 8;
  ASSERT_OK(check(&x, &y, &z));
  const sqart_tensor_v0_t *t = arguments.tensors();
  EXPECT_EQ(t[0].data, a + 2);
  EXPECT_EQ(t[0].sizes[0], 3);
  EXPECT_EQ(t[0].strides[0], 4);
  EXPECT_EQ(t[0].strides[1], 1);
  EXPECT_NE(t[0].sizes, x.shape);
}

TEST_F(Args, CountsAndNulls) {
  const DLTensor *in[] = {&x, &y}, *out[] = {&z};
  EXPECT_BAD(arguments.check(f, in, 1, out, 1), "expected 2 inputs, but got 1");
  EXPECT_BAD(arguments.check(f, in, 2, out, 0),
             "expected 1 outputs, but got 0");
  EXPECT_BAD(arguments.check(f, nullptr, 2, out, 1), "inputs");
  EXPECT_BAD(arguments.check(f, in, 2, nullptr, 1), "outputs");
  EXPECT_BAD(check(&x, nullptr, &z), "input 1 'y': the tensor is null");
  EXPECT_BAD(check(&x, &y, nullptr), "output 0 'z': the tensor is null");
}

// Failure 40.
TEST_F(Args, A1Device) {
  y.device.device_type = kDLCUDA;
  EXPECT_BAD(check(&x, &y, &z), "f: input 1 'y': expected memory of the CPU");
  y.device = {kDLCPU, 1};
  EXPECT_BAD(check(&x, &y, &z), "(rule A1)");
}

// Failures 40 and 68.
TEST_F(Args, A2ElementType) {
  for (DLDataType type : {DLDataType{kDLFloat, 64, 1},
                          {kDLInt, 32, 1},
                          {kDLFloat, 32, 2},
                          {kDLBfloat, 16, 1}}) {
    y.dtype = type;
    EXPECT_BAD(check(&x, &y, &z), "expected element type f32, but got");
  }
  y.dtype = {kDLInt, 8, 1};
  EXPECT_BAD(check(&x, &y, &z), "expected element type f32, but got i8");
}

TEST_F(Args, A2RankAndShape) {
  y.ndim = 1;
  EXPECT_BAD(check(&x, &y, &z), "input 1 'y': rank: expected 2, but got 1");
  y.ndim = -1;
  EXPECT_BAD(check(&x, &y, &z), "rank");
  y.ndim = 2;
  y.shape = nullptr;
  EXPECT_BAD(check(&x, &y, &z), "the shape is null");
  View negative(b, {-3, 4});
  EXPECT_BAD(check(&x, &negative, &z), "dimension 0: expected 0 or more");
  View other(b, {3, 5});
  EXPECT_BAD(check(&x, &other, &z),
             "f: input 1 'y': dimension 1: expected T = 4, as dimension 1 of "
             "input 0 'x', but got 5");
  EXPECT_BAD(check(&x, &x, &other), "output 0 'z': dimension 1");
}

// Failures 30 and 32.
TEST_F(Args, A3Strides) {
  View inner(a, {3, 4}, {8, 2});
  EXPECT_BAD(check(&inner, &y, &z), "innermost stride: expected 1, but got 2");
  View transposed(a, {3, 4}, {1, 3});
  EXPECT_BAD(check(&transposed, &y, &z), "innermost stride");
  View negative(a + 100, {3, 4}, {-4, 1});
  EXPECT_BAD(check(&negative, &y, &z), "stride of dimension 0");
  // Broadcast inputs and gaps are fine.
  View broadcast(a, {3, 4}, {0, 1}), gaps(b, {3, 4}, {9, 1});
  EXPECT_OK(check(&broadcast, &gaps, &z));
}

// Failure 19. Without an element no stride means anything: NumPy writes 0.
TEST_F(Args, A3StridesWithoutElements) {
  View none(a, {0, 4}, {0, 0}), none2(b, {0, 4}, {-3, 2}), out(c, {0, 4}, {0, 0});
  ASSERT_OK(check(&none, &none2, &out));
  EXPECT_EQ(arguments.tensors()[1].strides[0], 4);
  EXPECT_EQ(arguments.tensors()[1].strides[1], 1);
}

// The stride of a dimension with one index may be anything, and is normalised.
TEST_F(Args, A3StridesOfUnitDimensions) {
  View one(a, {3, 1}, {1, -77}), two(b, {3, 1}, {5, 0}), out(c, {3, 1});
  ASSERT_OK(check(&one, &two, &out));
  EXPECT_EQ(arguments.tensors()[0].strides[1], 1);
  EXPECT_EQ(arguments.tensors()[0].strides[0], 1);
  EXPECT_EQ(arguments.tensors()[1].strides[0], 5);
  View row(a, {1, 4}, {INT64_MIN, 1}), row2(b, {1, 4}), rowOut(c, {1, 4});
  ASSERT_OK(check(&row, &row2, &rowOut));
  EXPECT_EQ(arguments.tensors()[0].strides[0], 4);
}

// Failures 33 and 40.
TEST_F(Args, A4Pointers) {
  y.data = nullptr;
  EXPECT_BAD(check(&x, &y, &z), "input 1 'y': the data pointer is null");
  y.byte_offset = 64; // from nowhere
  EXPECT_BAD(check(&x, &y, &z), "the data pointer is null");
  y.data = b;
  y.byte_offset = 2;
  EXPECT_BAD(check(&x, &y, &z), "aligned to the element size of 4 bytes");
  y.byte_offset = 4;
  EXPECT_OK(check(&x, &y, &z));
}

// Failure 19: no elements, no pointer.
TEST_F(Args, EmptyTensorsNeedNoMemory) {
  float *none = nullptr;
  View ex(none, {0, 4}), ey(none, {0, 4}), ez(none, {0, 4});
  EXPECT_OK(check(&ex, &ey, &ez));
  View strided(none, {0, 4}, {0, 1});
  EXPECT_OK(check(&ex, &ey, &strided));
}

// Failure 32.
TEST_F(Args, A5OutputOverlapsItself) {
  View zero(c, {3, 4}, {0, 1}), narrow(c, {3, 4}, {3, 1});
  EXPECT_BAD(check(&x, &y, &zero), "output 0 'z': expected strides");
  EXPECT_BAD(check(&x, &y, &narrow), "(rule A5)");
}

// Failure 34.
TEST_F(Args, A5OutputOverlapsInput) {
  View same(a, {3, 4}), part(a + 11, {3, 4});
  EXPECT_BAD(check(&x, &y, &same), "overlaps input 0 'x'");
  EXPECT_BAD(check(&x, &y, &part), "overlaps input 0 'x'");
  View next(a + 12, {3, 4});
  EXPECT_OK(check(&x, &y, &next));
  // Inputs may be the same.
  EXPECT_OK(check(&x, &x, &z));
}

// Slices of a joint buffer: rows of 12, four columns each.
TEST_F(Args, A5InterleavedViewsAreAccepted) {
  View left(a, {3, 4}, {12, 1}), middle(a + 4, {3, 4}, {12, 1}),
      right(a + 8, {3, 4}, {12, 1}), shifted(a + 5, {3, 4}, {12, 1});
  EXPECT_OK(check(&left, &right, &middle));
  EXPECT_BAD(check(&left, &right, &shifted), "overlaps input 1 'y'");
}

// Failure 37.
TEST_F(Args, A6Sizes) {
  int64_t big = int64_t(1) << 40;
  View x1(a, {big, big}, {0, 1}), y1(b, {big, big}, {0, 1}),
      z1(c, {big, big}, {big, 1});
  EXPECT_BAD(check(&x1, &y1, &z1), "size in bytes is out of range");
  View x2(a, {3, 4}, {INT64_MAX / 2, 1});
  EXPECT_BAD(check(&x2, &y, &z), "(rule A6)");
  View x3(a, {3, 4}, {INT64_MAX / 8, 1});
  EXPECT_BAD(check(&x3, &y, &z), "(rule A6)");
  x.byte_offset = UINT64_MAX;
  EXPECT_BAD(check(&x, &y, &z), "byte_offset is out of range");
}
