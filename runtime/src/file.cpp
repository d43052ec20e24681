//===- file.cpp - Files, read once into memory of our own -----------------===//
//
// Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// The parent directory is opened first and the file inside it, so that the
// directories whose owners are checked are the ones the file was found through,
// whatever is renamed meanwhile. Test: test/file_test.cpp.

#include "file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace sqart;

namespace {
struct Descriptor {
  explicit Descriptor(int fd) : fd(fd) {}
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  ~Descriptor() {
    if (fd >= 0)
      ::close(fd);
  }
  void reset(int other) {
    if (fd >= 0)
      ::close(fd);
    fd = other;
  }
  int fd;
};
} // namespace

static sqart_status_t failErrno(const char *what, const char *path) {
  int error = errno;
  sqart_status_t status = SQART_STATUS_IO;
  if (error == ENOENT || error == ENOTDIR)
    status = SQART_STATUS_NOT_FOUND;
  else if (error == EACCES || error == EPERM || error == ELOOP)
    status = SQART_STATUS_PERMISSION;
  // strerror() may share a buffer between threads; the GNU form does not.
  char buffer[64];
  const char *reason = ::strerror_r(error, buffer, sizeof(buffer));
  if (error == ELOOP)
    reason = "symbolic link";
  return fail(status, "%s '%s': %s", what, Shown(path).text, reason);
}

// Rule 15 for one inode: `what` says which.
static sqart_status_t checkOwner(const struct stat &info,
                                 const FileRules &rules, const char *what,
                                 const char *path) {
  if (info.st_uid != 0 && info.st_uid != ::geteuid())
    return fail(SQART_STATUS_PERMISSION,
                "%s of '%s': expected owner root or the effective user, but "
                "got user %u",
                what, Shown(path).text, unsigned(info.st_uid));
  mode_t refused = S_IWOTH | (rules.allowGroupWritable ? 0 : S_IWGRP);
  if (info.st_mode & refused)
    return fail(SQART_STATUS_PERMISSION,
                "%s of '%s': expected nobody else to have write permission, "
                "but got mode %03o",
                what, Shown(path).text, unsigned(info.st_mode & 0777));
  return SQART_STATUS_OK;
}

// Rule 15 for `directory` and all that hold it.
static sqart_status_t checkParents(int directory, const FileRules &rules,
                                   const char *path) {
  Descriptor at(::dup(directory));
  struct stat info;
  if (at.fd < 0 || ::fstat(at.fd, &info) != 0)
    return failErrno("cannot read the parent directory of", path);
  while (true) {
    SQART_TRY(checkOwner(info, rules, "parent directory", path));
    Descriptor up(::openat(at.fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct stat upper;
    if (up.fd < 0 || ::fstat(up.fd, &upper) != 0)
      return failErrno("cannot read the parent directory of", path);
    if (upper.st_ino == info.st_ino && upper.st_dev == info.st_dev)
      return SQART_STATUS_OK; // the root is its own parent
    info = upper;
    std::swap(at.fd, up.fd);
  }
}

static sqart_status_t openRegular(const char *path, const FileRules &rules,
                                  Descriptor &out, struct stat &info) {
  if (path[0] == 0)
    return fail(SQART_STATUS_NOT_FOUND, "cannot open '': empty path");
  std::string name = path, parent = ".";
  if (size_t slash = name.rfind('/'); slash != std::string::npos) {
    parent = name.substr(0, slash + 1);
    name = name.substr(slash + 1);
  }
  if (name.empty())
    return fail(SQART_STATUS_INVALID_ARGUMENT,
                "cannot open '%s': expected a file, but got a directory",
                Shown(path).text);
  Descriptor directory(
      ::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (directory.fd < 0)
    return failErrno("cannot open the parent directory of", path);
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
              (rules.followLinks ? 0 : O_NOFOLLOW);
  out.reset(::openat(directory.fd, name.c_str(), flags));
  if (out.fd < 0)
    return failErrno("cannot open", path);
  if (::fstat(out.fd, &info) != 0)
    return failErrno("cannot open", path);
  if (!S_ISREG(info.st_mode))
    return fail(SQART_STATUS_INVALID_ARGUMENT,
                "cannot open '%s': expected a regular file", Shown(path).text);
  if (!rules.checkOwner)
    return SQART_STATUS_OK;
  SQART_TRY(checkOwner(info, rules, "the file itself", path));
  if (info.st_nlink != 1)
    return fail(SQART_STATUS_PERMISSION,
                "'%s': expected one hard link, but got %llu", Shown(path).text,
                static_cast<unsigned long long>(info.st_nlink));
  return checkParents(directory.fd, rules, path);
}

sqart_status_t sqart::readFile(const char *path, uint64_t maxBytes,
                               const FileRules &rules, Pages &out) {
  Descriptor file(-1);
  struct stat info;
  SQART_TRY(openRegular(path, rules, file, info));
  if (uint64_t(info.st_size) > maxBytes)
    return fail(SQART_STATUS_LIMIT,
                "'%s': expected at most %llu bytes, but got %lld",
                Shown(path).text, static_cast<unsigned long long>(maxBytes),
                static_cast<long long>(info.st_size));
  size_t size = size_t(info.st_size);
  Pages pages;
  if (!pages.allocate(size))
    return fail(SQART_STATUS_OUT_OF_MEMORY,
                "no memory for the %zu bytes of '%s'", size, Shown(path).text);
  for (size_t done = 0; done < size;) {
    ssize_t got = ::read(file.fd, pages.data() + done, size - done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return failErrno("cannot read", path);
    if (got == 0)
      return fail(SQART_STATUS_IO, "'%s': shrank while it was read",
                  Shown(path).text);
    done += size_t(got);
  }
  pages.seal();
  out = std::move(pages);
  return SQART_STATUS_OK;
}

sqart_status_t sqart::copyBytes(const void *bytes, size_t size,
                                uint64_t maxBytes, Pages &out) {
  if (!bytes && size != 0)
    return fail(SQART_STATUS_INVALID_ARGUMENT,
                "bytes: expected a pointer, but got null");
  if (size > maxBytes)
    return fail(SQART_STATUS_LIMIT, "expected at most %llu bytes, but got %zu",
                static_cast<unsigned long long>(maxBytes), size);
  Pages pages;
  if (!pages.allocate(size))
    return fail(SQART_STATUS_OUT_OF_MEMORY, "no memory for %zu bytes", size);
  if (size != 0)
    std::memcpy(pages.data(), bytes, size);
  pages.seal();
  out = std::move(pages);
  return SQART_STATUS_OK;
}

sqart_status_t sqart::mapFile(const char *path, Pages &out) {
  Descriptor file(-1);
  struct stat info;
  SQART_TRY(openRegular(path, FileRules(), file, info));
  if (info.st_size == 0)
    return SQART_STATUS_OK;
  void *base =
      ::mmap(nullptr, size_t(info.st_size), PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (base == MAP_FAILED)
    return failErrno("cannot map", path);
  out.adopt(base, size_t(info.st_size));
  return SQART_STATUS_OK;
}
