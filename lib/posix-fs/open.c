/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * open (POSIX.1-2017, XSH open()).
 */

#include "fs.h"
#include <uk/abi/fcntl.h>
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/string.h>
#include <uk/syscall.h>

#define KEPT ((uint32_t)(UK_O_ACCMODE | UK_O_APPEND | UK_O_NONBLOCK | UK_O_DIRECTORY))

static int may_open(const struct uk_fs_node *node, uint32_t flags)
{
	bool writes = (flags & UK_O_ACCMODE) != UK_O_RDONLY || (flags & UK_O_TRUNC);

	if ((flags & UK_O_CREAT) && (flags & UK_O_EXCL))
		return -EEXIST;
	if (UK_S_ISLNK(node->mode))
		return -ELOOP;
	if (UK_S_ISDIR(node->mode))
		return writes || (flags & UK_O_CREAT) ? -EISDIR : 0;
	if (flags & UK_O_DIRECTORY)
		return -ENOTDIR;
	if (!UK_S_ISREG(node->mode))
		return -ENXIO;
	return writes && !uk_fs_change(node) ? -EROFS : 0;
}

/* The node that is opened, existing or new. */
static int find(char **path, uint32_t flags, uint32_t mode, struct uk_fs_node **out)
{
	bool stay = (flags & UK_O_NOFOLLOW) || (flags & UK_O_CREAT && flags & UK_O_EXCL);
	int err;

	if (CONFIG_FS_CHANGE && (flags & UK_O_CREAT))
		err = uk__posix_fs_create(path, flags, mode, out);
	else
		err = uk_fs_walk(*path, uk_str_len(*path), stay ? UK_FS_NOFOLLOW : 0, out);
	if (CONFIG_FS_CHANGE && err > 0)
		return 0; /* new: nothing forbids it */
	if (err)
		return err == -ENOENT && (flags & UK_O_CREAT) && !CONFIG_FS_CHANGE ? -EROFS : err;
	err = may_open(*out, flags);
	if (err == 0 && CONFIG_FS_CHANGE && (flags & UK_O_TRUNC))
		err = uk_fs_change(*out)->truncate(*out, 0);
	if (err)
		uk_fs_node_put(*out);
	return err;
}

/* *path is taken (set to NULL) when the file keeps it. */
static int open_node(char **path, uint32_t flags, uint32_t mode, struct uk_file **out)
{
	struct uk_fs_node *node;
	int err = find(path, flags, mode, &node);
	bool dir;

	if (err)
		return err;
	dir = UK_S_ISDIR(node->mode);
	*out = uk__posix_fs_node_file(node, dir ? *path : NULL, flags & KEPT);
	if (*out && dir)
		*path = NULL;
	if (*out)
		return 0;
	uk_fs_node_put(node);
	return -ENOMEM;
}

static int open_path(char **path, uint32_t flags, uint32_t mode, struct uk_file **out)
{
	const struct uk_posix_fs_special *s = uk__posix_fs_special(*path, true);
	int err;

	if (s)
		return uk__posix_fs_special_open(s, flags & KEPT, out);
	err = open_node(path, flags, mode, out);
	if (err == -ENOENT) {
		s = uk__posix_fs_special(*path, false);
		if (s)
			err = uk__posix_fs_special_open(s, flags & KEPT, out);
	}
	return err;
}

static long do_open(int dirfd, const char *user, uint32_t flags, uint32_t mode)
{
	struct uk_file *file;
	char *path;
	int err = uk__posix_fs_path(dirfd, user, &path);

	if (err)
		return err;
	err = open_path(&path, flags, mode, &file);
	uk_heap_free(path);
	return err ? err : uk_fd_install(file, flags & UK_O_CLOEXEC);
}

UK_SYSCALL_FULL3(open, const char *, path, uint32_t, flags, uint32_t, mode)
{
	return do_open(UK_AT_FDCWD, path, flags, mode);
}

UK_SYSCALL_FULL4(openat, int, dirfd, const char *, path, uint32_t, flags, uint32_t, mode)
{
	return do_open(dirfd, path, flags, mode);
}

UK_SYSCALL_FULL3(getdents64, int, fd, void *, buf, size_t, len)
{
	struct uk_file *file = uk_fd_get(fd);
	long n;

	if (!file)
		return -EBADF;
	n = file->ops->getdents ? file->ops->getdents(file, buf, UK_MIN(len, UK_RW_MAX)) : -ENOTDIR;
	uk_fd_put(file);
	return n;
}
