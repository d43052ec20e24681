/*===- package_format.h - Bytes of a .sqapkg file -----------------*- C -*-===*\
|*                                                                            *|
|* Part of sqa-mlir, under the Apache License v2.0 with LLVM Exceptions.      *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/
/* Stand-alone (C11 and C++17). A package is
 *
 *   header | section table | zero padding | section 0 | zero padding | ...
 *
 * with every integer little-endian. The layout is canonical, so that equal
 * contents are equal bytes and nothing can hide between sections:
 *
 *   F1  magic, format_version and header_size are the constants below.
 *   F2  total_size is the size of the file.
 *   F3  digest is the SHA-256 of the bytes [SQART_PACKAGE_DIGESTED_FROM,
 *       total_size).
 *   F4  reserved fields are 0, every enumerator is one of those below.
 *   F5  alignment is a power of two in [SQART_PACKAGE_MIN_ALIGNMENT,
 *       SQART_PACKAGE_MAX_ALIGNMENT].
 *   F6  section i starts at the end of section i-1 (of the table, for i = 0)
 *       rounded up to its alignment; the padding between is zero; the last
 *       section ends at total_size.
 *   F7  section 0 is the only manifest: a FlatBuffer of
 *       runtime/schema/manifest.fbs without size prefix.
 *   F8  `name` indexes the manifest's section_names; no two sections share it.
 *
 * F3 finds accidents. It proves nothing about who made the file: see
 * SECURITY.md. Any change of a layout or rule changes the format version.
 */
#ifndef SQART_PACKAGE_FORMAT_H
#define SQART_PACKAGE_FORMAT_H

#include <stdint.h>

#ifdef __cplusplus
#define SQART_FORMAT_ASSERT(cond, message) static_assert(cond, message)
#else
#define SQART_FORMAT_ASSERT(cond, message) _Static_assert(cond, message)
#endif

/* Eight bytes. The last two notice a transfer that rewrote line ends. */
#define SQART_PACKAGE_MAGIC "sqapkg\r\n"
#define SQART_PACKAGE_MAGIC_SIZE 8u

#define SQART_PACKAGE_FORMAT_VERSION 0u

#define SQART_PACKAGE_MIN_ALIGNMENT 16u
#define SQART_PACKAGE_MAX_ALIGNMENT 4096u

/* What an ELF image of code is aligned to. */
#define SQART_PACKAGE_CODE_ALIGNMENT 4096u

/* No more sections than this in one package. */
#define SQART_PACKAGE_MAX_SECTIONS 256u

/* FlatBuffers file identifier of the manifest (bytes 4..8 of section 0). */
#define SQART_PACKAGE_MANIFEST_IDENTIFIER "SQAM"

typedef enum sqart_section_kind_t {
  SQART_SECTION_KIND_MANIFEST = 1,  /* FlatBuffer, exactly one, first */
  SQART_SECTION_KIND_CPU_CODE = 2,  /* ELF64 x86-64 image of kernel_abi.h */
  SQART_SECTION_KIND_CONSTANTS = 3, /* raw bytes, alignment as needed */
  SQART_SECTION_KIND_SOURCE = 4, /* MLIR bytecode; the runtime never reads it */
  SQART_SECTION_KIND_SCHEDULE_TEXT = 5, /* ASCII: schedules chosen */
  SQART_SECTION_KIND_REMARKS_TEXT =
      6,                        /* ASCII: what passes declined, and why */
  SQART_SECTION_KIND_CUBIN = 7, /* ELF64 image of one GPU architecture */
  SQART_SECTION_KIND_PTX = 8    /* text, without a NUL at its end */
} sqart_section_kind_t;

typedef struct sqart_package_header_t {
  uint8_t magic[8];
  uint32_t format_version;
  uint32_t header_size; /* sizeof(sqart_package_header_t) */
  uint8_t digest[32];   /* rule F3 */
  uint64_t total_size;
  uint32_t section_count;      /* 1..SQART_PACKAGE_MAX_SECTIONS */
  uint32_t section_entry_size; /* sizeof(sqart_package_section_t) */
  uint64_t reserved[2];
} sqart_package_header_t;
SQART_FORMAT_ASSERT(sizeof(sqart_package_header_t) == 80, "format change");

/* First byte the digest covers: the one after the digest itself. */
#define SQART_PACKAGE_DIGESTED_FROM 48u

/* The table follows the header without padding. */
typedef struct sqart_package_section_t {
  uint32_t kind;   /* sqart_section_kind_t */
  uint32_t name;   /* index into the manifest's section_names */
  uint64_t offset; /* from the start of the file */
  uint64_t size;   /* bytes, without padding; may be 0 */
  uint32_t alignment;
  uint32_t reserved;
} sqart_package_section_t;
SQART_FORMAT_ASSERT(sizeof(sqart_package_section_t) == 32, "format change");

#endif /* SQART_PACKAGE_FORMAT_H */
