/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Nodes: their life, and questions about them.
 */

#include "ramfs.h"
#include <uk/clock.h>
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/panic.h>
#include <uk/string.h>

#define FIRST_BUCKETS 16u

struct uk_timespec uk__ramfs_now(void)
{
	uk_nsec_t now = CONFIG_CLOCK_WALL ? uk_clock_wall() : 0;

	return (struct uk_timespec){ (int64_t)(now / 1000000000), (int64_t)(now % 1000000000) };
}

void uk__ramfs_touch(struct uk_ramfs_node *n)
{
	struct uk_timespec now = uk__ramfs_now();

	uk_spin_lock(&n->lock);
	n->mtime = n->ctime = now;
	uk_spin_unlock(&n->lock);
}

static void tree_put(struct uk_ramfs *in)
{
	if (uk_fetch_sub(&in->nodes, 1) > 1)
		return;
	UK_ASSERT(in->entries == 0);
	uk__ramfs_free(in, in->bucket, (in->mask + 1ul) * sizeof(*in->bucket));
	UK_ASSERT(in->used == 0);
	uk_heap_free(in);
}

static bool set_target(struct uk_ramfs_node *n, const struct uk_fs_new *what)
{
	if (!UK_S_ISLNK(what->mode))
		return true;
	n->target = uk__ramfs_alloc(n->in, what->target_len);
	if (!n->target)
		return false;
	memcpy(n->target, what->target, what->target_len);
	n->size = what->target_len;
	return true;
}

struct uk_ramfs_node *uk__ramfs_node_alloc(struct uk_ramfs *in, const struct uk_fs_new *what)
{
	struct uk_ramfs_node *n = uk__ramfs_alloc(in, sizeof(*n));

	if (!n)
		return NULL;
	n->fs = (struct uk_fs_node){ &uk__ramfs_ops, what->mode & UK_S_IFMT, 1 };
	n->in = in;
	if (!set_target(n, what)) {
		uk__ramfs_free(in, n, sizeof(*n));
		return NULL;
	}
	n->ino = uk_fetch_add(&in->last, 1) + 1;
	n->perm = what->mode & 07777;
	n->atime = n->mtime = n->ctime = uk__ramfs_now();
	if (CONFIG_LIB_SYNC)
		uk_mutex_init(&n->writers);
	uk_fetch_add(&in->nodes, 1);
	return n;
}

/* The entries' references go too: of a tree whose root was given up. No other thread has it. */
static struct uk_ramfs_node *drop_entries(struct uk_ramfs_node *dir, struct uk_ramfs_node *doomed)
{
	struct uk_ramfs_entry *e;
	uint64_t cursor = 0;

	uk_spin_lock(&dir->in->lock);
	while ((e = uk__ramfs_tree_next(&dir->entry, &cursor))) {
		struct uk_ramfs_node *n = e->node;

		uk__ramfs_entry_remove(e);
		if (UK_S_ISDIR(n->fs.mode))
			n->parent = NULL; /* who still uses it has the root of the rest */
		else
			n->nlink--;
		uk__ramfs_entry_free(dir->in, e);
		if (uk_fetch_sub(&n->fs.refs, 1) == 1) {
			n->doomed = doomed;
			doomed = n;
		}
	}
	uk_spin_unlock(&dir->in->lock);
	return doomed;
}

static void ramfs_release(struct uk_fs_node *node)
{
	struct uk_ramfs_node *n = uk__ramfs_of(node), *next;

	for (n->doomed = NULL; n; n = next) {
		struct uk_ramfs *in = n->in;

		next = n->doomed;
		if (UK_S_ISDIR(n->fs.mode))
			next = drop_entries(n, next);
		else if (UK_S_ISREG(n->fs.mode))
			uk__ramfs_drop_pages(n);
		uk__ramfs_free(in, n->target, n->size);
		uk__ramfs_free(in, n, sizeof(*n));
		tree_put(in);
	}
}

static int ramfs_lookup(struct uk_fs_node *dir, const char *name, size_t len,
			struct uk_fs_node **out)
{
	struct uk_ramfs_node *d = uk__ramfs_of(dir);
	struct uk_ramfs_entry *e;

	uk_spin_lock(&d->in->lock);
	e = uk__ramfs_entry_find(d, name, len);
	if (e) {
		*out = &e->node->fs;
		uk_fs_node_get(*out);
	}
	uk_spin_unlock(&d->in->lock);
	return e ? 0 : -ENOENT;
}

/* The cursor is the one of the entry before; that need not be there any more. */
static int ramfs_readdir(struct uk_fs_node *dir, uint64_t *cursor, struct uk_fs_dirent *out)
{
	struct uk_ramfs_node *d = uk__ramfs_of(dir);
	uint64_t at = *cursor + 1;
	struct uk_ramfs_entry *e;

	if (at == 0 || at >= UK_RAMFS_INDEX_MAX)
		return 0;
	uk_spin_lock(&d->in->lock);
	e = uk__ramfs_tree_next(&d->entry, &at);
	if (e) {
		memcpy(out->own, e->name, e->len);
		out->name = out->own;
		out->name_len = e->len;
		out->ino = e->node->ino;
		out->mode = e->node->fs.mode;
		*cursor = at;
	}
	uk_spin_unlock(&d->in->lock);
	return e != NULL;
}

static int ramfs_stat(struct uk_fs_node *node, struct uk_stat *out)
{
	struct uk_ramfs_node *n = uk__ramfs_of(node);

	out->st_ino = n->ino;
	uk_spin_lock(&n->in->lock);
	out->st_nlink = n->nlink;
	uk_spin_unlock(&n->in->lock);
	uk_spin_lock(&n->lock);
	out->st_mode = n->fs.mode | n->perm;
	out->st_uid = n->uid;
	out->st_gid = n->gid;
	out->st_size = (int64_t)n->size;
	out->st_blocks = (int64_t)(n->pages * (UK_PAGE_SIZE / 512));
	out->st_atim = n->atime;
	out->st_mtim = n->mtime;
	out->st_ctim = n->ctime;
	uk_spin_unlock(&n->lock);
	return 0;
}

static long ramfs_readlink(struct uk_fs_node *node, char *buf, size_t size)
{
	struct uk_ramfs_node *n = uk__ramfs_of(node);

	memcpy(buf, n->target, UK_MIN((size_t)n->size, size));
	return (long)n->size;
}

const struct uk_fs_ops uk__ramfs_ops = {
	.lookup = ramfs_lookup,
	.readdir = ramfs_readdir,
	.stat = ramfs_stat,
	.read = uk__ramfs_read,
	.readlink = ramfs_readlink,
	.release = ramfs_release,
	.change = &uk__ramfs_change_ops,
};

int uk_ramfs_create(uint64_t limit, struct uk_fs_node **root)
{
	static const struct uk_fs_new directory = { .mode = UK_S_IFDIR | 01777 };
	struct uk_ramfs *in = uk_heap_zalloc(1, sizeof(*in));
	struct uk_ramfs_node *n;

	if (!in)
		return -ENOMEM;
	in->limit = limit;
	in->mask = FIRST_BUCKETS - 1;
	in->bucket = uk__ramfs_alloc(in, FIRST_BUCKETS * sizeof(*in->bucket));
	n = in->bucket ? uk__ramfs_node_alloc(in, &directory) : NULL;
	if (!n) {
		uk_heap_free(in->bucket);
		uk_heap_free(in);
		return -ENOSPC;
	}
	n->nlink = 2;
	*root = &n->fs;
	return 0;
}

void uk_ramfs_usage(struct uk_fs_node *node, struct uk_ramfs_usage *usage)
{
	struct uk_ramfs *in = uk__ramfs_of(node)->in;

	usage->limit = in->limit;
	usage->used = uk_load(&in->used);
	usage->nodes = uk_load(&in->nodes);
}
