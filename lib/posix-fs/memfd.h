/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Between node.c and memfd.c: seals are asked for through ioctl of files that can be changed.
 */

#include <uk/file.h>

/* UK_FILE_ADD_SEALS, UK_FILE_GET_SEALS; -ENOTTY: not a memfd, or another request. */
long uk__posix_fs_memfd_ioctl(struct uk_file *file, unsigned long request, void *arg);
