//===- ElfWriter.cpp - From an object to a loadable image -----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The part of a linker that compiled kernels need. The image is
//
//   segment R    file header, program headers, .dynsym, .dynstr, .hash,
//                constants
//   segment RX   code
//   segment RW   .dynamic (loaders other than ours write into it)
//
// A segment starts on a page of its own in memory and right after the one
// before in the file.
// Wrong if: a section is placed that a relocation the writer does not know
// points into or out of; every relocation is either applied or refused.
// Test: test/unit/Target/ElfWriterTest.cpp, test/Execution/cpu.
//
//===----------------------------------------------------------------------===//

#include "sqa/Target/ElfWriter.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELF.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <map>

using namespace llvm;
using namespace llvm::object;
using ELF64 = ELF64LE;

static constexpr uint64_t kPage = 4096;

namespace {
struct Segment {
  uint64_t begin = 0, end = 0; // file offsets
  uint64_t delta = 0;          // address - file offset
  unsigned flags = 0;
};

class Linker {
public:
  explicit Linker(ELFFile<ELF64> file) : file(std::move(file)) {}
  Expected<SmallVector<char, 0>> run();

private:
  Error readSections();
  Error readSymbols();
  Error placeSections(Segment &segment, bool code);
  Error relocate();
  Error relocateOne(const ELF64::Rela &rela, const ELF64::Shdr &section,
                    uint64_t address);
  Expected<uint64_t> getAddress(const ELF64::Sym &symbol);
  void writeSymbols();
  void writeHeaders();

  // Appends bytes and returns their offset.
  uint64_t append(const void *data, size_t size, uint64_t align) {
    image.resize(alignTo(image.size(), align));
    uint64_t offset = image.size();
    image.append(static_cast<const char *>(data),
                 static_cast<const char *>(data) + size);
    return offset;
  }

  ELFFile<ELF64> file;
  ArrayRef<ELF64::Shdr> sections;
  ArrayRef<ELF64::Sym> symbols;
  StringRef names; // of symbols
  SmallVector<unsigned> exported;
  std::map<unsigned, uint64_t> addresses; // of sections
  std::map<unsigned, uint64_t> offsets;
  Segment constants, code, dynamic;
  uint64_t symbolsAt = 0, namesAt = 0, namesSize = 0, hashAt = 0;
  SmallVector<char, 0> image;
};
} // namespace

static Error refuse(const Twine &why) {
  return createStringError(inconvertibleErrorCode(), why);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

Error Linker::readSections() {
  auto all = file.sections();
  if (!all)
    return all.takeError();
  sections = *all;
  for (const ELF64::Shdr &section : sections) {
    Expected<StringRef> name = file.getSectionName(section);
    if (!name)
      return name.takeError();
    if (section.sh_type == ELF::SHT_SYMTAB) {
      auto range = file.symbols(&section);
      auto strings = file.getStringTableForSymtab(section);
      if (!range)
        return range.takeError();
      if (!strings)
        return strings.takeError();
      symbols = *range;
      names = *strings;
    }
    if (!(section.sh_flags & ELF::SHF_ALLOC) || section.sh_size == 0)
      continue;
    // Constants that another kind of link would relocate are constants here.
    bool relro = name->starts_with(".data.rel.ro");
    if (section.sh_type != ELF::SHT_PROGBITS ||
        ((section.sh_flags & ELF::SHF_WRITE) && !relro) ||
        (section.sh_flags & ELF::SHF_TLS))
      return refuse("expected compiled code to hold code and constants only, "
                    "but got section '" +
                    *name + "'");
    if (section.sh_addralign > kPage)
      return refuse("expected section '" + *name +
                    "' to be aligned to a page at most");
  }
  return Error::success();
}

Error Linker::readSymbols() {
  for (auto [index, symbol] : enumerate(symbols)) {
    if (index == 0 || symbol.getBinding() == ELF::STB_LOCAL)
      continue;
    Expected<StringRef> name = symbol.getName(names);
    if (!name)
      return name.takeError();
    if (symbol.st_shndx == ELF::SHN_UNDEF)
      return refuse("expected compiled code to be self-contained, but it needs "
                    "symbol '" +
                    *name + "'");
    if (symbol.getVisibility() == ELF::STV_DEFAULT)
      exported.push_back(index);
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

Error Linker::placeSections(Segment &segment, bool executable) {
  for (auto [index, section] : enumerate(sections)) {
    if (!(section.sh_flags & ELF::SHF_ALLOC) || section.sh_size == 0 ||
        bool(section.sh_flags & ELF::SHF_EXECINSTR) != executable)
      continue;
    Expected<ArrayRef<uint8_t>> bytes = file.getSectionContents(section);
    if (!bytes)
      return bytes.takeError();
    uint64_t align = std::max<uint64_t>(section.sh_addralign, 1);
    uint64_t offset = append(bytes->data(), bytes->size(), align);
    offsets[index] = offset;
    addresses[index] = offset + segment.delta;
  }
  segment.end = image.size();
  return Error::success();
}

Expected<uint64_t> Linker::getAddress(const ELF64::Sym &symbol) {
  auto found = addresses.find(symbol.st_shndx);
  if (found == addresses.end()) {
    Expected<StringRef> name = symbol.getName(names);
    return refuse("expected symbol '" + (name ? *name : StringRef("?")) +
                  "' to lie in a section that is loaded");
  }
  return found->second + symbol.st_value;
}

void Linker::writeSymbols() {
  SmallVector<ELF64::Sym> table(1);
  std::string strings(1, '\0');
  for (unsigned index : exported) {
    ELF64::Sym symbol = symbols[index];
    symbol.st_name = strings.size();
    strings += cantFail(symbols[index].getName(names)).str();
    strings.push_back('\0');
    table.push_back(symbol);
  }
  // One bucket, one chain through every symbol.
  uint32_t count = table.size();
  SmallVector<support::ulittle32_t> hash;
  for (uint32_t word : {1u, count, count > 1 ? 1u : 0u})
    hash.push_back(support::ulittle32_t(word));
  for (uint32_t i = 0; i < count; ++i)
    hash.push_back(support::ulittle32_t(i != 0 && i + 1 < count ? i + 1 : 0));
  symbolsAt = append(table.data(), count * sizeof(ELF64::Sym), 8);
  namesAt = append(strings.data(), strings.size(), 1);
  namesSize = strings.size();
  hashAt = append(hash.data(), hash.size() * 4, 8);
}

//===----------------------------------------------------------------------===//
// Relocation
//===----------------------------------------------------------------------===//

Error Linker::relocateOne(const ELF64::Rela &rela, const ELF64::Shdr &section,
                          uint64_t sectionIndex) {
  unsigned type = rela.getType(/*isMips64EL=*/false);
  const ELF64::Sym &symbol = symbols[rela.getSymbol(false)];
  Expected<uint64_t> target = getAddress(symbol);
  if (!target)
    return target.takeError();
  if (rela.r_offset + 8 > section.sh_size + 4)
    return refuse("expected relocations to lie in their section");
  uint64_t place = addresses[sectionIndex] + rela.r_offset;
  char *bytes = image.data() + offsets[sectionIndex] + rela.r_offset;
  int64_t value = int64_t(*target) + rela.r_addend - int64_t(place);
  switch (type) {
  case ELF::R_X86_64_PC64:
    support::endian::write64le(bytes, value);
    return Error::success();
  case ELF::R_X86_64_GOTPCRELX:
  case ELF::R_X86_64_REX_GOTPCRELX:
    // There is no table of addresses: load the address itself, mov to lea.
    if (uint8_t(bytes[-2]) != 0x8b)
      break;
    bytes[-2] = char(0x8d);
    [[fallthrough]];
  case ELF::R_X86_64_PC32:
  case ELF::R_X86_64_PLT32:
    if (!isInt<32>(value))
      return refuse("expected compiled code to be smaller than 2 GiB");
    support::endian::write32le(bytes, value);
    return Error::success();
  default:
    break;
  }
  Expected<StringRef> name = symbol.getName(names);
  return refuse(
      "expected code to be position independent, but got relocation " +
      getELFRelocationTypeName(ELF::EM_X86_64, type) + " against '" +
      (name ? *name : StringRef("?")) + "'");
}

Error Linker::relocate() {
  for (const ELF64::Shdr &section : sections) {
    if (section.sh_type == ELF::SHT_REL)
      return refuse("expected relocations with addends");
    if (section.sh_type != ELF::SHT_RELA || !addresses.count(section.sh_info))
      continue;
    auto relas = file.relas(section);
    if (!relas)
      return relas.takeError();
    for (const ELF64::Rela &rela : *relas)
      if (Error error =
              relocateOne(rela, sections[section.sh_info], section.sh_info))
        return error;
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Headers
//===----------------------------------------------------------------------===//

static ELF64::Phdr makeHeader(unsigned type, unsigned flags, uint64_t begin,
                              uint64_t end, uint64_t delta, uint64_t align) {
  ELF64::Phdr header = {};
  header.p_type = type;
  header.p_flags = flags;
  header.p_offset = begin;
  header.p_vaddr = begin + delta;
  header.p_paddr = begin + delta;
  header.p_filesz = end - begin;
  header.p_memsz = end - begin;
  header.p_align = align;
  return header;
}

static constexpr unsigned kNumHeaders = 5;

void Linker::writeHeaders() {
  ELF64::Ehdr header = file.getHeader();
  header.e_type = ELF::ET_DYN;
  header.e_entry = 0;
  header.e_phoff = sizeof(header);
  header.e_phentsize = sizeof(ELF64::Phdr);
  header.e_phnum = kNumHeaders;
  header.e_shoff = 0;
  header.e_shnum = 0;
  header.e_shstrndx = 0;
  header.e_shentsize = sizeof(ELF64::Shdr);
  memcpy(image.data(), &header, sizeof(header));
  ELF64::Phdr headers[kNumHeaders];
  unsigned next = 0;
  for (const Segment &s : {constants, code, dynamic})
    headers[next++] =
        makeHeader(ELF::PT_LOAD, s.flags, s.begin, s.end, s.delta, kPage);
  headers[next++] = makeHeader(ELF::PT_DYNAMIC, dynamic.flags, dynamic.begin,
                               dynamic.end, dynamic.delta, 8);
  headers[next++] =
      makeHeader(ELF::PT_GNU_STACK, ELF::PF_R | ELF::PF_W, 0, 0, 0, 16);
  memcpy(image.data() + sizeof(header), headers, sizeof(headers));
}

Expected<SmallVector<char, 0>> Linker::run() {
  if (Error error = readSections())
    return error;
  if (Error error = readSymbols())
    return error;
  image.resize(sizeof(ELF64::Ehdr) + kNumHeaders * sizeof(ELF64::Phdr));
  constants.flags = ELF::PF_R;
  // The symbols' values are not known yet; their table has its final size.
  writeSymbols();
  if (Error error = placeSections(constants, /*executable=*/false))
    return error;
  code = {image.size(), 0, kPage, ELF::PF_R | ELF::PF_X};
  if (Error error = placeSections(code, /*executable=*/true))
    return error;
  image.resize(alignTo(image.size(), 8));
  dynamic = {image.size(), 0, 2 * kPage, ELF::PF_R | ELF::PF_W};
  const uint64_t entries[][2] = {{ELF::DT_HASH, hashAt},
                                 {ELF::DT_STRTAB, namesAt},
                                 {ELF::DT_SYMTAB, symbolsAt},
                                 {ELF::DT_STRSZ, namesSize},
                                 {ELF::DT_SYMENT, sizeof(ELF64::Sym)},
                                 {ELF::DT_NULL, 0}};
  append(entries, sizeof(entries), 8);
  dynamic.end = image.size();
  writeHeaders();
  for (auto [slot, index] : enumerate(exported)) {
    Expected<uint64_t> address = getAddress(symbols[index]);
    if (!address)
      return address.takeError();
    char *at = image.data() + symbolsAt + (slot + 1) * sizeof(ELF64::Sym);
    auto *symbol = reinterpret_cast<ELF64::Sym *>(at);
    symbol->st_value = *address;
    symbol->st_shndx = 1; // defined, somewhere
  }
  if (Error error = relocate())
    return error;
  return std::move(image);
}

Expected<SmallVector<char, 0>> mlir::sqa::linkImage(ArrayRef<char> object) {
  auto file = ELFFile<ELF64>::create(StringRef(object.data(), object.size()));
  if (!file)
    return file.takeError();
  const ELF64::Ehdr &header = file->getHeader();
  if (header.e_machine != ELF::EM_X86_64 || header.e_type != ELF::ET_REL)
    return refuse("expected an x86-64 object");
  return Linker(*file).run();
}
