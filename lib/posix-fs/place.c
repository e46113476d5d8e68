/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where something new shall be, or what shall go is.
 */

#include "fs.h"
#include <uk/abi/fcntl.h>
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/string.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

static uint32_t mask = 022; /* umask() */

uint32_t uk__posix_fs_masked(uint32_t mode)
{
	return mode & 07777 & ~uk_load(&mask);
}

UK_SYSCALL_LEAF1(umask, uint32_t, new_mask)
{
	return uk_exchange(&mask, new_mask & 0777);
}

int uk__posix_fs_place(char *path, struct uk_posix_fs_place *out)
{
	size_t len = uk_str_len(path), cut;

	out->slash = false;
	for (; len > 1 && path[len - 1] == '/'; len--)
		out->slash = true;
	path[len] = '\0';
	for (cut = len; cut > 0 && path[cut - 1] != '/';)
		cut--;
	out->name = path + cut;
	out->len = len - cut;
	out->dots =
		uk_str_eq(out->name, "") || uk_str_eq(out->name, ".") || uk_str_eq(out->name, "..");
	if (out->len > UK_FS_NAME_MAX)
		return -ENAMETOOLONG;
	return uk_fs_walk(path, cut, 0, &out->dir); /* ends in '/': a directory */
}

int uk__posix_fs_place_at(int dirfd, const char *user, char **path, struct uk_posix_fs_place *out)
{
	int err = uk__posix_fs_path(dirfd, user, path);

	if (err)
		return err;
	err = uk__posix_fs_place(*path, out);
	if (err)
		uk_heap_free(*path);
	return err;
}

int uk__posix_fs_kind(const struct uk_posix_fs_place *at, uint32_t *mode)
{
	struct uk_fs_node *node;
	int err = at->dir->ops->lookup(at->dir, at->name, at->len, &node);

	if (err)
		return err;
	*mode = node->mode;
	uk_fs_node_put(node);
	return 0;
}

int uk__posix_fs_changeable(const struct uk_posix_fs_place *at, bool wanted)
{
	uint32_t mode;
	int err;

	if (at->dir->ops->change)
		return 0;
	err = uk__posix_fs_kind(at, &mode);
	if (err && err != -ENOENT)
		return err;
	if (wanted)
		return err ? err : -EROFS;
	return err ? -EROFS : -EEXIST;
}

/* The path that the link at `at` leads to, in place of *path. */
static int follow(char **path, const struct uk_posix_fs_place *at, struct uk_fs_node *link)
{
	size_t before = (size_t)(at->name - *path);
	char *text = uk_heap_alloc(2 * UK_FS_PATH_MAX);
	long n;

	if (!text)
		return -ENOMEM;
	n = link->ops->readlink(link, text + UK_FS_PATH_MAX, UK_FS_PATH_MAX);
	if (n > 0 && text[UK_FS_PATH_MAX] == '/')
		before = 0;
	if (n > 0 && before + (size_t)n >= UK_FS_PATH_MAX)
		n = -ENAMETOOLONG;
	if (n <= 0) {
		uk_heap_free(text);
		return n < 0 ? (int)n : -ENOENT;
	}
	memcpy(text, *path, before);
	memmove(text + before, text + UK_FS_PATH_MAX, (size_t)n);
	text[before + (size_t)n] = '\0';
	uk_heap_free(*path);
	*path = text;
	return 0;
}

#define AGAIN 2 /* *path was replaced, or another thread was faster */

/* One try. `stay`: a link at the end is not followed. */
static int create_once(char **path, const struct uk_posix_fs_place *at, bool stay, uint32_t mode,
		       struct uk_fs_node **out)
{
	const struct uk_fs_new what = { .mode = UK_S_IFREG | uk__posix_fs_masked(mode) };
	int err = at->dir->ops->lookup(at->dir, at->name, at->len, out);

	if (err == 0 && UK_S_ISLNK((*out)->mode) && !stay) {
		err = follow(path, at, *out);
		uk_fs_node_put(*out);
		return err ? err : AGAIN;
	}
	if (err != -ENOENT)
		return err;
	if (!at->dir->ops->change)
		return -EROFS;
	err = at->dir->ops->change->create(at->dir, at->name, at->len, &what, out);
	if (err)
		return err == -EEXIST ? AGAIN : err;
	return 1;
}

int uk__posix_fs_create(char **path, uint32_t flags, uint32_t mode, struct uk_fs_node **out)
{
	bool stay = flags & (UK_O_EXCL | UK_O_NOFOLLOW);

	for (unsigned int tries = 0; tries <= UK_FS_LINKS_MAX; tries++) {
		struct uk_posix_fs_place at;
		int err = uk__posix_fs_place(*path, &at);

		if (err)
			return err;
		if (at.dots)
			err = flags & UK_O_EXCL ? -EEXIST : -EISDIR;
		else
			err = at.slash ? -EISDIR : create_once(path, &at, stay, mode, out);
		uk_fs_node_put(at.dir);
		if (err != AGAIN)
			return err;
	}
	return -ELOOP;
}

static int node_of_fd(int fd, struct uk_fs_node **out)
{
	struct uk_file *file = uk_fd_get(fd);

	if (!file)
		return -EBADF;
	*out = uk__posix_fs_node_of(file);
	if (*out)
		uk_fs_node_get(*out);
	uk_fd_put(file);
	return *out ? 0 : -EINVAL;
}

int uk__posix_fs_node_at(int dirfd, const char *user, int flags, struct uk_fs_node **out)
{
	bool stay = flags & UK_AT_SYMLINK_NOFOLLOW;
	char *path, first = 1;
	int err;

	if ((flags & UK_AT_EMPTY_PATH) && user && uk_uaccess_read(&first, user, 1))
		return -EFAULT;
	if ((flags & UK_AT_EMPTY_PATH) && (!user || !first))
		return node_of_fd(dirfd, out);
	err = uk__posix_fs_path(dirfd, user, &path);
	if (err)
		return err;
	err = uk_fs_walk(path, uk_str_len(path), stay ? UK_FS_NOFOLLOW : 0, out);
	uk_heap_free(path);
	return err;
}
