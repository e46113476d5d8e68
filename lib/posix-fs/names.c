/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls that make, move and remove names (POSIX.1-2017, XSH; Linux for the errors it leaves open).
 */

#include "fs.h"
#include <uk/abi/fcntl.h>
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/string.h>
#include <uk/syscall.h>

/* Only a directory can be made by the name `new/`. */
static int no_slash(const struct uk_posix_fs_place *at)
{
	uint32_t mode;
	int err;

	if (!at->slash)
		return 0;
	err = uk__posix_fs_kind(at, &mode);
	return err ? err : -EEXIST;
}

/* A directory or symbolic link. */
static long make(int dirfd, const char *user, const struct uk_fs_new *what)
{
	struct uk_posix_fs_place at;
	char *path;
	int err = uk__posix_fs_place_at(dirfd, user, &path, &at);

	if (err)
		return err;
	err = at.dots ? -EEXIST : uk__posix_fs_changeable(&at, false);
	if (err == 0 && !UK_S_ISDIR(what->mode))
		err = no_slash(&at);
	if (err == 0)
		err = at.dir->ops->change->create(at.dir, at.name, at.len, what, NULL);
	uk_fs_node_put(at.dir);
	uk_heap_free(path);
	return err;
}

static long make_dir(int dirfd, const char *path, uint32_t mode)
{
	const struct uk_fs_new what = { .mode = UK_S_IFDIR | uk__posix_fs_masked(mode & 01777) };

	return make(dirfd, path, &what);
}

UK_SYSCALL_FULL2(mkdir, const char *, path, uint32_t, mode)
{
	return make_dir(UK_AT_FDCWD, path, mode);
}

UK_SYSCALL_FULL3(mkdirat, int, dirfd, const char *, path, uint32_t, mode)
{
	return make_dir(dirfd, path, mode);
}

static long make_symlink(const char *target, int dirfd, const char *path)
{
	struct uk_fs_new what = { .mode = UK_S_IFLNK | 0777 };
	char *text;
	long err = uk__posix_fs_string(target, &text);

	if (err)
		return err;
	what.target = text;
	what.target_len = uk_str_len(text);
	err = what.target_len > 0 ? make(dirfd, path, &what) : -ENOENT;
	uk_heap_free(text);
	return err;
}

UK_SYSCALL_FULL2(symlink, const char *, target, const char *, path)
{
	return make_symlink(target, UK_AT_FDCWD, path);
}

UK_SYSCALL_FULL3(symlinkat, const char *, target, int, dirfd, const char *, path)
{
	return make_symlink(target, dirfd, path);
}

static int no_removal(const struct uk_posix_fs_place *at, bool directory)
{
	if (!at->dots)
		return uk__posix_fs_changeable(at, true);
	if (!directory)
		return -EISDIR;
	if (at->len == 0)
		return -EBUSY;
	return at->len == 1 ? -EINVAL : -ENOTEMPTY;
}

/* `file/` is a directory or an error. */
static int check_slash(const struct uk_posix_fs_place *at)
{
	uint32_t mode;
	int err;

	if (!at->slash)
		return 0;
	err = uk__posix_fs_kind(at, &mode);
	if (err)
		return err;
	return UK_S_ISDIR(mode) ? 0 : -ENOTDIR;
}

static long take_away(int dirfd, const char *user, bool directory)
{
	struct uk_posix_fs_place at;
	char *path;
	int err = uk__posix_fs_place_at(dirfd, user, &path, &at);

	if (err)
		return err;
	err = no_removal(&at, directory);
	if (err == 0)
		err = check_slash(&at);
	if (err == 0)
		err = at.dir->ops->change->unlink(at.dir, at.name, at.len, directory);
	uk_fs_node_put(at.dir);
	uk_heap_free(path);
	return err;
}

UK_SYSCALL_FULL1(unlink, const char *, path)
{
	return take_away(UK_AT_FDCWD, path, false);
}

UK_SYSCALL_FULL1(rmdir, const char *, path)
{
	return take_away(UK_AT_FDCWD, path, true);
}

UK_SYSCALL_FULL3(unlinkat, int, dirfd, const char *, path, int, flags)
{
	if (flags & ~UK_AT_REMOVEDIR)
		return -EINVAL;
	return take_away(dirfd, path, flags & UK_AT_REMOVEDIR);
}

static int link_places(struct uk_fs_node *node, const struct uk_posix_fs_place *to)
{
	int err = to->dots ? -EEXIST : uk__posix_fs_changeable(to, false);

	if (err == 0)
		err = no_slash(to);
	if (err)
		return err;
	return to->dir->ops->change->link(to->dir, to->name, to->len, node);
}

static long make_link(struct uk_fs_node *node, int dirfd, const char *user)
{
	struct uk_posix_fs_place to;
	char *path;
	int err = uk__posix_fs_place_at(dirfd, user, &path, &to);

	if (err)
		return err;
	err = link_places(node, &to);
	uk_fs_node_put(to.dir);
	uk_heap_free(path);
	return err;
}

static long do_link(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	int walk = flags & UK_AT_SYMLINK_FOLLOW ? 0 : UK_AT_SYMLINK_NOFOLLOW;
	struct uk_fs_node *node;
	long err;

	if (flags & ~(UK_AT_SYMLINK_FOLLOW | UK_AT_EMPTY_PATH))
		return -EINVAL;
	err = uk__posix_fs_node_at(from_fd, from, walk | (flags & UK_AT_EMPTY_PATH), &node);
	if (err)
		return err;
	err = make_link(node, to_fd, to);
	uk_fs_node_put(node);
	return err;
}

UK_SYSCALL_FULL2(link, const char *, from, const char *, to)
{
	return do_link(UK_AT_FDCWD, from, UK_AT_FDCWD, to, 0);
}

UK_SYSCALL_FULL5(linkat, int, from_fd, const char *, from, int, to_fd, const char *, to, int, flags)
{
	return do_link(from_fd, from, to_fd, to, flags);
}

static int rename_places(const struct uk_posix_fs_place *from, const struct uk_posix_fs_place *to,
			 uint32_t flags)
{
	const struct uk_fs_rename what = { from->dir, from->name, from->len, to->dir,
					   to->name,  to->len,    flags };
	int err;

	if (from->dir->ops->change != to->dir->ops->change)
		return -EXDEV;
	if (from->dots || to->dots)
		return -EBUSY;
	err = uk__posix_fs_changeable(from, true);
	if (err == 0)
		err = check_slash(from);
	if (err == 0 && to->slash && !from->slash) {
		struct uk_posix_fs_place as_dir = *from;

		as_dir.slash = true;
		err = check_slash(&as_dir);
	}
	return err ? err : from->dir->ops->change->rename(&what);
}

static long do_rename(int from_fd, const char *from, int to_fd, const char *to, uint32_t flags)
{
	struct uk_posix_fs_place a, b;
	char *from_path, *to_path;
	int err = flags & ~(uint32_t)UK_RENAME_NOREPLACE ? -EINVAL : 0;

	if (err == 0)
		err = uk__posix_fs_place_at(from_fd, from, &from_path, &a);
	if (err)
		return err;
	err = uk__posix_fs_place_at(to_fd, to, &to_path, &b);
	if (err == 0) {
		err = rename_places(&a, &b, flags ? UK_FS_RENAME_NOREPLACE : 0);
		uk_fs_node_put(b.dir);
		uk_heap_free(to_path);
	}
	uk_fs_node_put(a.dir);
	uk_heap_free(from_path);
	return err;
}

UK_SYSCALL_FULL2(rename, const char *, from, const char *, to)
{
	return do_rename(UK_AT_FDCWD, from, UK_AT_FDCWD, to, 0);
}

UK_SYSCALL_FULL4(renameat, int, from_fd, const char *, from, int, to_fd, const char *, to)
{
	return do_rename(from_fd, from, to_fd, to, 0);
}

UK_SYSCALL_FULL5(renameat2, int, from_fd, const char *, from, int, to_fd, const char *, to,
		 uint32_t, flags)
{
	return do_rename(from_fd, from, to_fd, to, flags);
}
