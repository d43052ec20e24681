//===- package.cpp - A verified package -----------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Rules F1..F8 of package_format.h in the order in which reading needs them.
// The layout is canonical, so the section table is not searched for overlaps or
// gaps: each offset is computed, and must be the one in the file.

#include "package.h"

#include <algorithm>

using namespace sqart;

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "packages are read in place: little-endian hosts only"
#endif

static_assert(offsetof(sqart_package_header_t, total_size) ==
                  SQART_PACKAGE_DIGESTED_FROM,
              "the digest covers what follows it");

static sqart_status_t malformed(const char *rule, uint64_t offset,
                                const char *what, uint64_t expected,
                                uint64_t got) {
  return fail(SQART_STATUS_MALFORMED,
              "package rule %s: byte %llu: %s: expected %llu, but got %llu",
              rule, static_cast<unsigned long long>(offset), what,
              static_cast<unsigned long long>(expected),
              static_cast<unsigned long long>(got));
}

const char *sqart::sectionKindName(uint32_t kind) {
  switch (kind) {
  case SQART_SECTION_KIND_MANIFEST:
    return "manifest";
  case SQART_SECTION_KIND_CPU_CODE:
    return "cpu code";
  case SQART_SECTION_KIND_CONSTANTS:
    return "constants";
  case SQART_SECTION_KIND_SOURCE:
    return "source";
  case SQART_SECTION_KIND_SCHEDULE_TEXT:
    return "schedule";
  case SQART_SECTION_KIND_REMARKS_TEXT:
    return "remarks";
  case SQART_SECTION_KIND_CUBIN:
    return "cubin";
  case SQART_SECTION_KIND_PTX:
    return "ptx";
  default:
    return nullptr;
  }
}

// F1, F2, F4 and the counts. The version comes before everything that another
// version may lay out differently.
static sqart_status_t checkHeader(const sqart_package_header_t &header,
                                  uint64_t size) {
  if (std::memcmp(header.magic, SQART_PACKAGE_MAGIC, 8) != 0)
    return fail(SQART_STATUS_MALFORMED,
                "package rule F1: byte 0: not a package (bad magic)");
  if (header.format_version != SQART_PACKAGE_FORMAT_VERSION)
    return fail(SQART_STATUS_VERSION,
                "package rule F1: byte 8: expected format version %u, but got "
                "%u",
                SQART_PACKAGE_FORMAT_VERSION, header.format_version);
  if (header.header_size != sizeof(header))
    return malformed("F1", 12, "header size", sizeof(header),
                     header.header_size);
  if (header.total_size != size)
    return malformed("F2", 48, "total size", size, header.total_size);
  if (header.section_count == 0 ||
      header.section_count > SQART_PACKAGE_MAX_SECTIONS)
    return fail(SQART_STATUS_MALFORMED,
                "package rule F1: byte 56: expected 1 to %u sections, but got "
                "%u",
                SQART_PACKAGE_MAX_SECTIONS, header.section_count);
  if (header.section_entry_size != sizeof(sqart_package_section_t))
    return malformed("F1", 60, "section entry size",
                     sizeof(sqart_package_section_t),
                     header.section_entry_size);
  for (int i = 0; i < 2; ++i)
    if (header.reserved[i] != 0)
      return malformed("F4", 64 + 8 * i, "reserved field", 0,
                       header.reserved[i]);
  return SQART_STATUS_OK;
}

// F4, F5, F6 for section number `index`, whose entry is at byte `at`; `end` is
// where the previous one ends, and where this one does afterwards.
static sqart_status_t checkSection(const sqart_package_section_t &section,
                                   uint64_t at, ByteView file, uint64_t &end) {
  if (!sectionKindName(section.kind))
    return fail(SQART_STATUS_MALFORMED,
                "package rule F4: byte %llu: unknown section kind %u",
                static_cast<unsigned long long>(at), section.kind);
  if (section.reserved != 0)
    return malformed("F4", at + 28, "reserved field", 0, section.reserved);
  if (!isPowerOfTwo(section.alignment) ||
      section.alignment < SQART_PACKAGE_MIN_ALIGNMENT ||
      section.alignment > SQART_PACKAGE_MAX_ALIGNMENT)
    return fail(SQART_STATUS_MALFORMED,
                "package rule F5: byte %llu: expected a power of two from %u "
                "to %u, but got alignment %u",
                static_cast<unsigned long long>(at + 24),
                SQART_PACKAGE_MIN_ALIGNMENT, SQART_PACKAGE_MAX_ALIGNMENT,
                section.alignment);
  uint64_t start = 0;
  if (!alignUp(end, section.alignment, start) || section.offset != start)
    return malformed("F6", at + 8, "section offset", start, section.offset);
  if (!file.contains(start, section.size))
    return malformed("F6", at + 16, "section size",
                     start <= file.size ? file.size - start : 0, section.size);
  for (uint64_t i = end; i < start; ++i)
    if (file.data[i] != 0)
      return malformed("F6", i, "padding", 0, file.data[i]);
  end = start + section.size;
  return SQART_STATUS_OK;
}

static sqart_status_t readSections(ByteView file, uint32_t count,
                                   std::vector<sqart_package_section_t> &out) {
  uint64_t at = sizeof(sqart_package_header_t);
  if (!file.contains(at, uint64_t(count) * sizeof(sqart_package_section_t)))
    return malformed("F6", 56, "number of sections that fit",
                     (file.size - at) / sizeof(sqart_package_section_t), count);
  out.resize(count);
  uint64_t end = at + uint64_t(count) * sizeof(sqart_package_section_t);
  for (sqart_package_section_t &section : out) {
    file.read(at, section);
    SQART_TRY(checkSection(section, at, file, end));
    bool first = &section == &out.front();
    if (first != (section.kind == SQART_SECTION_KIND_MANIFEST))
      return fail(SQART_STATUS_MALFORMED,
                  "package rule F7: byte %llu: expected the first section and "
                  "no other to be the manifest",
                  static_cast<unsigned long long>(at));
    at += sizeof(section);
  }
  if (end != file.size)
    return malformed("F6", file.size, "end of the last section", file.size,
                     end);
  return SQART_STATUS_OK;
}

static bool isCode(uint32_t kind) {
  return kind == SQART_SECTION_KIND_CPU_CODE ||
         kind == SQART_SECTION_KIND_CUBIN || kind == SQART_SECTION_KIND_PTX;
}

// M10: variants and GPU modules on one side, code sections on the other belong
// to each other one by one.
static sqart_status_t checkOwners(const Package &package) {
  const Manifest &manifest = package.manifest;
  std::vector<bool> used(package.sections.size(), false);
  auto take = [&](const std::string &name, uint32_t section, bool gpu) {
    bool free =
        section < used.size() && !used[section] &&
        isCode(package.sections[section].kind) &&
        gpu == (package.sections[section].kind != SQART_SECTION_KIND_CPU_CODE);
    if (!free)
      return fail(SQART_STATUS_MALFORMED,
                  "manifest rule M10: %s '%s': expected a code section of its "
                  "own, but got section %u",
                  gpu ? "GPU module" : "variant", name.c_str(), section);
    used[section] = true;
    return SQART_STATUS_OK;
  };
  for (const Variant &variant : manifest.variants)
    SQART_TRY(take(variant.isa, variant.section, false));
  for (const GpuModule &module : manifest.gpuModules)
    SQART_TRY(take(module.archName, module.section, true));
  for (size_t i = 0; i < used.size(); ++i)
    if (isCode(package.sections[i].kind) && !used[i])
      return fail(SQART_STATUS_MALFORMED,
                  "manifest rule M10: code section %zu belongs to no variant "
                  "or GPU module",
                  i);
  return SQART_STATUS_OK;
}

// F8.
static sqart_status_t checkNames(const Package &package) {
  size_t count = package.sections.size();
  if (package.manifest.sectionNames.size() != count)
    return fail(SQART_STATUS_MALFORMED,
                "package rule F8: expected %zu section names, but got %zu",
                count, package.manifest.sectionNames.size());
  std::vector<bool> named(count, false);
  for (const sqart_package_section_t &section : package.sections) {
    if (section.name >= count || named[section.name])
      return fail(SQART_STATUS_MALFORMED,
                  "package rule F8: section name %u is unknown or taken",
                  section.name);
    named[section.name] = true;
  }
  return SQART_STATUS_OK;
}

sqart_status_t sqart::parsePackage(Pages bytes, Package &out) {
  out.bytes = std::move(bytes);
  ByteView file = out.bytes.view();
  sqart_package_header_t header;
  if (!file.read(0, header))
    return malformed("F1", file.size, "at least the header's bytes",
                     sizeof(header), file.size);
  SQART_TRY(checkHeader(header, file.size));
  Sha256Digest digest = sha256(file.data + SQART_PACKAGE_DIGESTED_FROM,
                               file.size - SQART_PACKAGE_DIGESTED_FROM);
  if (!std::equal(digest.begin(), digest.end(), header.digest))
    return fail(SQART_STATUS_INTEGRITY,
                "package rule F3: the digest does not fit the contents");
  out.sha256 = sha256(file.data, file.size);
  SQART_TRY(readSections(file, header.section_count, out.sections));
  SQART_TRY(parseManifest(sectionBytes(out, 0), out.manifest));
  SQART_TRY(checkNames(out));
  return checkOwners(out);
}
