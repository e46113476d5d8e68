/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Linux ABI: mmap(2), mprotect(2), mremap(2), madvise(2), msync(2)
 * (include/uapi/asm-generic/mman-common.h).
 */

/* PROT_* of libc; UK_PROT_* of <uk/mmu.h> are the kernel's own. */
#define UK_MPROT_NONE  0x0
#define UK_MPROT_READ  0x1
#define UK_MPROT_WRITE 0x2
#define UK_MPROT_EXEC  0x4

#define UK_MAP_SHARED          0x01
#define UK_MAP_PRIVATE         0x02
#define UK_MAP_SHARED_VALIDATE 0x03
#define UK_MAP_TYPE            0x0f
#define UK_MAP_FIXED           0x10
#define UK_MAP_ANONYMOUS       0x20
#define UK_MAP_NORESERVE       0x4000
#define UK_MAP_POPULATE        0x8000
#define UK_MAP_STACK           0x20000
#define UK_MAP_FIXED_NOREPLACE 0x100000

#define UK_MREMAP_MAYMOVE 1
#define UK_MREMAP_FIXED   2

#define UK_MADV_NORMAL         0
#define UK_MADV_RANDOM         1
#define UK_MADV_SEQUENTIAL     2
#define UK_MADV_WILLNEED       3
#define UK_MADV_DONTNEED       4
#define UK_MADV_FREE           8
#define UK_MADV_DONTFORK       10
#define UK_MADV_DOFORK         11
#define UK_MADV_HUGEPAGE       14
#define UK_MADV_NOHUGEPAGE     15
#define UK_MADV_DONTDUMP       16
#define UK_MADV_DODUMP         17
#define UK_MADV_POPULATE_READ  22
#define UK_MADV_POPULATE_WRITE 23

#define UK_MS_ASYNC      1
#define UK_MS_INVALIDATE 2
#define UK_MS_SYNC       4
