/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The tree of an archive: one array of nodes, which point into the archive, and a hash of
 * (directory, name). Built once; constant afterwards.
 */

#include "parse.h"
#include <uk/fs.h>

#define UK_CPIO_NONE UINT32_MAX

/* Nodes are named by their number in the array; 0 is the root. */
struct uk_cpio_node {
	struct uk_fs_node fs;
	const char *name; /* the last part, name_len bytes, in the archive */
	const char *data;
	uint32_t size;
	uint16_t name_len;
	bool given; /* has an entry of its own, and is not only on another's path */
	uint32_t parent;
	uint32_t sibling; /* the next entry of the same directory; or NONE */
	uint32_t child;   /* of a directory: the first entry; or NONE */
	uint32_t last;    /* of a directory: the last entry; or NONE */
	uint32_t chain;   /* the next of the same hash; or NONE */
	uint32_t run;     /* while the index is built: the entry before with the same data */
	uint32_t ino;
	uint32_t dev;
	uint32_t nlink;
	uint32_t uid;
	uint32_t gid;
	uint32_t mtime;
	struct uk_cpio_index *index;
};

struct uk_cpio_index {
	struct uk_cpio_node *node;
	uint32_t count;
	uint32_t *bucket;
	uint32_t mask; /* of a hash: number of buckets - 1, a power of two */
	/* After an error: what is wrong, with which entry (may be NULL), at which offset. */
	const char *why;
	const char *name;
	size_t offset;
};

/*
 * Build from an archive that stays where it is. 0; -EBADMSG: index->why; -ENOMEM. After an error
 * nothing is kept. `ops` go into the nodes. Thread or boot context.
 */
int uk__cpio_index(struct uk_cpio_index *index, const void *archive, size_t size,
		   const struct uk_fs_ops *ops);
void uk__cpio_index_free(struct uk_cpio_index *index);
/* The number of an entry, or NONE. */
uint32_t uk__cpio_find(const struct uk_cpio_index *index, uint32_t dir, const char *name,
		       size_t len);

/* Operations on the nodes of an index. */
extern const struct uk_fs_ops uk__cpio_ops;
