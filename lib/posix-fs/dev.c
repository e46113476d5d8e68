/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * /dev/null and /dev/zero; /dev/full (Linux, full(4)) reads as the latter, and what is written does
 * not fit.
 */

#include "fs.h"
#include <uk/errno.h>
#include <uk/heap.h>

static long sink(struct uk_file *file, struct uk_file_iter *from, int64_t offset)
{
	long n = (long)from->total;

	(void)file;
	(void)offset;
	from->total = 0;
	return n;
}

static long null_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset)
{
	(void)file;
	(void)to;
	(void)offset;
	return 0;
}

static long zero_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset)
{
	static const char zeros[256];
	long done = 0, n;

	(void)file;
	(void)offset;
	while ((n = uk_file_iter_put(to, zeros, sizeof(zeros))) > 0)
		done += n;
	return done > 0 ? done : n;
}

static int64_t at_start(struct uk_file *file, int64_t offset, int whence)
{
	(void)file;
	(void)offset;
	(void)whence;
	return 0;
}

static long zero_ioctl(struct uk_file *file, unsigned long request, void *arg)
{
	(void)file;
	(void)arg;
	return request == UK_FILE_IS_ZEROS ? 0 : -ENOTTY;
}

static void close(struct uk_file *file)
{
	uk_heap_free(file);
}

static const struct uk_file_ops null_ops = {
	.read = null_read,
	.write = sink,
	.seek = at_start,
	.close = close,
};

static const struct uk_file_ops zero_ops = {
	.read = zero_read,
	.write = sink,
	.seek = at_start,
	.ioctl = CONFIG_LIB_POSIX_MEM ? zero_ioctl : NULL,
	.close = close,
};

#if CONFIG_POSIX_FS_FULL

static long no_space(struct uk_file *file, struct uk_file_iter *from, int64_t offset)
{
	(void)file;
	(void)from;
	(void)offset;
	return -ENOSPC;
}

static const struct uk_file_ops full_ops = {
	.read = zero_read,
	.write = no_space,
	.seek = at_start,
	.close = close,
};

UK_TABLE_ENTRY(struct uk_posix_fs_special, special)
dev_full = { "/dev/full", UK_S_IFCHR | 0666, &full_ops, NULL };

#endif

UK_TABLE_ENTRY(struct uk_posix_fs_special, special)
dev_null = { "/dev/null", UK_S_IFCHR | 0666, &null_ops, NULL };
UK_TABLE_ENTRY(struct uk_posix_fs_special, special)
dev_zero = { "/dev/zero", UK_S_IFCHR | 0666, &zero_ops, NULL };
