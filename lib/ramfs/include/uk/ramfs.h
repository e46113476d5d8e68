/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Files and directories in memory, behind the class fs (its header says what the operations do).
 * Contents are pages in a tree of 64 branches: a file grows without copying, and holes take no
 * memory. Whoever copies to or from a page holds a reference to it and no spinlock, so that a
 * file may be cut or removed meanwhile.
 *
 * With LIB_RAMFS one tree is mounted on RAMFS_TARGET at start. Reading does not change the time of
 * last access.
 */

#include <stdbool.h>
#include <uk/fs.h>

#define UK_RAMFS_FILE_MAX (1ull << 48) /* bytes: longer files give -EFBIG */

/*
 * An empty tree that takes at most `limit` bytes of memory, and no other one's: its root with a
 * reference in *root. When the last reference to any of its nodes is put, it is gone. Thread or
 * boot context. 0, -ENOMEM; -ENOSPC: `limit` is less than an empty tree takes.
 */
int uk_ramfs_create(uint64_t limit, struct uk_fs_node **root);

struct uk_ramfs_usage {
	uint64_t limit; /* bytes */
	uint64_t used;  /* bytes of it */
	uint64_t nodes;
};
/* Of the tree that `node` belongs to. Any context but interrupts. */
void uk_ramfs_usage(struct uk_fs_node *node, struct uk_ramfs_usage *usage);

/* With VM_DEMAND: a mapping of the file is, or may become, one through which it is written. Any
 * context. */
bool uk_ramfs_is_mapped(struct uk_fs_node *node);
