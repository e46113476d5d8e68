/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Permissions, owners and times. They are kept and shown, and hinder nobody.
 */

#include "fs.h"
#include <uk/abi/fcntl.h>
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

static long set_at(int dirfd, const char *path, int flags, const struct uk_fs_attr *attr)
{
	struct uk_fs_node *node;
	int err;

	if (flags & ~(UK_AT_SYMLINK_NOFOLLOW | UK_AT_EMPTY_PATH))
		return -EINVAL;
	err = uk__posix_fs_node_at(dirfd, path, flags, &node);
	if (err)
		return err;
	if (!node->ops->change)
		err = -EROFS;
	else if (attr->set)
		err = node->ops->change->set(node, attr);
	uk_fs_node_put(node);
	return err;
}

static long set_mode(int dirfd, const char *path, int flags, uint32_t mode)
{
	const struct uk_fs_attr attr = { .set = UK_FS_SET_MODE, .mode = mode & 07777 };

	return set_at(dirfd, path, flags, &attr);
}

UK_SYSCALL_FULL2(chmod, const char *, path, uint32_t, mode)
{
	return set_mode(UK_AT_FDCWD, path, 0, mode);
}

UK_SYSCALL_FULL2(fchmod, int, fd, uint32_t, mode)
{
	return set_mode(fd, NULL, UK_AT_EMPTY_PATH, mode);
}

UK_SYSCALL_FULL3(fchmodat, int, dirfd, const char *, path, uint32_t, mode)
{
	return set_mode(dirfd, path, 0, mode);
}

/* UINT32_MAX: as it is. */
static long set_owner(int dirfd, const char *path, int flags, uint32_t uid, uint32_t gid)
{
	const struct uk_fs_attr attr = {
		.set = (uid != UINT32_MAX ? UK_FS_SET_UID : 0) |
		       (gid != UINT32_MAX ? UK_FS_SET_GID : 0),
		.uid = uid,
		.gid = gid,
	};

	return set_at(dirfd, path, flags, &attr);
}

UK_SYSCALL_FULL3(chown, const char *, path, uint32_t, uid, uint32_t, gid)
{
	return set_owner(UK_AT_FDCWD, path, 0, uid, gid);
}

UK_SYSCALL_FULL3(lchown, const char *, path, uint32_t, uid, uint32_t, gid)
{
	return set_owner(UK_AT_FDCWD, path, UK_AT_SYMLINK_NOFOLLOW, uid, gid);
}

UK_SYSCALL_FULL3(fchown, int, fd, uint32_t, uid, uint32_t, gid)
{
	return set_owner(fd, NULL, UK_AT_EMPTY_PATH, uid, gid);
}

UK_SYSCALL_FULL5(fchownat, int, dirfd, const char *, path, uint32_t, uid, uint32_t, gid, int, flags)
{
	return set_owner(dirfd, path, flags, uid, gid);
}

/* What one of the two times shall become: `exact`, `now` or 0; -EINVAL. */
static int which(const struct uk_timespec *time, unsigned int exact, unsigned int now)
{
	if (time->tv_nsec == UK_UTIME_NOW)
		return (int)now;
	if (time->tv_nsec == UK_UTIME_OMIT)
		return 0;
	return time->tv_nsec >= 0 && time->tv_nsec < 1000000000 ? (int)exact : -EINVAL;
}

UK_SYSCALL_FULL4(utimensat, int, dirfd, const char *, path, const struct uk_timespec *, user, int,
		 flags)
{
	struct uk_timespec time[2] = { { 0, UK_UTIME_NOW }, { 0, UK_UTIME_NOW } };
	struct uk_fs_attr attr = { .set = 0 };
	int a, m;

	if (user && uk_uaccess_read(time, user, sizeof(time)))
		return -EFAULT;
	a = which(&time[0], UK_FS_SET_ATIME, UK_FS_SET_ATIME_NOW);
	m = which(&time[1], UK_FS_SET_MTIME, UK_FS_SET_MTIME_NOW);
	if (a < 0 || m < 0)
		return -EINVAL;
	attr.set = (unsigned int)(a | m);
	attr.atime = time[0];
	attr.mtime = time[1];
	if (!attr.set)
		return 0;
	if (!path && dirfd != UK_AT_FDCWD && !flags)
		flags = UK_AT_EMPTY_PATH; /* futimens() */
	return set_at(dirfd, path, flags, &attr);
}
