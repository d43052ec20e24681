//===- code_image_test.cpp - Rules E1..E9 for images of compiled code -----===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "code_image.h"
#include "test_package.h"

#include "expect_status.h"

#include <elf.h>
#include <functional>

using namespace sqart;
using namespace sqart::test;

namespace {
// The kernel image, taken apart far enough to be broken in one place.
struct Image {
  Image() : bytes(kernelImage()) {}

  template <typename T> T &at(uint64_t offset) {
    return *reinterpret_cast<T *>(bytes.data() + offset);
  }
  Elf64_Ehdr &header() { return at<Elf64_Ehdr>(0); }
  Elf64_Phdr *programHeader(uint32_t type, uint32_t flags = 0) {
    for (unsigned i = 0; i < header().e_phnum; ++i) {
      auto &p = at<Elf64_Phdr>(header().e_phoff + i * sizeof(Elf64_Phdr));
      if (p.p_type == type && (p.p_flags & flags) == flags)
        return &p;
    }
    ADD_FAILURE() << "no program header " << type;
    return nullptr;
  }
  uint64_t offsetOf(uint64_t address) {
    for (unsigned i = 0; i < header().e_phnum; ++i) {
      auto &p = at<Elf64_Phdr>(header().e_phoff + i * sizeof(Elf64_Phdr));
      if (p.p_type == PT_LOAD && address - p.p_vaddr < p.p_filesz)
        return address - p.p_vaddr + p.p_offset;
    }
    ADD_FAILURE() << "no address " << address;
    return 0;
  }
  Elf64_Dyn &dynamic(int64_t tag) {
    uint64_t offset = programHeader(PT_DYNAMIC)->p_offset;
    while (at<Elf64_Dyn>(offset).d_tag != tag &&
           at<Elf64_Dyn>(offset).d_tag != DT_NULL)
      offset += sizeof(Elf64_Dyn);
    return at<Elf64_Dyn>(offset);
  }
  Elf64_Sym &symbol(unsigned i) {
    return at<Elf64_Sym>(offsetOf(dynamic(DT_SYMTAB).d_un.d_ptr) +
                         i * sizeof(Elf64_Sym));
  }
  uint32_t &hashWord(unsigned i) {
    return at<uint32_t>(offsetOf(dynamic(DT_HASH).d_un.d_ptr) + 4 * i);
  }

  Bytes bytes;
};
} // namespace

static sqart_status_t check(const std::function<void(Image &)> &edit) {
  Image image;
  edit(image);
  ElfLayout layout;
  return checkElf({image.bytes.data(), image.bytes.size()}, layout);
}

#define EXPECT_RULE(edit, rule)                                                \
  EXPECT_FAILS(check([](Image &i) { edit; }), SQART_STATUS_MALFORMED,          \
               "code rule " rule ":")

TEST(CodeImage, UneditedIsAccepted) {
  EXPECT_OK(check([](Image &) {}));
}

TEST(CodeImage, E1Header) {
  EXPECT_RULE(i.bytes.resize(63), "E1");
  EXPECT_RULE(i.header().e_ident[0] = 0, "E1");
  EXPECT_RULE(i.header().e_ident[EI_CLASS] = ELFCLASS32, "E1");
  EXPECT_RULE(i.header().e_ident[EI_DATA] = ELFDATA2MSB, "E1");
  EXPECT_RULE(i.header().e_ident[EI_OSABI] = ELFOSABI_LINUX, "E1");
  EXPECT_RULE(i.header().e_type = ET_EXEC, "E1");
  EXPECT_RULE(i.header().e_machine = EM_AARCH64, "E1");
  EXPECT_RULE(i.header().e_phentsize = 32, "E1");
  EXPECT_RULE(i.header().e_flags = 1, "E1");
}

TEST(CodeImage, E2ProgramHeaders) {
  EXPECT_RULE(i.header().e_phoff = UINT64_MAX - 8, "E2");
  EXPECT_RULE(i.header().e_phoff = i.bytes.size() - 8, "E2");
  EXPECT_RULE(i.header().e_phnum = 0, "E2");
  EXPECT_RULE(i.header().e_phnum = 33, "E2");
  EXPECT_RULE(i.programHeader(PT_GNU_STACK)->p_type = PT_INTERP, "E2");
  EXPECT_RULE(i.programHeader(PT_GNU_STACK)->p_type = PT_TLS, "E2");
  EXPECT_RULE(i.programHeader(PT_GNU_STACK)->p_type = 0x60001234, "E2");
}

TEST(CodeImage, E3Segments) {
  EXPECT_RULE(i.programHeader(PT_LOAD)->p_offset = UINT64_MAX - 4095, "E3");
  EXPECT_RULE(i.programHeader(PT_LOAD)->p_filesz = i.bytes.size() + 1, "E3");
  EXPECT_RULE(i.programHeader(PT_LOAD)->p_memsz = 1, "E3");
  EXPECT_RULE(i.programHeader(PT_LOAD, PF_X)->p_memsz = UINT64_MAX, "E3");
  EXPECT_RULE(i.programHeader(PT_LOAD, PF_X)->p_vaddr = UINT64_MAX - 4095,
              "E3");
  EXPECT_RULE(i.programHeader(PT_LOAD, PF_X)->p_vaddr = uint64_t(1) << 31,
              "E3");
  EXPECT_RULE(i.programHeader(PT_LOAD, PF_X)->p_align = 3, "E3");
  EXPECT_RULE(i.programHeader(PT_LOAD, PF_X)->p_align = 1 << 21, "E3");
  EXPECT_RULE(i.programHeader(PT_LOAD, PF_X)->p_flags = PF_X, "E3");
  // Onto the pages of the first segment.
  EXPECT_RULE(Elf64_Phdr *p = i.programHeader(PT_LOAD, PF_X);
              p->p_vaddr = p->p_offset % 4096, "E3");
}

// Failure 74.
TEST(CodeImage, E4WritableAndExecutable) {
  EXPECT_RULE(i.programHeader(PT_LOAD, PF_X)->p_flags |= PF_W, "E4");
  EXPECT_RULE(i.programHeader(PT_GNU_STACK)->p_flags |= PF_X, "E4");
  EXPECT_RULE(i.programHeader(PT_GNU_STACK)->p_type = PT_NULL, "E4");
}

// Failure 74.
TEST(CodeImage, E5Dynamic) {
  for (int64_t tag :
       {DT_NEEDED, DT_RELA, DT_RELASZ, DT_REL, DT_JMPREL, DT_INIT, DT_FINI,
        DT_INIT_ARRAY, DT_FINI_ARRAY, DT_PREINIT_ARRAY, DT_TEXTREL, DT_RPATH,
        DT_RUNPATH, DT_VERNEED, DT_RELACOUNT, DT_AUXILIARY, DT_FILTER})
    EXPECT_FAILS(check([&](Image &i) { i.dynamic(DT_SYMENT).d_tag = tag; }),
                 SQART_STATUS_MALFORMED, "code rule E5:");
  EXPECT_RULE(i.dynamic(DT_SYMENT).d_tag = DT_HASH, "E5");
  EXPECT_RULE(i.dynamic(DT_HASH).d_tag = DT_DEBUG, "E5");
  EXPECT_RULE(i.dynamic(DT_HASH).d_tag = DT_SYMBOLIC, "E5");
  EXPECT_RULE(i.dynamic(DT_SYMENT).d_un.d_val = 16, "E5");
  EXPECT_RULE(Elf64_Dyn &d = i.dynamic(DT_SYMENT); d.d_tag = DT_FLAGS;
              d.d_un.d_val = DF_TEXTREL, "E5");
  EXPECT_RULE(i.programHeader(PT_DYNAMIC)->p_type = PT_NULL, "E5");
  EXPECT_RULE(i.programHeader(PT_GNU_STACK)->p_type = PT_DYNAMIC, "E5");
  EXPECT_RULE(i.programHeader(PT_DYNAMIC)->p_vaddr = 0x1000000, "E5");
  EXPECT_RULE(i.programHeader(PT_DYNAMIC)->p_filesz = 16, "E5");
  EXPECT_RULE(i.programHeader(PT_DYNAMIC)->p_filesz = UINT64_MAX, "E5");
}

TEST(CodeImage, E6Tables) {
  EXPECT_RULE(i.dynamic(DT_HASH).d_un.d_ptr = UINT64_MAX - 3, "E6");
  EXPECT_RULE(i.hashWord(0) = 0xffffffff, "E6");
  EXPECT_RULE(i.hashWord(1) = 0xffffffff, "E6");
  EXPECT_RULE(i.hashWord(1) = 0, "E6");
  EXPECT_RULE(i.dynamic(DT_SYMTAB).d_un.d_ptr = 0x1000000, "E6");
  EXPECT_RULE(i.dynamic(DT_STRTAB).d_un.d_ptr = 0x1000000, "E6");
  EXPECT_RULE(i.dynamic(DT_STRSZ).d_un.d_val = 0, "E6");
  EXPECT_RULE(i.dynamic(DT_STRSZ).d_un.d_val = UINT64_MAX, "E6");
  EXPECT_RULE(i.dynamic(DT_STRSZ).d_un.d_val -= 1, "E6");
  EXPECT_RULE(i.symbol(1).st_name = 0x10000000, "E6");
}

// Failure 74.
TEST(CodeImage, E7Imports) {
  EXPECT_RULE(i.symbol(1).st_shndx = SHN_UNDEF, "E7");
  EXPECT_RULE(i.symbol(1).st_info = ELF64_ST_INFO(STB_GLOBAL, STT_GNU_IFUNC),
              "E7");
  EXPECT_RULE(i.symbol(1).st_info = ELF64_ST_INFO(STB_GLOBAL, STT_TLS), "E7");
}

TEST(CodeImage, E8ExportedSymbol) {
  EXPECT_RULE(i.symbol(1).st_name += 1, "E8");
  EXPECT_RULE(i.symbol(1).st_info = ELF64_ST_INFO(STB_WEAK, STT_FUNC), "E8");
  EXPECT_RULE(i.symbol(1).st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC), "E8");
  EXPECT_RULE(i.symbol(1).st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT),
              "E8");
  EXPECT_RULE(i.hashWord(1) = 1, "E8");
}

TEST(CodeImage, E9QueryInCode) {
  EXPECT_RULE(i.symbol(1).st_value = 0, "E9");
  EXPECT_RULE(i.symbol(1).st_value = UINT64_MAX, "E9");
  EXPECT_RULE(Elf64_Phdr *p = i.programHeader(PT_LOAD, PF_X);
              i.symbol(1).st_value = p->p_vaddr + p->p_filesz, "E9");
}

// What reads the image stays inside of it, whatever one byte says.
TEST(CodeImage, EveryByteEditIsSurvived) {
  Image image;
  ElfLayout layout;
  for (size_t i = 0; i < image.bytes.size(); ++i) {
    uint8_t original = image.bytes[i];
    for (uint8_t value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      image.bytes[i] = value;
      checkElf({image.bytes.data(), image.bytes.size()}, layout);
    }
    image.bytes[i] = original;
  }
  for (size_t size = 0; size < image.bytes.size(); ++size)
    checkElf({image.bytes.data(), size}, layout);
}
