//===- code_choose.cpp - Which GPU code runs on which device --------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Machine code runs on the architecture it was made for. PTX of sm_XYa uses
// features that no other GPU has, PTX of sm_XYf those of one family, plain PTX
// is compiled for anything newer (PTX ISA, directive .target).

#include "cuda/code.h"

#include <elf.h>

using namespace sqart;
using namespace sqart::cuda;

// 0 if the module does not run there; else the better one has more.
static uint32_t score(const GpuModule &module, bool isPtx,
                      uint32_t capability) {
  const GpuArch &arch = module.arch;
  bool same = arch.capability == capability;
  if (!isPtx)
    return same ? 4000 + (arch.suffix == 'a') : 0;
  if (arch.suffix == 'a')
    return same ? 3000 : 0;
  bool older = arch.capability <= capability;
  if (arch.suffix == 'f')
    return older && arch.capability / 10 == capability / 10
               ? 2000 + arch.capability
               : 0;
  return older ? 1 + arch.capability : 0;
}

sqart_status_t cuda::chooseModule(const Package &package, uint32_t capability,
                                  bool allowPtx, const GpuModule *&out) {
  out = nullptr;
  uint32_t best = 0;
  std::string offered;
  for (const GpuModule &module : package.manifest.gpuModules) {
    bool isPtx =
        package.sections[module.section].kind == SQART_SECTION_KIND_PTX;
    offered += (offered.empty() ? "" : ", ") + module.archName +
               (isPtx ? " (PTX)" : "");
    uint32_t got = isPtx && !allowPtx ? 0 : score(module, isPtx, capability);
    if (got == 0)
      continue;
    bool better = !out || module.program < out->program ||
                  (module.program == out->program && got > best);
    if (better) {
      out = &module;
      best = got;
    }
  }
  if (out)
    return SQART_STATUS_OK;
  return fail(SQART_STATUS_UNSUPPORTED,
              "%.120s has no code for a GPU of compute capability %u.%u%s; it "
              "has %.200s",
              package.manifest.name.c_str(), capability / 10, capability % 10,
              allowPtx ? "" : " without compiling PTX",
              offered.empty() ? "none" : offered.c_str());
}

// The tables of headers and what they refer to lie in the image.
sqart_status_t cuda::checkCubin(ByteView image) {
  constexpr uint16_t machineCuda = 190; // EM_CUDA
  auto malformed = [](const char *why) {
    return fail(SQART_STATUS_MALFORMED, "code rule G1: cubin: %s", why);
  };
  Elf64_Ehdr header;
  if (!image.read(0, header) ||
      std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB)
    return malformed("not a little-endian ELF64 image");
  if (header.e_machine != machineCuda)
    return malformed("not for a GPU");
  if ((header.e_phnum && header.e_phentsize != sizeof(Elf64_Phdr)) ||
      (header.e_shnum && header.e_shentsize != sizeof(Elf64_Shdr)) ||
      !image.contains(header.e_phoff,
                      uint64_t(header.e_phnum) * sizeof(Elf64_Phdr)) ||
      !image.contains(header.e_shoff,
                      uint64_t(header.e_shnum) * sizeof(Elf64_Shdr)))
    return malformed("headers outside of the image");
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    image.read(header.e_phoff + i * sizeof(segment), segment);
    if (!image.contains(segment.p_offset, segment.p_filesz))
      return malformed("a segment outside of the image");
  }
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    image.read(header.e_shoff + i * sizeof(section), section);
    if (section.sh_type != SHT_NOBITS &&
        !image.contains(section.sh_offset, section.sh_size))
      return malformed("a section outside of the image");
  }
  return SQART_STATUS_OK;
}
