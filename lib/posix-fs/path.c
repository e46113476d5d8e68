/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Paths of the application, and the working directory. A directory, open or worked in, is
 * remembered by its path: when that is renamed, it is not found any more, or another one is.
 */

#include "fs.h"
#include <uk/abi/fcntl.h>
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/spinlock.h>
#include <uk/string.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

#define PIECE 64u /* divides a page: a string is not read beyond the page it ends in */

static struct {
	struct uk_spinlock lock;
	char *path; /* heap; NULL: "/" */
} cwd;

/* Copies a string to dst[UK_FS_PATH_MAX] from `n` on. */
static int copy_string(char *dst, size_t n, const char *user)
{
	while (n < UK_FS_PATH_MAX) {
		size_t part = PIECE - ((uintptr_t)user & (PIECE - 1));

		part = UK_MIN(part, UK_FS_PATH_MAX - n);
		if (uk_uaccess_read(dst + n, user, part))
			return -EFAULT;
		if (uk_str_nlen(dst + n, part) < part)
			return 0;
		n += part;
		user += part;
	}
	return -ENAMETOOLONG;
}

int uk__posix_fs_string(const char *user, char **out)
{
	char *path = uk_heap_alloc(UK_FS_PATH_MAX);
	int err = path ? copy_string(path, 0, user) : -ENOMEM;

	if (err)
		uk_heap_free(path);
	*out = path;
	return err;
}

static int copy_cwd(char *dst)
{
	uk_spin_lock(&cwd.lock);
	uk_str_copy(dst, cwd.path ? cwd.path : "/", UK_FS_PATH_MAX);
	uk_spin_unlock(&cwd.lock);
	return 0;
}

static int copy_dir(char *dst, int fd)
{
	struct uk_file *file = uk_fd_get(fd);
	const char *path;

	if (!file)
		return -EBADF;
	path = uk__posix_fs_dir_path(file);
	if (path)
		uk_str_copy(dst, path, UK_FS_PATH_MAX);
	uk_fd_put(file);
	return path ? 0 : -ENOTDIR;
}

/* Put the directory in front of a relative path. */
static int prepend(int dirfd, char *path)
{
	char *base = uk_heap_alloc(UK_FS_PATH_MAX);
	size_t n, len = uk_str_len(path) + 1;
	int err;

	if (!base)
		return -ENOMEM;
	err = dirfd == UK_AT_FDCWD ? copy_cwd(base) : copy_dir(base, dirfd);
	n = err ? 0 : uk_str_len(base);
	if (n + 1 + len > UK_FS_PATH_MAX)
		err = -ENAMETOOLONG;
	if (err == 0) {
		memmove(path + n + 1, path, len);
		memcpy(path, base, n);
		path[n] = '/';
	}
	uk_heap_free(base);
	return err;
}

int uk__posix_fs_path(int dirfd, const char *user, char **out)
{
	char *path;
	int err = uk__posix_fs_string(user, &path);

	if (err)
		return err;
	if (!path[0])
		err = -ENOENT;
	else if (path[0] != '/')
		err = prepend(dirfd, path);
	if (err)
		uk_heap_free(path);
	*out = path;
	return err;
}

/*
 * Takes '.', '..' and double slashes out of an absolute path. Only for a path that was walked
 * without a symbolic link before a '..': see enter().
 */
static void tidy(char *path)
{
	char *to = path;

	for (const char *at = path; *at;) {
		size_t n = 0;

		while (*at == '/')
			at++;
		while (at[n] && at[n] != '/')
			n++;
		if (n == 2 && at[0] == '.' && at[1] == '.') {
			while (to > path && *--to != '/')
				continue;
		} else if (n > 0 && !(n == 1 && at[0] == '.')) {
			*to++ = '/';
			memmove(to, at, n);
			to += n;
		}
		at += n;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
}

/* Takes `path`, heap memory. */
static void set_cwd(char *path)
{
	char *old;

	uk_spin_lock(&cwd.lock);
	old = cwd.path;
	cwd.path = path;
	uk_spin_unlock(&cwd.lock);
	uk_heap_free(old);
}

/* Both readings of '..' after a symbolic link lead to the same place, or the change is refused:
 * the path that getcwd() tells must be the one that was meant. */
static int same_place(const char *path, const char *tidied)
{
	struct uk_fs_node *a, *b;
	int err = uk_fs_walk(path, uk_str_len(path), 0, &a);

	if (err)
		return err;
	if (!UK_S_ISDIR(a->mode)) {
		uk_fs_node_put(a);
		return -ENOTDIR;
	}
	err = uk_fs_walk(tidied, uk_str_len(tidied), 0, &b);
	if (err == 0) {
		err = a == b ? 0 : -ENOENT;
		uk_fs_node_put(b);
	}
	uk_fs_node_put(a);
	return err;
}

static int enter(char *path)
{
	size_t len = uk_str_len(path) + 1;
	char *own = uk_heap_alloc(len);
	int err;

	if (!own)
		return -ENOMEM;
	memcpy(own, path, len);
	tidy(own);
	err = same_place(path, own);
	if (err)
		uk_heap_free(own);
	else
		set_cwd(own);
	return err;
}

UK_SYSCALL_FULL1(chdir, const char *, user)
{
	char *path;
	int err = uk__posix_fs_path(UK_AT_FDCWD, user, &path);

	if (err)
		return err;
	err = enter(path);
	uk_heap_free(path);
	return err;
}

UK_SYSCALL_FULL1(fchdir, int, fd)
{
	char *path = uk_heap_alloc(UK_FS_PATH_MAX);
	int err = path ? copy_dir(path, fd) : -ENOMEM;

	if (err == 0)
		err = enter(path);
	uk_heap_free(path);
	return err;
}

UK_SYSCALL_FULL2(getcwd, char *, user, size_t, size)
{
	char *path = uk_heap_alloc(UK_FS_PATH_MAX);
	long n;

	if (!path)
		return -ENOMEM;
	copy_cwd(path);
	n = (long)uk_str_len(path) + 1;
	if (size < (size_t)n)
		n = -ERANGE;
	else if (uk_uaccess_write(user, path, (size_t)n))
		n = -EFAULT;
	uk_heap_free(path);
	return n;
}
