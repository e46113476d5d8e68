/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * /dev/full (Linux, full(4)): what is written does not fit.
 */

#include "fs.h"
#include <uk/errno.h>
#include <uk/heap.h>

static long full_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset)
{
	static const char zeros[64];
	long done = 0, n;

	(void)file;
	(void)offset;
	while ((n = uk_file_iter_put(to, zeros, sizeof(zeros))) > 0)
		done += n;
	return done > 0 ? done : n;
}

static long full_write(struct uk_file *file, struct uk_file_iter *from, int64_t offset)
{
	(void)file;
	(void)from;
	(void)offset;
	return -ENOSPC;
}

static int64_t full_seek(struct uk_file *file, int64_t offset, int whence)
{
	(void)file;
	(void)offset;
	(void)whence;
	return 0;
}

static void full_close(struct uk_file *file)
{
	uk_heap_free(file);
}

static const struct uk_file_ops full_ops = {
	.read = full_read,
	.write = full_write,
	.seek = full_seek,
	.close = full_close,
};

UK_TABLE_ENTRY(struct uk_posix_fs_special, special)
dev_full = { "/dev/full", UK_S_IFCHR | 0666, &full_ops, NULL };
