/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Between the files of this library.
 *
 * Locks: a tree's `lock` is for names, links and parents, a node's `lock` for what it holds; the
 * first is taken before the second. A node's `writers` is taken before both, by whoever changes
 * contents, and kept while the caller's memory is copied.
 */

#include <uk/frames.h>
#include <uk/ramfs.h>
#include <uk/spinlock.h>
#include <uk/sync.h>

/* A sparse array of pointers, as a tree of `height` levels with 64 branches each; of height 0 it
 * is the item 0 itself. */
#define UK_RAMFS_HEIGHT_MAX 6u
#define UK_RAMFS_INDEX_MAX  (1ull << 6 * UK_RAMFS_HEIGHT_MAX)

struct uk_ramfs_tree {
	void *top;
	unsigned int height;
};

struct uk_ramfs_entry;

struct uk_ramfs {
	uint64_t limit;
	uint64_t used;  /* atomic */
	uint64_t nodes; /* atomic: how many there are; with the last one all is freed */
	uint64_t last;  /* atomic: the inode number given last */
	struct uk_spinlock lock;
	/* lock: all entries of all directories, by directory and name */
	struct uk_ramfs_entry **bucket;
	uint32_t mask; /* number of buckets - 1 */
	uint32_t entries;
};

struct uk_ramfs_page {
	uint32_t refs; /* atomic: 1 of the file, 1 of each copy that is under way */
	char *at;
};

struct uk_ramfs_node {
	struct uk_fs_node fs; /* its mode is the kind alone */
	struct uk_ramfs *in;
	uint64_t ino;
	struct uk_ramfs_node *doomed; /* while it is freed: the next one */
	/* in->lock */
	uint32_t nlink;               /* of a directory: 2 and its directories; 0: removed */
	struct uk_ramfs_node *parent; /* of a directory that is not removed */
	struct uk_ramfs_tree entry;   /* of a directory, by cursor */
	uint64_t cursor;              /* of a directory: the last one given */
	/* lock */
	struct uk_spinlock lock;
	uint32_t perm;
	uint32_t uid;
	uint32_t gid;
	struct uk_timespec atime;
	struct uk_timespec mtime;
	struct uk_timespec ctime;
	uint64_t size;
	uint64_t pages;            /* number of them */
	struct uk_ramfs_tree page; /* of a file; changed with `writers` held */
	uint32_t mapped;           /* atomic: areas through which it is, or may be, written */
	/* constant */
	char *target; /* of a symbolic link: `size` bytes */
	struct uk_mutex writers;
};

struct uk_ramfs_entry {
	struct uk_ramfs_entry *chain; /* of the same bucket */
	struct uk_ramfs_node *dir;
	struct uk_ramfs_node *node; /* holds a reference */
	uint64_t cursor;            /* its place in the directory; from 1 on */
	size_t len;
	char name[];
};

uk_inline struct uk_ramfs_node *uk__ramfs_of(struct uk_fs_node *node)
{
	return UK_CONTAINER_OF(node, struct uk_ramfs_node, fs);
}

/* Memory from the heap, cleared, and counted; NULL: the limit or the machine's end. */
void *uk__ramfs_alloc(struct uk_ramfs *in, size_t size);
void uk__ramfs_free(struct uk_ramfs *in, void *ptr, size_t size);
bool uk__ramfs_charge(struct uk_ramfs *in, uint64_t size);
void uk__ramfs_uncharge(struct uk_ramfs *in, uint64_t size);

/* The item, or NULL. The caller holds the tree's lock, as for the others. */
void *uk__ramfs_tree_get(const struct uk_ramfs_tree *tree, uint64_t index);
/* The first item at or behind *index, which becomes its index; NULL: none. */
void *uk__ramfs_tree_next(const struct uk_ramfs_tree *tree, uint64_t *index);
/* 0, -EFBIG or -ENOSPC. */
int uk__ramfs_tree_put(struct uk_ramfs_tree *tree, struct uk_ramfs *in, uint64_t index, void *item);
/* Take out: the item that was there, or NULL. */
void *uk__ramfs_tree_take(struct uk_ramfs_tree *tree, struct uk_ramfs *in, uint64_t index);

/* A cleared page with one reference; NULL: none. */
struct uk_ramfs_page *uk__ramfs_page_alloc(struct uk_ramfs *in);
void uk__ramfs_page_free(struct uk_ramfs *in, struct uk_ramfs_page *page);

uk_inline void uk__ramfs_page_put(struct uk_ramfs *in, struct uk_ramfs_page *page)
{
	if (uk_fetch_sub(&page->refs, 1) == 1)
		uk__ramfs_page_free(in, page);
}

/* Contents of files. */
long uk__ramfs_read(struct uk_fs_node *node, uint64_t offset, void *buf, size_t len);
long uk__ramfs_io_read(struct uk_fs_node *node, struct uk_fs_io *io);
long uk__ramfs_io_write(struct uk_fs_node *node, struct uk_fs_io *io);
int uk__ramfs_truncate(struct uk_fs_node *node, uint64_t size);
/* Of a file that nobody uses any more. */
void uk__ramfs_drop_pages(struct uk_ramfs_node *n);

/* Entries. All with in->lock held, but alloc and free. */
struct uk_ramfs_entry *uk__ramfs_entry_alloc(struct uk_ramfs *in, const char *name, size_t len);
void uk__ramfs_entry_free(struct uk_ramfs *in, struct uk_ramfs_entry *e);
struct uk_ramfs_entry *uk__ramfs_entry_find(struct uk_ramfs_node *dir, const char *name,
					    size_t len);
/* The entry becomes one of `dir`, for `node`. 0 or -ENOSPC. */
int uk__ramfs_entry_add(struct uk_ramfs_node *dir, struct uk_ramfs_entry *e,
			struct uk_ramfs_node *node);
void uk__ramfs_entry_remove(struct uk_ramfs_entry *e);

/* A node of `mode` with one reference and no name; NULL: no room. */
struct uk_ramfs_node *uk__ramfs_node_alloc(struct uk_ramfs *in, const struct uk_fs_new *what);
struct uk_timespec uk__ramfs_now(void);
/* Contents or entries changed. Takes n->lock. */
void uk__ramfs_touch(struct uk_ramfs_node *n);

extern const struct uk_fs_ops uk__ramfs_ops;
/* VM_DEMAND: pages for mappings; the object is the node. */
int uk__ramfs_map(struct uk_fs_node *node, struct uk_vm_source *source);
extern const struct uk_fs_change_ops uk__ramfs_change_ops;
