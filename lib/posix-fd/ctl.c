/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is done to a descriptor: close, dup, fcntl, lseek, ioctl, fstat.
 */

#include "fd.h"
#include <uk/abi/ioctl.h>
#include <uk/abi/stat.h>
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

UK_SYSCALL_FULL1(close, int, fd)
{
	return uk_fd_close(fd);
}

UK_SYSCALL_FULL1(dup, int, fd)
{
	struct uk_file *file = uk_fd_get(fd);

	return file ? uk_fd_install(file, 0) : -EBADF;
}

static int dup_to(int fd, int to, uint32_t flags)
{
	struct uk_file *file = uk_fd_get(fd);

	if (!file)
		return -EBADF;
	if ((unsigned int)to >= UK_FD_MAX) {
		uk_fd_put(file);
		return -EBADF;
	}
	return uk__posix_fd_replace(to, file, flags);
}

UK_SYSCALL_FULL2(dup2, int, fd, int, to)
{
	if (fd != to)
		return dup_to(fd, to, 0);

	struct uk_file *file = uk_fd_get(fd);

	if (!file)
		return -EBADF;
	uk_fd_put(file);
	return to;
}

UK_SYSCALL_FULL3(dup3, int, fd, int, to, uint32_t, flags)
{
	if (fd == to || (flags & ~(uint32_t)UK_O_CLOEXEC))
		return -EINVAL;
	return dup_to(fd, to, flags);
}

/* Sets and clears bits that fcntl and ioctl may change, in one step. */
static void change_flags(struct uk_file *file, uint32_t set, uint32_t clear)
{
	uk_fetch_and(&file->flags, ~clear);
	uk_fetch_or(&file->flags, set);
}

#define CHANGEABLE ((uint32_t)(UK_O_NONBLOCK | UK_O_APPEND))

/* Only some files know seals: for others the command does not exist. */
static long seals(struct uk_file *file, unsigned long request, unsigned long arg)
{
	long n = file->ops->ioctl ? file->ops->ioctl(file, request, (void *)arg) : -ENOTTY;

	return n == -ENOTTY ? -EINVAL : n;
}

static long do_fcntl(struct uk_file *file, int fd, int cmd, unsigned long arg)
{
	switch (cmd) {
	case UK_F_DUPFD:
	case UK_F_DUPFD_CLOEXEC:
		if (arg >= UK_FD_MAX)
			return -EINVAL;
		uk_file_get(file);
		return uk_fd_install_from(file, cmd == UK_F_DUPFD ? 0 : UK_O_CLOEXEC,
					  (unsigned int)arg);
	case UK_F_GETFD: return uk__posix_fd_cloexec(fd, -1);
	case UK_F_SETFD: uk__posix_fd_cloexec(fd, arg & UK_FD_CLOEXEC); return 0;
	case UK_F_GETFL: return uk_load(&file->flags);
	case UK_F_SETFL: change_flags(file, arg & CHANGEABLE, ~arg & CHANGEABLE); return 0;
	case UK_F_ADD_SEALS:
		return CONFIG_POSIX_FD_SEALS ? seals(file, UK_FILE_ADD_SEALS, arg) : -EINVAL;
	case UK_F_GET_SEALS:
		return CONFIG_POSIX_FD_SEALS ? seals(file, UK_FILE_GET_SEALS, 0) : -EINVAL;
	default: return -EINVAL;
	}
}

UK_SYSCALL_FULL3(fcntl, int, fd, int, cmd, unsigned long, arg)
{
	struct uk_file *file = uk_fd_get(fd);
	long n;

	if (!file)
		return -EBADF;
	n = do_fcntl(file, fd, cmd, arg);
	uk_fd_put(file);
	return n;
}

static long do_ioctl(struct uk_file *file, int fd, unsigned long request, void *arg)
{
	int32_t on;

	switch (request) {
	case UK_FIOCLEX:
	case UK_FIONCLEX: uk__posix_fd_cloexec(fd, request == UK_FIOCLEX); return 0;
	case UK_FIONBIO:
		if (uk_uaccess_read(&on, arg, sizeof(on)))
			return -EFAULT;
		change_flags(file, on ? UK_O_NONBLOCK : 0, on ? 0 : UK_O_NONBLOCK);
		return 0;
	default: return file->ops->ioctl ? file->ops->ioctl(file, request, arg) : -ENOTTY;
	}
}

UK_SYSCALL_FULL3(ioctl, int, fd, unsigned long, request, void *, arg)
{
	struct uk_file *file = uk_fd_get(fd);
	long n;

	if (!file)
		return -EBADF;
	n = do_ioctl(file, fd, request, arg);
	uk_fd_put(file);
	return n;
}

UK_SYSCALL_FULL3(lseek, int, fd, int64_t, offset, int, whence)
{
	struct uk_file *file = uk_fd_get(fd);
	int64_t at = -ESPIPE;

	if (!file)
		return -EBADF;
	if (file->ops->seek)
		at = file->ops->seek(file, offset, whence);
	uk_fd_put(file);
	return at;
}

int uk_file_stat(struct uk_file *file, struct uk_stat *out)
{
	*out = (struct uk_stat){ .st_nlink = 1, .st_blksize = UK_PAGE_SIZE };
	if (file->ops->stat)
		return file->ops->stat(file, out);
	out->st_mode = UK_S_IFCHR | 0600;
	return 0;
}

UK_SYSCALL_FULL2(fstat, int, fd, struct uk_stat *, out)
{
	struct uk_file *file = uk_fd_get(fd);
	struct uk_stat st;
	long err;

	if (!file)
		return -EBADF;
	err = uk_file_stat(file, &st);
	uk_fd_put(file);
	return err ? err : uk_uaccess_write(out, &st, sizeof(st));
}
