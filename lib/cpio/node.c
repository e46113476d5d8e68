/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The file-system operations on an index.
 */

#include "index.h"
#include <uk/errno.h>
#include <uk/string.h>

static struct uk_cpio_node *of(struct uk_fs_node *node)
{
	return UK_CONTAINER_OF(node, struct uk_cpio_node, fs);
}

static uint32_t number(const struct uk_cpio_node *n)
{
	return (uint32_t)(n - n->index->node);
}

static int cpio_lookup(struct uk_fs_node *dir, const char *name, size_t len,
		       struct uk_fs_node **out)
{
	struct uk_cpio_index *index = of(dir)->index;
	uint32_t i = uk__cpio_find(index, number(of(dir)), name, len);

	if (i == UK_CPIO_NONE)
		return -ENOENT;
	*out = &index->node[i].fs;
	return 0;
}

/* The cursor is the number of the entry to come, plus 1; the last number of all: the end. */
static int cpio_readdir(struct uk_fs_node *dir, uint64_t *cursor, struct uk_fs_dirent *out)
{
	struct uk_cpio_index *index = of(dir)->index;
	uint32_t i = *cursor == 0 ? of(dir)->child : (uint32_t)(*cursor - 1);
	const struct uk_cpio_node *n;

	/* A cursor that a program made up: only entries of this directory are shown. */
	if (i >= index->count || index->node[i].parent != number(of(dir)) || i == 0)
		return 0;
	n = &index->node[i];
	out->name = n->name;
	out->name_len = n->name_len;
	out->ino = i + 1;
	out->mode = n->fs.mode;
	*cursor = n->sibling == UK_CPIO_NONE ? UINT32_MAX : n->sibling + 1ull;
	return 1;
}

static int cpio_stat(struct uk_fs_node *node, struct uk_stat *out)
{
	const struct uk_cpio_node *n = of(node);

	out->st_ino = number(n) + 1;
	out->st_mode = n->fs.mode;
	out->st_nlink = n->nlink;
	out->st_uid = n->uid;
	out->st_gid = n->gid;
	out->st_size = n->size;
	out->st_blocks = (n->size + 511ll) / 512;
	out->st_mtim.tv_sec = n->mtime;
	out->st_atim = out->st_mtim;
	out->st_ctim = out->st_mtim;
	return 0;
}

static long cpio_map(struct uk_fs_node *node, uint64_t offset, const void **ptr)
{
	const struct uk_cpio_node *n = of(node);

	if (offset >= n->size)
		return 0;
	*ptr = n->data + offset;
	return (long)(n->size - offset);
}

static long cpio_readlink(struct uk_fs_node *node, char *buf, size_t size)
{
	const struct uk_cpio_node *n = of(node);

	memcpy(buf, n->data, UK_MIN((size_t)n->size, size));
	return n->size;
}

const struct uk_fs_ops uk__cpio_ops = {
	.lookup = cpio_lookup,
	.readdir = cpio_readdir,
	.stat = cpio_stat,
	.map = cpio_map,
	.readlink = cpio_readlink,
};
