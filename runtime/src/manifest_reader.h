//===- manifest_reader.h - The manifest's FlatBuffer, checked and copied --===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Internal to manifest.cpp and manifest_gpu.cpp.

#ifndef SQART_SRC_MANIFEST_READER_H
#define SQART_SRC_MANIFEST_READER_H

#include "manifest.h"

#include "sqart/manifest_generated.h"

#include <unordered_set>

namespace sqart {

namespace fb = sqart::manifest;

inline sqart_status_t malformed(const char *rule, const char *what,
                                const char *why) {
  return fail(SQART_STATUS_MALFORMED, "manifest rule %s: %s: %s", rule, what,
              why);
}

// Which characters a string may have.
enum class Charset { Name, Line, Text };

class ManifestReader {
public:
  explicit ManifestReader(size_t size) : budget(2 * size + 65536) {}
  sqart_status_t manifest(const fb::Manifest &in, Manifest &out);

private:
  sqart_status_t charge(size_t bytes);
  sqart_status_t count(size_t got, size_t limit, const char *what);
  sqart_status_t string(const flatbuffers::String *in, Charset charset,
                        const char *what, std::string &out);
  sqart_status_t expr(const flatbuffers::Vector<const fb::ExprStep *> *in,
                      size_t numSymbols, const char *what, Expr &out);
  sqart_status_t dim(const fb::Dim &in, size_t numSymbols, Dim &out);
  sqart_status_t tensor(const fb::Tensor &in, bool isInput, size_t numSymbols,
                        Tensor &out);
  sqart_status_t function(const fb::Function &in, Function &out);
  sqart_status_t variant(const fb::Variant &in, Variant &out);
  sqart_status_t gpuKernel(const fb::GpuKernel &in, GpuKernel &out);
  sqart_status_t gpuModule(const fb::GpuModule &in, GpuModule &out);
  sqart_status_t
  gpuModules(const flatbuffers::Vector<flatbuffers::Offset<fb::GpuModule>> &in,
             std::vector<GpuModule> &out);
  template <typename Items>
  sqart_status_t unique(const Items &items, const char *what);

  size_t budget;
};

// M5: no two items of a list have one name.
template <typename Items>
sqart_status_t ManifestReader::unique(const Items &items, const char *what) {
  std::unordered_set<std::string_view> seen;
  for (const auto &item : items)
    if (!seen.insert(item).second)
      return malformed("M5", what, "duplicate name");
  return SQART_STATUS_OK;
}

} // namespace sqart

#endif // SQART_SRC_MANIFEST_READER_H
