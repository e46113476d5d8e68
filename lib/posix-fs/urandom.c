/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * /dev/urandom and /dev/random: as getrandom().
 */

#include "fs.h"
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/rng.h>
#include <uk/string.h>

static long random_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset)
{
	char chunk[64];
	long done = 0, n = 0;

	(void)file;
	(void)offset;
	while (to->total > 0) {
		/* No entropy comes by waiting: not -EAGAIN, on which the caller would wait. */
		if (uk_rng_bytes(chunk, sizeof(chunk))) {
			n = -EIO;
			break;
		}
		n = uk_file_iter_put(to, chunk, sizeof(chunk));
		if (n <= 0)
			break;
		done += n;
	}
	memset(chunk, 0, sizeof(chunk));
	uk_compiler_barrier(); /* the clearing stays */
	return done > 0 ? done : n;
}

static void close(struct uk_file *file)
{
	uk_heap_free(file);
}

static const struct uk_file_ops random_ops = { .read = random_read, .close = close };

UK_TABLE_ENTRY(struct uk_posix_fs_special, special)
dev_urandom = { "/dev/urandom", UK_S_IFCHR | 0444, &random_ops, NULL };
UK_TABLE_ENTRY(struct uk_posix_fs_special, special)
dev_random = { "/dev/random", UK_S_IFCHR | 0444, &random_ops, NULL };
