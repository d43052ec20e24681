//===- ElfWriterTest.cpp - Which objects link, and what comes out ---------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sqa/Target/ElfWriter.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ELF.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace llvm;
using namespace mlir::sqa;

// An x86-64 object of LLVM IR text, position independent or not.
static SmallVector<char, 0> compileObject(StringRef text,
                                          Reloc::Model model = Reloc::PIC_) {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  LLVMContext context;
  SMDiagnostic diagnostic;
  std::unique_ptr<Module> module =
      parseAssemblyString(text, diagnostic, context);
  EXPECT_TRUE(module) << diagnostic.getMessage().str();
  std::string error;
  Triple triple("x86_64-unknown-linux-gnu");
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  std::unique_ptr<TargetMachine> machine(target->createTargetMachine(
      triple, "x86-64", "", TargetOptions(), model, CodeModel::Small));
  module->setTargetTriple(triple);
  module->setDataLayout(machine->createDataLayout());
  SmallVector<char, 0> object;
  raw_svector_ostream stream(object);
  legacy::PassManager passes;
  machine->addPassesToEmitFile(passes, stream, nullptr,
                               CodeGenFileType::ObjectFile);
  passes.run(*module);
  return object;
}

static std::string messageOf(Expected<SmallVector<char, 0>> image) {
  return image ? "" : toString(image.takeError());
}

// Code, a constant and a call between functions: the system's loader takes it.
TEST(ElfWriter, ImageRuns) {
  auto image = linkImage(compileObject(R"(
    @table = internal constant [4 x i32] [i32 2, i32 3, i32 5, i32 7]
    define internal i32 @look(i64 %i) noinline nounwind {
      %p = getelementptr i32, ptr @table, i64 %i
      %v = load i32, ptr %p
      ret i32 %v
    }
    define i32 @prime(i64 %i) nounwind {
      %v = call i32 @look(i64 %i)
      ret i32 %v
    })"));
  ASSERT_TRUE(bool(image)) << toString(image.takeError());
  char path[] = "/tmp/sqa-elf-XXXXXX";
  int file = mkstemp(path);
  ASSERT_GE(file, 0);
  ASSERT_EQ(write(file, image->data(), image->size()), ssize_t(image->size()));
  close(file);
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  unlink(path);
  ASSERT_TRUE(handle) << dlerror();
  auto prime = reinterpret_cast<int (*)(int64_t)>(dlsym(handle, "prime"));
  ASSERT_TRUE(prime);
  EXPECT_EQ(prime(2), 5);
  EXPECT_EQ(prime(3), 7);
  EXPECT_FALSE(dlsym(handle, "look"));
  dlclose(handle);
}

// Nothing is writable and executable, and nothing is left to relocate.
TEST(ElfWriter, SegmentsAreSeparate) {
  auto image =
      linkImage(compileObject("define i32 @f() nounwind { ret i32 1 }"));
  ASSERT_TRUE(bool(image)) << toString(image.takeError());
  auto file = cantFail(
      object::ELFFile<object::ELF64LE>::create({image->data(), image->size()}));
  EXPECT_EQ(file.getHeader().e_type, ELF::ET_DYN);
  uint64_t end = 0;
  for (const auto &header : cantFail(file.program_headers())) {
    EXPECT_NE(header.p_flags & (ELF::PF_W | ELF::PF_X),
              unsigned(ELF::PF_W | ELF::PF_X));
    if (header.p_type != ELF::PT_LOAD)
      continue;
    EXPECT_GE(header.p_vaddr / 4096, (end + 4095) / 4096);
    end = header.p_vaddr + header.p_memsz;
  }
  for (const auto &entry : cantFail(file.dynamicEntries()))
    EXPECT_NE(entry.d_tag, ELF::DT_RELA);
}

TEST(ElfWriter, NamesWhatIsMissing) {
  EXPECT_EQ(
      messageOf(linkImage(compileObject("declare i32 @outside()\n"
                                        "define i32 @f() nounwind { %v = call "
                                        "i32 @outside()\n ret i32 %v }"))),
      "expected compiled code to be self-contained, but it needs symbol "
      "'outside'");
}

TEST(ElfWriter, RefusesVariables) {
  EXPECT_NE(
      messageOf(
          linkImage(compileObject(
              "@state = internal global i32 1\n"
              "define i32 @f(i32 %x) nounwind { store i32 %x, ptr @state\n"
              "ret i32 %x }")))
          .find("'.data'"),
      std::string::npos);
}

// A table of addresses would have to be relocated when it is loaded.
TEST(ElfWriter, RefusesAbsoluteAddresses) {
  EXPECT_NE(messageOf(linkImage(compileObject(
                          "@p = constant ptr @f\n"
                          "define ptr @f() nounwind { %v = load ptr, ptr @p\n"
                          "ret ptr %v }")))
                .find("R_X86_64_64"),
            std::string::npos);
}

TEST(ElfWriter, RefusesOtherFiles) {
  SmallVector<char, 0> noise(256, 'x');
  EXPECT_NE(messageOf(linkImage(noise)), "");
}
