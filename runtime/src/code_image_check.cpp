//===- code_image_check.cpp - Which ELF images are accepted ---------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Rules, all before anything is mapped:
//   E1  ELF64, little-endian, x86-64, shared object, consistent header sizes.
//   E2  program headers inside the file, each of a known harmless type.
//   E3  segments: inside the file, ascending, no page in two, readable, span of
//       at most 1 GiB.
//   E4  no segment is writable and executable; the stack is not executable.
//   E5  one dynamic section, inside a segment, of known harmless tags, each
//       once: no libraries, relocations, constructors or search paths.
//   E6  hash table, symbols and strings inside a segment.
//   E7  no imports, no indirect functions, no thread-local variables.
//   E8  one exported symbol, sqart_library_query, a function.
//   E9  it lies in the file-backed part of an executable segment.
// Tags and types are closed lists: what is not known to be harmless is refused.
//
// Wrong if: an address of the image is used without going through Image::at.

#include "code_image.h"

#include "sqart/kernel_abi.h"

#include <elf.h>

using namespace sqart;

static constexpr uint64_t pageSize = 4096;
static constexpr uint64_t maxSpan = uint64_t(1) << 30;
static constexpr unsigned maxProgramHeaders = 32;

static sqart_status_t malformed(const char *rule, const char *why) {
  return fail(SQART_STATUS_MALFORMED, "code rule %s: %s", rule, why);
}

static sqart_status_t malformed(const char *rule, const char *what,
                                uint64_t got) {
  return fail(SQART_STATUS_MALFORMED, "code rule %s: %s 0x%llx", rule, what,
              static_cast<unsigned long long>(got));
}

namespace {
// The values of the dynamic section that matter.
struct DynamicFacts {
  uint64_t hash = 0, symbols = 0, strings = 0, stringsSize = 0;
};

class Image {
public:
  Image(ByteView file, ElfLayout &layout) : file(file), layout(layout) {}
  sqart_status_t check();

private:
  sqart_status_t checkHeader();
  sqart_status_t checkProgramHeaders();
  sqart_status_t addSegment(const Elf64_Phdr &header);
  sqart_status_t readDynamic(DynamicFacts &facts);
  sqart_status_t checkSymbols(const DynamicFacts &facts);
  sqart_status_t checkSymbol(const Elf64_Sym &symbol, ByteView strings);
  bool at(uint64_t address, uint64_t size, ByteView &out) const;

  ByteView file;
  ElfLayout &layout;
  Elf64_Ehdr header = {};
  Elf64_Phdr dynamic = {};
  bool hasDynamic = false, hasStack = false, hasQuery = false;
};
} // namespace

// The bytes of the file behind [address, address + size), if in one segment.
bool Image::at(uint64_t address, uint64_t size, ByteView &out) const {
  for (const ElfSegment &segment : layout.segments) {
    if (address < segment.address)
      continue;
    uint64_t from = address - segment.address;
    if (from > segment.fileSize || size > segment.fileSize - from)
      continue;
    out = file.slice(segment.fileOffset + from, size);
    return true;
  }
  return false;
}

sqart_status_t Image::checkHeader() {
  if (!file.read(0, header) ||
      std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    return malformed("E1", "not an ELF image");
  const unsigned char *ident = header.e_ident;
  if (ident[EI_CLASS] != ELFCLASS64 || ident[EI_DATA] != ELFDATA2LSB ||
      ident[EI_VERSION] != EV_CURRENT || ident[EI_OSABI] != ELFOSABI_SYSV ||
      ident[EI_ABIVERSION] != 0)
    return malformed("E1", "expected a little-endian ELF64 image");
  if (header.e_type != ET_DYN)
    return malformed("E1", "expected a shared object, but got type",
                     header.e_type);
  if (header.e_machine != EM_X86_64)
    return malformed("E1", "expected x86-64, but got machine",
                     header.e_machine);
  if (header.e_version != EV_CURRENT || header.e_flags != 0 ||
      header.e_ehsize != sizeof(Elf64_Ehdr) ||
      header.e_phentsize != sizeof(Elf64_Phdr))
    return malformed("E1", "unexpected header");
  if (header.e_phnum == 0 || header.e_phnum > maxProgramHeaders ||
      !file.contains(header.e_phoff, header.e_phnum * sizeof(Elf64_Phdr)))
    return malformed("E2", "program headers outside of the image");
  return SQART_STATUS_OK;
}

sqart_status_t Image::addSegment(const Elf64_Phdr &p) {
  if (p.p_flags & ~uint32_t(PF_R | PF_W | PF_X) || !(p.p_flags & PF_R))
    return malformed("E3", "unexpected segment flags", p.p_flags);
  if ((p.p_flags & PF_W) && (p.p_flags & PF_X))
    return malformed("E4", "writable and executable segment at", p.p_vaddr);
  if (!file.contains(p.p_offset, p.p_filesz) || p.p_filesz > p.p_memsz)
    return malformed("E3", "segment outside of the image at", p.p_vaddr);
  if (p.p_vaddr > maxSpan || p.p_memsz > maxSpan - p.p_vaddr)
    return malformed("E3", "segment too far out at", p.p_vaddr);
  if (p.p_memsz == 0)
    return malformed("E3", "empty segment at", p.p_vaddr);
  // The mapping is aligned to pages and to no more.
  if (!isPowerOfTwo(p.p_align) || p.p_align > pageSize ||
      p.p_vaddr % p.p_align != p.p_offset % p.p_align)
    return malformed("E3", "unexpected segment alignment", p.p_align);
  if (p.p_vaddr / pageSize * pageSize < layout.span)
    return malformed("E3", "segment overlaps the one before, at", p.p_vaddr);
  layout.segments.push_back({p.p_vaddr, p.p_memsz, p.p_offset, p.p_filesz,
                             (p.p_flags & PF_W) != 0, (p.p_flags & PF_X) != 0});
  alignUp(p.p_vaddr + p.p_memsz, pageSize, layout.span);
  return SQART_STATUS_OK;
}

sqart_status_t Image::checkProgramHeaders() {
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr p;
    file.read(header.e_phoff + i * sizeof(p), p);
    switch (p.p_type) {
    case PT_LOAD:
      SQART_TRY(addSegment(p));
      break;
    case PT_DYNAMIC:
      if (hasDynamic)
        return malformed("E5", "two dynamic sections");
      hasDynamic = true;
      dynamic = p;
      break;
    case PT_GNU_STACK:
      if (p.p_flags & PF_X)
        return malformed("E4", "executable stack");
      hasStack = true;
      break;
    case PT_NULL:
    case PT_PHDR:
    case PT_NOTE:
    case PT_GNU_EH_FRAME:
    case PT_GNU_PROPERTY:
    case PT_GNU_RELRO: // nothing is relocated
      break;
    default:
      return malformed("E2", "unexpected program header type", p.p_type);
    }
  }
  if (!hasStack) // without it, a loader would make the stack executable
    return malformed("E4", "nothing says that the stack is not executable");
  return SQART_STATUS_OK;
}

sqart_status_t Image::readDynamic(DynamicFacts &facts) {
  ByteView entries;
  if (!hasDynamic || !at(dynamic.p_vaddr, dynamic.p_filesz, entries))
    return malformed("E5", "no dynamic section in a segment");
  uint64_t seen = 0;
  for (uint64_t offset = 0;; offset += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry;
    if (!entries.read(offset, entry))
      return malformed("E5", "the dynamic section has no end");
    if (entry.d_tag == DT_NULL)
      break;
    uint64_t value = entry.d_un.d_val;
    switch (entry.d_tag) {
    case DT_HASH:
      facts.hash = value;
      break;
    case DT_SYMTAB:
      facts.symbols = value;
      break;
    case DT_STRTAB:
      facts.strings = value;
      break;
    case DT_STRSZ:
      facts.stringsSize = value;
      break;
    case DT_SYMENT:
      if (value != sizeof(Elf64_Sym))
        return malformed("E5", "unexpected symbol size", value);
      break;
    case DT_FLAGS:
      if (value & ~uint64_t(DF_SYMBOLIC | DF_BIND_NOW))
        return malformed("E5", "unexpected dynamic flags", value);
      break;
    case DT_FLAGS_1:
      if (value & ~uint64_t(DF_1_NOW | DF_1_NODELETE))
        return malformed("E5", "unexpected dynamic flags", value);
      break;
    case DT_SONAME:
    case DT_GNU_HASH: // DT_HASH says the same
    case DT_SYMBOLIC:
      continue;
    default: // DT_NEEDED, DT_RELA, DT_INIT, DT_TEXTREL, ...
      return malformed("E5", "unexpected dynamic tag", uint64_t(entry.d_tag));
    }
    // The tags that reach this line are below 32 or DT_FLAGS_1.
    uint64_t bit = entry.d_tag == DT_FLAGS_1 ? uint64_t(1) << 63
                                             : uint64_t(1) << entry.d_tag;
    if (seen & bit)
      return malformed("E5", "repeated dynamic tag", uint64_t(entry.d_tag));
    seen |= bit;
  }
  for (int64_t tag : {DT_HASH, DT_SYMTAB, DT_STRTAB, DT_STRSZ})
    if (!(seen & uint64_t(1) << tag))
      return malformed("E5", "missing dynamic tag", uint64_t(tag));
  return SQART_STATUS_OK;
}

// One entry of the dynamic symbol table but the first.
sqart_status_t Image::checkSymbol(const Elf64_Sym &symbol, ByteView strings) {
  unsigned type = ELF64_ST_TYPE(symbol.st_info);
  unsigned bind = ELF64_ST_BIND(symbol.st_info);
  if (symbol.st_shndx == SHN_UNDEF)
    return malformed("E7", "imported symbol");
  if (type != STT_NOTYPE && type != STT_OBJECT && type != STT_FUNC &&
      type != STT_SECTION && type != STT_FILE)
    return malformed("E7", "unexpected symbol type", type);
  if (symbol.st_name >= strings.size)
    return malformed("E6", "symbol name outside of the strings");
  if (bind == STB_LOCAL)
    return SQART_STATUS_OK;
  // The last string ends inside the table: checkSymbols looked.
  const char *name =
      reinterpret_cast<const char *>(strings.data + symbol.st_name);
  if (bind != STB_GLOBAL || hasQuery || type != STT_FUNC ||
      std::strcmp(name, SQART_LIBRARY_QUERY_NAME) != 0)
    return fail(SQART_STATUS_MALFORMED,
                "code rule E8: expected the only exported symbol to be the "
                "function " SQART_LIBRARY_QUERY_NAME ", but got '%s'",
                Shown(name).text);
  hasQuery = true;
  for (const ElfSegment &segment : layout.segments)
    if (segment.executable && symbol.st_value >= segment.address &&
        symbol.st_value - segment.address < segment.fileSize) {
      layout.query = symbol.st_value;
      return SQART_STATUS_OK;
    }
  return malformed("E9", "the query function lies outside of the code, at",
                   symbol.st_value);
}

sqart_status_t Image::checkSymbols(const DynamicFacts &facts) {
  // DT_HASH: number of buckets, number of symbols, buckets, chains.
  ByteView hash, symbols, strings;
  uint32_t buckets = 0, count = 0;
  if (!at(facts.hash, 8, hash))
    return malformed("E6", "hash table outside of the segments");
  hash.read(0, buckets);
  hash.read(4, count);
  if (!at(facts.hash, 8 + 4 * (uint64_t(buckets) + count), hash))
    return malformed("E6", "hash table outside of the segments");
  if (count == 0 ||
      !at(facts.symbols, uint64_t(count) * sizeof(Elf64_Sym), symbols))
    return malformed("E6", "symbols outside of the segments");
  if (facts.stringsSize == 0 || !at(facts.strings, facts.stringsSize, strings))
    return malformed("E6", "strings outside of the segments");
  if (strings.data[strings.size - 1] != 0)
    return malformed("E6", "the strings have no end");
  for (uint32_t i = 1; i < count; ++i) {
    Elf64_Sym symbol;
    symbols.read(i * sizeof(symbol), symbol);
    SQART_TRY(checkSymbol(symbol, strings));
  }
  if (!hasQuery)
    return malformed("E8", "no symbol " SQART_LIBRARY_QUERY_NAME);
  return SQART_STATUS_OK;
}

sqart_status_t Image::check() {
  SQART_TRY(checkHeader());
  SQART_TRY(checkProgramHeaders());
  DynamicFacts facts;
  SQART_TRY(readDynamic(facts));
  return checkSymbols(facts);
}

sqart_status_t sqart::checkElf(ByteView image, ElfLayout &out) {
  out = ElfLayout();
  return Image(image, out).check();
}
