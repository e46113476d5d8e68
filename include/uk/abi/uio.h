/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Linux ABI: scatter and gather (include/uapi/linux/uio.h; readv(2), writev(2)).
 */

#include <stddef.h>
#include <stdint.h>

struct uk_iovec {
	void *iov_base;
	size_t iov_len;
};

#define UK_IOV_MAX 1024
/* Linux: a single read or write moves at most this (MAX_RW_COUNT); more is cut, not refused. */
#define UK_RW_MAX    0x7ffff000ul
#define UK_SSIZE_MAX INT64_MAX
