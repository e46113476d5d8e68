/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * read, write and their relatives (POSIX.1-2017, XSH read(), write()).
 */

#include <uk/errno.h>
#include <uk/file.h>
#include <uk/syscall.h>

/* One call on a descriptor: dir 0 read, 1 write. */
static long transfer(struct uk_file *file, struct uk_file_iter *it, int64_t offset, int dir)
{
	return dir ? uk_file_write(file, it, offset) : uk_file_read(file, it, offset);
}

static long on_buffer(int fd, const void *buf, size_t len, int64_t offset, int dir)
{
	struct uk_file *file = uk_fd_get(fd);
	struct uk_file_iter it;
	long n;

	if (!file)
		return -EBADF;
	if (offset >= 0 && !file->ops->seek)
		n = -ESPIPE;
	else if (uk_file_iter_buffer(&it, buf, len))
		n = -EFAULT;
	else
		n = transfer(file, &it, offset, dir);
	uk_fd_put(file);
	return n;
}

static long on_vector(int fd, const struct uk_iovec *vec, long count, int64_t offset, int dir)
{
	struct uk_file *file = uk_fd_get(fd);
	struct uk_file_iter it;
	long n;

	if (!file)
		return -EBADF;
	n = uk_file_iter_vector(&it, vec, count);
	if (n == 0 && offset >= 0 && !file->ops->seek)
		n = -ESPIPE;
	if (n == 0)
		n = transfer(file, &it, offset, dir);
	uk_fd_put(file);
	return n;
}

UK_SYSCALL_FULL3(read, int, fd, void *, buf, size_t, len)
{
	return on_buffer(fd, buf, len, UK_FILE_OWN_POS, 0);
}

UK_SYSCALL_FULL3(write, int, fd, const void *, buf, size_t, len)
{
	return on_buffer(fd, buf, len, UK_FILE_OWN_POS, 1);
}

UK_SYSCALL_FULL3(readv, int, fd, const struct uk_iovec *, vec, long, count)
{
	return on_vector(fd, vec, count, UK_FILE_OWN_POS, 0);
}

UK_SYSCALL_FULL3(writev, int, fd, const struct uk_iovec *, vec, long, count)
{
	return on_vector(fd, vec, count, UK_FILE_OWN_POS, 1);
}

UK_SYSCALL_FULL4(pread64, int, fd, void *, buf, size_t, len, int64_t, offset)
{
	return offset < 0 ? -EINVAL : on_buffer(fd, buf, len, offset, 0);
}

UK_SYSCALL_FULL4(pwrite64, int, fd, const void *, buf, size_t, len, int64_t, offset)
{
	return offset < 0 ? -EINVAL : on_buffer(fd, buf, len, offset, 1);
}

/* The fifth argument is the upper half of the offset where registers have 32 bits. */
UK_SYSCALL_FULL4(preadv, int, fd, const struct uk_iovec *, vec, long, count, int64_t, offset)
{
	return offset < 0 ? -EINVAL : on_vector(fd, vec, count, offset, 0);
}

UK_SYSCALL_FULL4(pwritev, int, fd, const struct uk_iovec *, vec, long, count, int64_t, offset)
{
	return offset < 0 ? -EINVAL : on_vector(fd, vec, count, offset, 1);
}
