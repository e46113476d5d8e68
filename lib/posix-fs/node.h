/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Open files of file systems.
 */

#include "fs.h"
#include <uk/sync.h>

struct node_file {
	struct uk_file file;
	struct uk_fs_node *node;
	char *path;            /* of a directory; or NULL */
	struct uk_mutex mutex; /* pos: calls that use it follow each other */
	int64_t pos;           /* of a directory: 0 '.', 1 '..', then its cursor plus 2 */
};

uk_inline struct node_file *uk__posix_fs_of(struct uk_file *file)
{
	return UK_CONTAINER_OF(file, struct node_file, file);
}

uk_inline void uk__posix_fs_lock(struct node_file *f)
{
	if (CONFIG_LIB_SYNC)
		uk_mutex_lock(&f->mutex);
}

uk_inline void uk__posix_fs_unlock(struct node_file *f)
{
	if (CONFIG_LIB_SYNC)
		uk_mutex_unlock(&f->mutex);
}

/* Reading and writing where the file system can do both: io.c. */
long uk__posix_fs_io_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset);
long uk__posix_fs_io_write(struct uk_file *file, struct uk_file_iter *from, int64_t offset);
