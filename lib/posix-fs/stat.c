/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Questions about files by name.
 */

#include "fs.h"
#include <uk/abi/fcntl.h>
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/string.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

static int stat_path(const char *path, unsigned int walk_flags, struct uk_stat *st)
{
	const struct uk_posix_fs_special *s = uk__posix_fs_special(path, true);
	struct uk_fs_node *node;
	int err = 0;

	*st = (struct uk_stat){ .st_nlink = 1, .st_blksize = UK_PAGE_SIZE };
	if (!s) {
		err = uk_fs_walk(path, uk_str_len(path), walk_flags, &node);
		if (err == 0) {
			err = node->ops->stat(node, st);
			uk_fs_node_put(node);
			return err;
		}
		s = err == -ENOENT ? uk__posix_fs_special(path, false) : NULL;
	}
	if (s)
		uk__posix_fs_special_stat(s, st);
	return s ? 0 : err;
}

static int stat_fd(int fd, struct uk_stat *st)
{
	struct uk_file *file = uk_fd_get(fd);
	int err;

	if (!file)
		return -EBADF;
	err = uk_file_stat(file, st);
	uk_fd_put(file);
	return err;
}

/* An empty path with AT_EMPTY_PATH means the descriptor itself. */
static int stat_at(int dirfd, const char *user, int flags, struct uk_stat *st)
{
	char *path, first;
	int err;

	if ((flags & UK_AT_EMPTY_PATH) && dirfd != UK_AT_FDCWD) {
		if (uk_uaccess_read(&first, user, 1))
			return -EFAULT;
		if (!first)
			return stat_fd(dirfd, st);
	}
	err = uk__posix_fs_path(dirfd, user, &path);
	if (err)
		return err;
	err = stat_path(path, flags & UK_AT_SYMLINK_NOFOLLOW ? UK_FS_NOFOLLOW : 0, st);
	uk_heap_free(path);
	return err;
}

static long stat_out(int dirfd, const char *path, int flags, struct uk_stat *out)
{
	struct uk_stat st;
	int err = stat_at(dirfd, path, flags, &st);

	return err ? err : uk_uaccess_write(out, &st, sizeof(st));
}

UK_SYSCALL_FULL2(stat, const char *, path, struct uk_stat *, out)
{
	return stat_out(UK_AT_FDCWD, path, 0, out);
}

UK_SYSCALL_FULL2(lstat, const char *, path, struct uk_stat *, out)
{
	return stat_out(UK_AT_FDCWD, path, UK_AT_SYMLINK_NOFOLLOW, out);
}

UK_SYSCALL_FULL4(newfstatat, int, dirfd, const char *, path, struct uk_stat *, out, int, flags)
{
	return stat_out(dirfd, path, flags, out);
}

static int writable(int dirfd, const char *path, int flags)
{
	struct uk_fs_node *node;
	int err;

	if (!CONFIG_FS_CHANGE)
		return -EROFS;
	err = uk__posix_fs_node_at(dirfd, path, flags, &node);
	if (err)
		return err == -ENOENT ? -EROFS : err; /* a text that is made */
	err = uk_fs_change(node) ? 0 : -EROFS;
	uk_fs_node_put(node);
	return err;
}

/* Who asks may do all that can be done: what is on read-only file systems can not be written, and
 * only what somebody may execute is executable. */
static long do_access(int dirfd, const char *path, int mode, int flags)
{
	struct uk_stat st;
	int err;

	if (mode & ~(UK_R_OK | UK_W_OK | UK_X_OK))
		return -EINVAL;
	err = stat_at(dirfd, path, flags, &st);
	if (err)
		return err;
	if ((mode & UK_W_OK) && (st.st_mode & UK_S_IFMT) != UK_S_IFCHR)
		err = writable(dirfd, path, flags);
	if (err)
		return err;
	return (mode & UK_X_OK) && !(st.st_mode & 0111) ? -EACCES : 0;
}

UK_SYSCALL_FULL2(access, const char *, path, int, mode)
{
	return do_access(UK_AT_FDCWD, path, mode, 0);
}

UK_SYSCALL_FULL3(faccessat, int, dirfd, const char *, path, int, mode)
{
	return do_access(dirfd, path, mode, 0);
}

UK_SYSCALL_FULL4(faccessat2, int, dirfd, const char *, path, int, mode, int, flags)
{
	return do_access(dirfd, path, mode, flags);
}

static long read_link(const char *path, char *text)
{
	struct uk_fs_node *node;
	int err = uk_fs_walk(path, uk_str_len(path), UK_FS_NOFOLLOW, &node);
	long n = -EINVAL;

	if (err)
		return err;
	if (UK_S_ISLNK(node->mode) && node->ops->readlink)
		n = node->ops->readlink(node, text, UK_FS_PATH_MAX);
	uk_fs_node_put(node);
	return UK_MIN(n, (long)UK_FS_PATH_MAX);
}

static long do_readlink(int dirfd, const char *user, char *buf, size_t size)
{
	char *path, *text;
	long n = uk__posix_fs_path(dirfd, user, &path);

	if (n)
		return n;
	text = uk_heap_alloc(UK_FS_PATH_MAX);
	n = text ? read_link(path, text) : -ENOMEM;
	if (n > 0) {
		n = UK_MIN(n, (long)UK_MIN(size, UK_RW_MAX));
		if (uk_uaccess_write(buf, text, (size_t)n))
			n = -EFAULT;
	}
	uk_heap_free(text);
	uk_heap_free(path);
	return n;
}

UK_SYSCALL_FULL3(readlink, const char *, path, char *, buf, size_t, size)
{
	return size == 0 ? -EINVAL : do_readlink(UK_AT_FDCWD, path, buf, size);
}

UK_SYSCALL_FULL4(readlinkat, int, dirfd, const char *, path, char *, buf, size_t, size)
{
	return size == 0 ? -EINVAL : do_readlink(dirfd, path, buf, size);
}
