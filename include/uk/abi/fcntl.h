/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Linux ABI, x86_64: open(2), fcntl(2), lseek(2), the *at calls
 * (include/uapi/asm-generic/fcntl.h, include/uapi/linux/fcntl.h).
 */

#define UK_O_ACCMODE   00000003
#define UK_O_RDONLY    00000000
#define UK_O_WRONLY    00000001
#define UK_O_RDWR      00000002
#define UK_O_CREAT     00000100
#define UK_O_EXCL      00000200
#define UK_O_NOCTTY    00000400
#define UK_O_TRUNC     00001000
#define UK_O_APPEND    00002000
#define UK_O_NONBLOCK  00004000
#define UK_O_DIRECTORY 00200000
#define UK_O_NOFOLLOW  00400000
#define UK_O_LARGEFILE 00100000
#define UK_O_CLOEXEC   02000000
#define UK_O_PATH      010000000

#define UK_F_DUPFD         0
#define UK_F_GETFD         1
#define UK_F_SETFD         2
#define UK_F_GETFL         3
#define UK_F_SETFL         4
#define UK_F_DUPFD_CLOEXEC 1030
#define UK_F_ADD_SEALS     1033
#define UK_F_GET_SEALS     1034
#define UK_FD_CLOEXEC      1

#define UK_SEEK_SET 0
#define UK_SEEK_CUR 1
#define UK_SEEK_END 2

#define UK_AT_FDCWD            (-100)
#define UK_AT_SYMLINK_NOFOLLOW 0x100
#define UK_AT_EACCESS          0x200
#define UK_AT_REMOVEDIR        0x200
#define UK_AT_SYMLINK_FOLLOW   0x400
#define UK_AT_EMPTY_PATH       0x1000

#define UK_RENAME_NOREPLACE 1

#define UK_UTIME_NOW  0x3fffffff /* in tv_nsec: utimensat(2) */
#define UK_UTIME_OMIT 0x3ffffffe

#define UK_F_OK 0
#define UK_X_OK 1
#define UK_W_OK 2
#define UK_R_OK 4

#define UK_PATH_MAX 4096 /* with the terminator */
#define UK_NAME_MAX 255
