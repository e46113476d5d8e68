/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Nodes, types and the table of mounts. Mounts are only added: readers take no lock.
 */

#include "fs.h"
#include <uk/atomic.h>
#include <uk/errno.h>
#include <uk/panic.h>
#include <uk/spinlock.h>
#include <uk/string.h>

struct mount {
	struct uk_fs_node *covered; /* NULL: "/" */
	struct uk_fs_node *root;
};

static struct {
	struct uk_spinlock lock; /* against another one who adds */
	unsigned int count;
	struct mount of[CONFIG_FS_MOUNTS_MAX];
} mounts;

void uk_fs_node_get(struct uk_fs_node *node)
{
	if (node->ops->release)
		uk_fetch_add(&node->refs, 1);
}

void uk_fs_node_put(struct uk_fs_node *node)
{
	if (node->ops->release && uk_fetch_sub(&node->refs, 1) == 1)
		node->ops->release(node);
}

static struct uk_fs_node *mounted_on(const struct uk_fs_node *node)
{
	/* Acquire: pairs with the release in publish(). */
	unsigned int count = uk_load_acquire(&mounts.count);

	for (unsigned int i = 0; i < count; i++) {
		if (mounts.of[i].covered == node)
			return mounts.of[i].root;
	}
	return NULL;
}

struct uk_fs_node *uk__fs_cross(struct uk_fs_node *node)
{
	struct uk_fs_node *root = mounted_on(node);

	if (!root)
		return node;
	uk_fs_node_get(root);
	if (node)
		uk_fs_node_put(node);
	return root;
}

static int publish(struct uk_fs_node *covered, struct uk_fs_node *root)
{
	int err = 0;

	uk_spin_lock(&mounts.lock);
	if (mounted_on(covered))
		err = -EBUSY;
	else if (mounts.count == CONFIG_FS_MOUNTS_MAX)
		err = -ENOSPC;
	if (err == 0) {
		mounts.of[mounts.count] = (struct mount){ covered, root };
		uk_store_release(&mounts.count, mounts.count + 1);
	}
	uk_spin_unlock(&mounts.lock);
	return err;
}

int uk_fs_mount_node(struct uk_fs_node *root, const char *target)
{
	struct uk_fs_node *covered = NULL;
	int err;

	UK_ASSERT(UK_S_ISDIR(root->mode));
	if (!uk_str_eq(target, "/")) {
		err = uk_fs_walk(target, uk_str_len(target), 0, &covered);
		if (err)
			return err;
		if (!UK_S_ISDIR(covered->mode)) {
			uk_fs_node_put(covered);
			return -ENOTDIR;
		}
	}
	err = publish(covered, root);
	if (err && covered)
		uk_fs_node_put(covered);
	return err;
}

int uk_fs_mount(const char *type, const char *source, const char *target)
{
	UK_TABLE_FOREACH(struct uk_fs_type, fs, t) {
		struct uk_fs_node *root;
		int err;

		if (!uk_str_eq(t->name, type))
			continue;
		err = t->mount(source, &root);
		if (err)
			return err;
		err = uk_fs_mount_node(root, target);
		if (err)
			uk_fs_node_put(root);
		return err;
	}
	return -ENODEV;
}

long uk_fs_read(struct uk_fs_node *node, uint64_t offset, void *buf, size_t len)
{
	const void *from;
	long n;

	if (!UK_S_ISREG(node->mode))
		return UK_S_ISDIR(node->mode) ? -EISDIR : -EINVAL;
	if (!node->ops->map)
		return node->ops->read(node, offset, buf, len);
	n = node->ops->map(node, offset, &from);
	if (n <= 0)
		return n;
	n = (long)UK_MIN((size_t)n, len);
	memcpy(buf, from, (size_t)n);
	return n;
}

bool uk_fs_is_covered(const struct uk_fs_node *node)
{
	return mounted_on(node) != NULL;
}
