/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Linux ABI, x86_64: what a file is (arch/x86/include/uapi/asm/stat.h, include/uapi/linux/stat.h),
 * and directory entries (getdents64(2)).
 */

#include <stdint.h>
#include <uk/abi/time.h>

#define UK_S_IFMT   0170000u
#define UK_S_IFSOCK 0140000u
#define UK_S_IFLNK  0120000u
#define UK_S_IFREG  0100000u
#define UK_S_IFBLK  0060000u
#define UK_S_IFDIR  0040000u
#define UK_S_IFCHR  0020000u
#define UK_S_IFIFO  0010000u

#define UK_S_ISREG(m) (((m) & UK_S_IFMT) == UK_S_IFREG)
#define UK_S_ISDIR(m) (((m) & UK_S_IFMT) == UK_S_IFDIR)
#define UK_S_ISLNK(m) (((m) & UK_S_IFMT) == UK_S_IFLNK)

struct uk_stat {
	uint64_t st_dev;
	uint64_t st_ino;
	uint64_t st_nlink;
	uint32_t st_mode;
	uint32_t st_uid;
	uint32_t st_gid;
	uint32_t pad0;
	uint64_t st_rdev;
	int64_t st_size;
	int64_t st_blksize;
	int64_t st_blocks; /* of 512 bytes */
	struct uk_timespec st_atim;
	struct uk_timespec st_mtim;
	struct uk_timespec st_ctim;
	int64_t unused[3];
};
_Static_assert(sizeof(struct uk_stat) == 144, "x86_64 struct stat");

#define UK_DT_UNKNOWN 0
#define UK_DT_FIFO    1
#define UK_DT_CHR     2
#define UK_DT_DIR     4
#define UK_DT_BLK     6
#define UK_DT_REG     8
#define UK_DT_LNK     10
#define UK_DT_SOCK    12
/* Directory-entry type of a mode. */
#define UK_DT_OF(mode) (((mode) & UK_S_IFMT) >> 12)

struct uk_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	uint16_t d_reclen; /* of this entry with its name, a multiple of 8 */
	uint8_t d_type;
	char d_name[]; /* NUL-terminated */
};
#define UK_DIRENT64_HEAD 19u /* bytes before d_name: the structure has tail padding */
