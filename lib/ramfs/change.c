/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What changes names and attributes.
 */

#include "ramfs.h"
#include <uk/errno.h>
#include <uk/string.h>

static bool is_dir(const struct uk_ramfs_node *n)
{
	return UK_S_ISDIR(n->fs.mode);
}

/* A directory has one more link from each one in it. in->lock held. */
static void links_add(struct uk_ramfs_node *dir, struct uk_ramfs_node *n)
{
	if (is_dir(n)) {
		dir->nlink++;
		n->nlink = 2;
		n->parent = dir;
	} else {
		n->nlink++;
	}
}

/* A new name for `n`, whose reference the entry takes. in->lock is taken. */
static int add_name(struct uk_ramfs_node *dir, struct uk_ramfs_entry *e, struct uk_ramfs_node *n,
		    bool linked)
{
	int err = 0;

	uk_spin_lock(&dir->in->lock);
	if (dir->nlink == 0 || (linked && n->nlink == 0))
		err = -ENOENT;
	else if (uk__ramfs_entry_find(dir, e->name, e->len))
		err = -EEXIST;
	else if (linked && is_dir(n))
		err = -EPERM;
	else
		err = uk__ramfs_entry_add(dir, e, n);
	if (err == 0) {
		links_add(dir, n);
		uk_fs_node_get(&n->fs);
	}
	uk_spin_unlock(&dir->in->lock);
	if (err == 0)
		uk__ramfs_touch(dir);
	return err;
}

static int ramfs_create(struct uk_fs_node *dir, const char *name, size_t len,
			const struct uk_fs_new *what, struct uk_fs_node **out)
{
	struct uk_ramfs_node *d = uk__ramfs_of(dir), *n = uk__ramfs_node_alloc(d->in, what);
	struct uk_ramfs_entry *e = n ? uk__ramfs_entry_alloc(d->in, name, len) : NULL;
	int err = e ? add_name(d, e, n, false) : -ENOSPC;

	if (err)
		uk__ramfs_entry_free(d->in, e);
	if (err == 0 && out)
		*out = &n->fs;
	else if (n)
		uk_fs_node_put(&n->fs);
	return err;
}

static int ramfs_link(struct uk_fs_node *dir, const char *name, size_t len, struct uk_fs_node *node)
{
	struct uk_ramfs_node *d = uk__ramfs_of(dir);
	struct uk_ramfs_entry *e;
	int err;

	if (node->ops != &uk__ramfs_ops || uk__ramfs_of(node)->in != d->in)
		return -EXDEV;
	e = uk__ramfs_entry_alloc(d->in, name, len);
	if (!e)
		return -ENOSPC;
	err = add_name(d, e, uk__ramfs_of(node), true);
	if (err)
		uk__ramfs_entry_free(d->in, e);
	return err;
}

/* May `e` be removed, as a directory or as something else? */
static int may_remove(const struct uk_ramfs_entry *e, bool directory)
{
	if (is_dir(e->node) != directory)
		return directory ? -ENOTDIR : -EISDIR;
	if (uk_fs_is_covered(&e->node->fs))
		return -EBUSY;
	return directory && e->node->entry.top ? -ENOTEMPTY : 0;
}

/* The node of an entry loses a link, by name or because its place is taken. in->lock held. */
static void links_drop(struct uk_ramfs_node *dir, struct uk_ramfs_node *n)
{
	if (is_dir(n)) {
		dir->nlink--;
		n->nlink = 0;
		n->parent = NULL;
	} else {
		n->nlink--;
	}
}

static int ramfs_unlink(struct uk_fs_node *dir, const char *name, size_t len, bool directory)
{
	struct uk_ramfs_node *d = uk__ramfs_of(dir), *n;
	struct uk_ramfs_entry *e;
	int err;

	uk_spin_lock(&d->in->lock);
	e = uk__ramfs_entry_find(d, name, len);
	err = e ? may_remove(e, directory) : -ENOENT;
	if (err == 0) {
		uk__ramfs_entry_remove(e);
		links_drop(d, e->node);
	}
	uk_spin_unlock(&d->in->lock);
	if (err)
		return err;
	n = e->node;
	uk__ramfs_entry_free(d->in, e);
	uk__ramfs_touch(d);
	uk_spin_lock(&n->lock);
	n->ctime = uk__ramfs_now();
	uk_spin_unlock(&n->lock);
	uk_fs_node_put(&n->fs);
	return 0;
}

/* Is `dir` the directory `n` or somewhere in it? */
static bool is_inside(const struct uk_ramfs_node *dir, const struct uk_ramfs_node *n)
{
	while (dir && dir != n)
		dir = dir->parent;
	return dir != NULL;
}

/* All is as it should be for moving `from` to where `to` (or NULL) is. 1: there is nothing to do */
static int may_rename(const struct uk_fs_rename *what, const struct uk_ramfs_entry *from,
		      const struct uk_ramfs_entry *to)
{
	const struct uk_ramfs_node *dir = uk__ramfs_of(what->to_dir);

	if (!from || dir->nlink == 0)
		return -ENOENT;
	if (to && (what->flags & UK_FS_RENAME_NOREPLACE))
		return -EEXIST;
	if (to && to->node == from->node)
		return 1;
	if (is_dir(from->node) && is_inside(dir, from->node))
		return -EINVAL;
	if (uk_fs_is_covered(&from->node->fs))
		return -EBUSY;
	if (to && is_inside(uk__ramfs_of(what->from_dir), to->node))
		return -ENOTEMPTY;
	return to ? may_remove(to, is_dir(from->node)) : 0;
}

/* Under the lock. *spare becomes the new entry (and is then NULL), or what is to be freed;
 * *gone is the node that lost its place. */
static int move_entry(const struct uk_fs_rename *what, struct uk_ramfs_entry **spare,
		      struct uk_ramfs_node **moved, struct uk_ramfs_node **gone)
{
	struct uk_ramfs_node *fd = uk__ramfs_of(what->from_dir), *td = uk__ramfs_of(what->to_dir);
	struct uk_ramfs_entry *from = uk__ramfs_entry_find(fd, what->from, what->from_len);
	struct uk_ramfs_entry *to = uk__ramfs_entry_find(td, what->to, what->to_len);
	int err = may_rename(what, from, to);

	if (err)
		return err;
	*moved = from->node;
	if (to) {
		*gone = to->node;
		links_drop(td, to->node);
		to->node = *moved;
	} else {
		err = uk__ramfs_entry_add(td, *spare, *moved);
		if (err)
			return err;
		*spare = NULL;
	}
	uk__ramfs_entry_remove(from);
	if (is_dir(*moved)) {
		fd->nlink--;
		td->nlink++;
		(*moved)->parent = td;
	}
	uk__ramfs_entry_free(td->in, from);
	uk_fs_node_get(&(*moved)->fs);
	return 0;
}

static int ramfs_rename(const struct uk_fs_rename *what)
{
	struct uk_ramfs_node *td = uk__ramfs_of(what->to_dir), *moved = NULL, *gone = NULL;
	struct uk_ramfs *in = td->in;
	struct uk_ramfs_entry *spare;
	int err;

	if (uk__ramfs_of(what->from_dir)->in != in)
		return -EXDEV;
	spare = uk__ramfs_entry_alloc(in, what->to, what->to_len);
	if (!spare)
		return -ENOSPC;
	uk_spin_lock(&in->lock);
	err = move_entry(what, &spare, &moved, &gone);
	uk_spin_unlock(&in->lock);
	uk__ramfs_entry_free(in, spare);
	if (err)
		return err > 0 ? 0 : err;
	uk__ramfs_touch(uk__ramfs_of(what->from_dir));
	uk__ramfs_touch(td);
	uk_spin_lock(&moved->lock);
	moved->ctime = uk__ramfs_now();
	uk_spin_unlock(&moved->lock);
	uk_fs_node_put(&moved->fs);
	if (gone)
		uk_fs_node_put(&gone->fs);
	return 0;
}

static int ramfs_set(struct uk_fs_node *node, const struct uk_fs_attr *attr)
{
	struct uk_ramfs_node *n = uk__ramfs_of(node);
	struct uk_timespec now = uk__ramfs_now();

	uk_spin_lock(&n->lock);
	if (attr->set & UK_FS_SET_MODE)
		n->perm = attr->mode & 07777;
	if (attr->set & UK_FS_SET_UID)
		n->uid = attr->uid;
	if (attr->set & UK_FS_SET_GID)
		n->gid = attr->gid;
	if (attr->set & (UK_FS_SET_ATIME | UK_FS_SET_ATIME_NOW))
		n->atime = attr->set & UK_FS_SET_ATIME ? attr->atime : now;
	if (attr->set & (UK_FS_SET_MTIME | UK_FS_SET_MTIME_NOW))
		n->mtime = attr->set & UK_FS_SET_MTIME ? attr->mtime : now;
	n->ctime = now;
	uk_spin_unlock(&n->lock);
	return 0;
}

const struct uk_fs_change_ops uk__ramfs_change_ops = {
	.read = uk__ramfs_io_read,
	.write = uk__ramfs_io_write,
	.truncate = uk__ramfs_truncate,
	.set = ramfs_set,
	.create = ramfs_create,
	.link = ramfs_link,
	.unlink = ramfs_unlink,
	.rename = ramfs_rename,
#if CONFIG_VM_DEMAND
	.map = uk__ramfs_map,
#endif
};
