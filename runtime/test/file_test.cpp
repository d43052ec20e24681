//===- file_test.cpp - Which files are read -------------------------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "file.h"

#include "expect_status.h"

#include <cstdlib>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace sqart;

namespace {
// A directory of its own below the build directory, whose parents are the
// user's: the shared temporary one is what the rules refuse.
class File : public ::testing::Test {
protected:
  void SetUp() override {
    char name[] = SQART_TEST_DIRECTORY "/file-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory = name;
    path = directory + "/a";
    std::ofstream(path) << "hello";
    ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  }
  void TearDown() override {
    ::chmod(directory.c_str(), 0700);
    for (const char *name : {"/a", "/b"})
      ::unlink((directory + name).c_str());
    ::rmdir(directory.c_str());
  }
  sqart_status_t read(bool checkOwner, bool group = false) {
    FileRules rules;
    rules.followLinks = false;
    rules.checkOwner = checkOwner;
    rules.allowGroupWritable = group;
    Pages pages;
    return readFile(path.c_str(), 100, rules, pages);
  }
  std::string directory, path;
};
} // namespace

TEST_F(File, ReadsContents) {
  Pages pages;
  ASSERT_OK(readFile(path.c_str(), 5, FileRules(), pages));
  EXPECT_EQ(std::string(pages.data(), pages.data() + pages.size()), "hello");
  EXPECT_FAILS(readFile(path.c_str(), 4, FileRules(), pages),
               SQART_STATUS_LIMIT, "at most 4 bytes, but got 5");
}

TEST_F(File, MissingAndOddFiles) {
  Pages pages;
  EXPECT_FAILS(readFile("", 9, FileRules(), pages), SQART_STATUS_NOT_FOUND,
               "empty");
  EXPECT_FAILS(readFile((directory + "/x").c_str(), 9, FileRules(), pages),
               SQART_STATUS_NOT_FOUND, "cannot open");
  EXPECT_FAILS(readFile((directory + "/x/y").c_str(), 9, FileRules(), pages),
               SQART_STATUS_NOT_FOUND, "parent");
  EXPECT_FAILS(readFile(directory.c_str(), 9, FileRules(), pages),
               SQART_STATUS_INVALID_ARGUMENT, "regular file");
  EXPECT_FAILS(readFile((directory + "/").c_str(), 9, FileRules(), pages),
               SQART_STATUS_INVALID_ARGUMENT, "directory");
  EXPECT_FAILS(readFile("/dev/null", 9, FileRules(), pages),
               SQART_STATUS_INVALID_ARGUMENT, "regular file");
  // A FIFO without a writer must not hang.
  std::string fifo = directory + "/b";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_FAILS(readFile(fifo.c_str(), 9, FileRules(), pages),
               SQART_STATUS_INVALID_ARGUMENT, "regular file");
}

// Failure 75 in this test and the next ones.
TEST_F(File, SymbolicLinksAreRefused) {
  std::string link = directory + "/b";
  ASSERT_EQ(::symlink(path.c_str(), link.c_str()), 0);
  path = link;
  EXPECT_FAILS(read(false), SQART_STATUS_PERMISSION, "symbolic link");
  Pages pages;
  EXPECT_OK(readFile(link.c_str(), 9, FileRules(), pages));
}

TEST_F(File, HardLinksAreRefused) {
  EXPECT_OK(read(false));
  ASSERT_EQ(::link(path.c_str(), (directory + "/b").c_str()), 0);
  EXPECT_FAILS(read(true), SQART_STATUS_PERMISSION, "one hard link, but got 2");
}

TEST_F(File, WritableByOthersIsRefused) {
  ASSERT_EQ(::chmod(path.c_str(), 0646), 0);
  EXPECT_OK(read(false));
  EXPECT_FAILS(read(true), SQART_STATUS_PERMISSION, "mode 646");
  EXPECT_FAILS(read(true, true), SQART_STATUS_PERMISSION, "mode 646");
}

TEST_F(File, WritableByGroupNeedsTheFlag) {
  ASSERT_EQ(::chmod(path.c_str(), 0664), 0);
  EXPECT_FAILS(read(true), SQART_STATUS_PERMISSION, "mode 664");
}

TEST_F(File, ParentDirectoriesCount) {
  ASSERT_EQ(::chmod(directory.c_str(), 01777), 0);
  EXPECT_OK(read(false));
  EXPECT_FAILS(read(true), SQART_STATUS_PERMISSION, "parent directory");
}

// Failure 72: what was read stays what it was.
TEST_F(File, LaterChangesDoNotMatter) {
  Pages pages;
  ASSERT_OK(readFile(path.c_str(), 5, FileRules(), pages));
  ASSERT_EQ(::truncate(path.c_str(), 0), 0);
  EXPECT_EQ(std::string(pages.data(), pages.data() + pages.size()), "hello");
}
