/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names. All entries of a tree are in one hash; those of a directory also in a tree by cursor,
 * the order in which they came, so that a reader of the directory finds its place again whatever
 * came and went.
 */

#include "ramfs.h"
#include <uk/errno.h>
#include <uk/string.h>

static uint32_t hash(const struct uk_ramfs_node *dir, const char *name, size_t len)
{
	uint64_t h = dir->ino * 0x9e3779b97f4a7c15ull + len;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * 0x100000001b3ull;
	return (uint32_t)(h ^ h >> 32);
}

static struct uk_ramfs_entry **bucket_of(const struct uk_ramfs_entry *e)
{
	return &e->dir->in->bucket[hash(e->dir, e->name, e->len) & e->dir->in->mask];
}

struct uk_ramfs_entry *uk__ramfs_entry_alloc(struct uk_ramfs *in, const char *name, size_t len)
{
	struct uk_ramfs_entry *e = uk__ramfs_alloc(in, sizeof(*e) + len);

	if (!e)
		return NULL;
	e->len = len;
	memcpy(e->name, name, len);
	return e;
}

void uk__ramfs_entry_free(struct uk_ramfs *in, struct uk_ramfs_entry *e)
{
	if (e)
		uk__ramfs_free(in, e, sizeof(*e) + e->len);
}

struct uk_ramfs_entry *uk__ramfs_entry_find(struct uk_ramfs_node *dir, const char *name, size_t len)
{
	struct uk_ramfs_entry *e = dir->in->bucket[hash(dir, name, len) & dir->in->mask];

	while (e && (e->dir != dir || e->len != len || memcmp(e->name, name, len) != 0))
		e = e->chain;
	return e;
}

static void hang_in(struct uk_ramfs_entry *e)
{
	struct uk_ramfs_entry **bucket = bucket_of(e);

	e->chain = *bucket;
	*bucket = e;
}

/* Twice the buckets when there is one entry for each; without memory it just gets slower. */
static void widen(struct uk_ramfs *in)
{
	struct uk_ramfs_entry **old = in->bucket;
	size_t n = in->mask + 1ul;

	if (in->entries <= in->mask || n > UINT32_MAX / 2)
		return;
	in->bucket = uk__ramfs_alloc(in, 2 * n * sizeof(*old));
	if (!in->bucket) {
		in->bucket = old;
		return;
	}
	in->mask = (uint32_t)(2 * n - 1);
	for (size_t i = 0; i < n; i++) {
		for (struct uk_ramfs_entry *e = old[i], *next; e; e = next) {
			next = e->chain;
			hang_in(e);
		}
	}
	uk__ramfs_free(in, old, n * sizeof(*old));
}

int uk__ramfs_entry_add(struct uk_ramfs_node *dir, struct uk_ramfs_entry *e,
			struct uk_ramfs_node *node)
{
	int err = uk__ramfs_tree_put(&dir->entry, dir->in, dir->cursor + 1, e);

	if (err)
		return -ENOSPC;
	e->cursor = ++dir->cursor;
	e->dir = dir;
	e->node = node;
	widen(dir->in);
	hang_in(e);
	dir->in->entries++;
	return 0;
}

void uk__ramfs_entry_remove(struct uk_ramfs_entry *e)
{
	struct uk_ramfs_entry **at = bucket_of(e);

	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	uk__ramfs_tree_take(&e->dir->entry, e->dir->in, e->cursor);
	e->dir->in->entries--;
}
