/* SPDX-License-Identifier: BSD-3-Clause */
#include "index.h"
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/string.h>

/* Directories that only stand on the path of others: as if made by the same person. */
#define IMPLIED_MODE (UK_S_IFDIR | 0755)

static int fail(struct uk_cpio_index *index, const struct uk_cpio_entry *e, const char *why)
{
	index->why = why;
	index->name = e->name;
	index->offset = e->offset;
	return -EBADMSG;
}

static uint32_t hash(uint32_t dir, const char *name, size_t len)
{
	uint64_t h = dir * 0x9e3779b97f4a7c15ull + len;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * 0x100000001b3ull;
	return (uint32_t)(h ^ h >> 32);
}

uint32_t uk__cpio_find(const struct uk_cpio_index *index, uint32_t dir, const char *name,
		       size_t len)
{
	uint32_t i = index->bucket[hash(dir, name, len) & index->mask];

	while (i != UK_CPIO_NONE) {
		const struct uk_cpio_node *n = &index->node[i];

		if (n->parent == dir && n->name_len == len && memcmp(n->name, name, len) == 0)
			break;
		i = n->chain;
	}
	return i;
}

/* A new node, an implied directory until told otherwise. Bounded by count_nodes(). */
static uint32_t add(struct uk_cpio_index *index, uint32_t dir, const char *name, size_t len,
		    const struct uk_fs_ops *ops)
{
	uint32_t i = index->count++, *bucket = &index->bucket[hash(dir, name, len) & index->mask];
	struct uk_cpio_node *parent = &index->node[dir];

	index->node[i] = (struct uk_cpio_node){
		.fs = { .ops = ops, .mode = IMPLIED_MODE },
		.name = name,
		.name_len = (uint16_t)len,
		.parent = dir,
		.sibling = UK_CPIO_NONE,
		.child = UK_CPIO_NONE,
		.last = UK_CPIO_NONE,
		.chain = *bucket,
		.nlink = 1,
		.index = index,
	};
	if (i == 0)
		return i;
	*bucket = i;
	if (parent->last == UK_CPIO_NONE)
		parent->child = i;
	else
		index->node[parent->last].sibling = i;
	parent->last = i;
	return i;
}

/* The next part of a name: its length, 0 at the end; skips slashes and '.'. */
static size_t next_part(const char **at)
{
	size_t n;

	do {
		while (**at == '/')
			(*at)++;
		for (n = 0; (*at)[n] && (*at)[n] != '/';)
			n++;
		if (n != 1 || **at != '.')
			return n;
		(*at)++;
	} while (true);
}

/* Names that lead out of the tree, or deeper than a path can follow, are refused. */
static int check_name(struct uk_cpio_index *index, const struct uk_cpio_entry *e,
		      unsigned int *parts)
{
	const char *at = e->name;
	size_t n;

	*parts = 0;
	while ((n = next_part(&at)) > 0) {
		if (n == 2 && at[0] == '.' && at[1] == '.')
			return fail(index, e, "its name leads out of the archive");
		if (n > UK_FS_NAME_MAX)
			return fail(index, e, "a part of its name is longer than 255 bytes");
		if (++*parts > UK_FS_DEPTH_MAX)
			return fail(index, e, "it lies deeper than 32 directories");
		at += n;
	}
	return 0;
}

static int check_kind(struct uk_cpio_index *index, const struct uk_cpio_entry *e)
{
	switch (e->mode & UK_S_IFMT) {
	case UK_S_IFREG: return 0;
	case UK_S_IFLNK:
		if (e->size == 0 || e->size >= UK_FS_PATH_MAX ||
		    uk_str_nlen(e->data, e->size) != e->size)
			return fail(index, e, "a symbolic link without a sound target");
		return 0;
	case UK_S_IFDIR:
	case UK_S_IFCHR:
	case UK_S_IFBLK:
	case UK_S_IFIFO:
	case UK_S_IFSOCK: return e->size == 0 ? 0 : fail(index, e, "data where there can be none");
	default: return fail(index, e, "no known kind of file");
	}
}

/*
 * First pass: every header is looked at, and the nodes that may be needed are counted. Memory is
 * taken only for an archive that is whole.
 */
static int count_nodes(struct uk_cpio_index *index, struct uk_cpio_reader r, uint32_t *nodes)
{
	struct uk_cpio_entry e;
	unsigned int parts;
	int more, err = 0;

	*nodes = 1;
	while ((more = uk__cpio_next(&r, &e)) > 0 && err == 0) {
		err = check_name(index, &e, &parts);
		if (err == 0)
			err = check_kind(index, &e);
		*nodes += parts;
		if (err == 0 && *nodes > CONFIG_CPIO_ENTRIES_MAX)
			err = fail(index, &e, "more entries than CPIO_ENTRIES_MAX");
	}
	if (more < 0 && err == 0) {
		index->why = r.why;
		index->name = NULL;
		index->offset = r.at;
		err = more;
	}
	return err;
}

static void set(struct uk_cpio_node *n, const struct uk_cpio_entry *e)
{
	n->given = true;
	n->fs.mode = e->mode;
	n->data = e->data;
	n->size = e->size;
	n->ino = e->ino;
	n->dev = e->dev;
	n->nlink = e->nlink;
	n->uid = e->uid;
	n->gid = e->gid;
	n->mtime = e->mtime;
}

/* Find the place of an entry, making the directories on its path, and put it there. */
static int place(struct uk_cpio_index *index, const struct uk_cpio_entry *e,
		 const struct uk_fs_ops *ops, uint32_t *out)
{
	const char *at = e->name;
	uint32_t dir = 0, i;
	size_t n;

	while ((n = next_part(&at)) > 0) {
		if (!UK_S_ISDIR(index->node[dir].fs.mode))
			return fail(index, e, "its name goes through what is no directory");
		i = uk__cpio_find(index, dir, at, n);
		dir = i != UK_CPIO_NONE ? i : add(index, dir, at, n, ops);
		at += n;
	}
	*out = dir;
	if (index->node[dir].child != UK_CPIO_NONE && !UK_S_ISDIR(e->mode))
		return fail(index, e, "a directory of that name came before");
	if (dir == 0 && !UK_S_ISDIR(e->mode))
		return fail(index, e, "the root is no directory");
	if (index->node[dir].given &&
	    !(UK_S_ISDIR(e->mode) && UK_S_ISDIR(index->node[dir].fs.mode)))
		return fail(index, e, "its name came before");
	set(&index->node[dir], e);
	return 0;
}

static bool same_file(const struct uk_cpio_node *a, const struct uk_cpio_node *b)
{
	return a->nlink > 1 && b->nlink > 1 && a->ino == b->ino && a->dev == b->dev &&
	       UK_S_ISREG(a->fs.mode) && UK_S_ISREG(b->fs.mode);
}

/*
 * Hard links: the entries of a file follow each other, and the last one has the data. `run` is
 * the entry before, through which those before it are reached; returns what it is next.
 */
static uint32_t share_data(struct uk_cpio_index *index, uint32_t run, uint32_t i)
{
	struct uk_cpio_node *n = &index->node[i];

	n->run = run != UK_CPIO_NONE && same_file(&index->node[run], n) ? run : UK_CPIO_NONE;
	if (n->size == 0)
		return i;
	for (uint32_t k = n->run; k != UK_CPIO_NONE; k = index->node[k].run) {
		index->node[k].data = n->data;
		index->node[k].size = n->size;
	}
	return UK_CPIO_NONE;
}

static int fill(struct uk_cpio_index *index, struct uk_cpio_reader r, const struct uk_fs_ops *ops)
{
	struct uk_cpio_entry e;
	uint32_t i, run = UK_CPIO_NONE;
	int err = 0;

	add(index, 0, "", 0, ops);
	while (err == 0 && uk__cpio_next(&r, &e) > 0) {
		err = place(index, &e, ops, &i);
		if (err == 0)
			run = share_data(index, run, i);
	}
	return err;
}

static int allocate(struct uk_cpio_index *index, uint32_t nodes)
{
	index->mask = 15;
	while (index->mask < nodes)
		index->mask = index->mask * 2 + 1;
	index->node = uk_heap_alloc(nodes * sizeof(struct uk_cpio_node));
	index->bucket = uk_heap_alloc((index->mask + 1ul) * sizeof(uint32_t));
	if (!index->node || !index->bucket)
		return -ENOMEM;
	memset(index->bucket, 0xff, (index->mask + 1ul) * sizeof(uint32_t));
	return 0;
}

void uk__cpio_index_free(struct uk_cpio_index *index)
{
	uk_heap_free(index->node);
	uk_heap_free(index->bucket);
	index->node = NULL;
	index->bucket = NULL;
}

int uk__cpio_index(struct uk_cpio_index *index, const void *archive, size_t size,
		   const struct uk_fs_ops *ops)
{
	struct uk_cpio_reader r = { .base = archive, .size = size };
	uint32_t nodes;
	int err;

	*index = (struct uk_cpio_index){ .count = 0 };
	err = count_nodes(index, r, &nodes);
	if (err)
		return err;
	err = allocate(index, nodes);
	if (err == 0)
		err = fill(index, r, ops);
	if (err)
		uk__cpio_index_free(index);
	return err;
}
