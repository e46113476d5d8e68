/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading and writing files that can be changed, their length, and what is called safe.
 */

#include "node.h"
#include <uk/abi/fcntl.h>
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/string.h>
#include <uk/syscall.h>

struct user_io {
	struct uk_fs_io io;
	struct uk_file_iter *it; /* behind by what the file system has copied itself: catch_up() */
};

uk_inline void catch_up(struct user_io *u)
{
	uk_file_iter_advance(u->it, u->it->total - u->io.left);
}

static long moved(struct user_io *u, long k)
{
	u->io.left = u->it->total;
	u->io.user = u->it->base;
	u->io.run = u->it->len;
	return k;
}

static long move_out(struct uk_fs_io *io, void *at, size_t n)
{
	struct user_io *u = UK_CONTAINER_OF(io, struct user_io, io);

	catch_up(u);
	return moved(u, uk_file_iter_put(u->it, at, n));
}

static long move_in(struct uk_fs_io *io, void *at, size_t n)
{
	struct user_io *u = UK_CONTAINER_OF(io, struct user_io, io);

	catch_up(u);
	return moved(u, uk_file_iter_get(u->it, at, n));
}

typedef long (*transfer_fn)(struct uk_fs_node *node, struct uk_fs_io *io);

static long transfer(struct node_file *f, struct user_io *u, int64_t offset, transfer_fn fn)
{
	long n;

	moved(u, 0);
	u->io.offset = (uint64_t)offset;
	if (offset < 0) {
		uk__posix_fs_lock(f);
		u->io.offset = (uint64_t)f->pos;
	}
	n = fn(f->node, &u->io);
	if (offset < 0) {
		if (n > 0)
			f->pos = (int64_t)u->io.offset;
		uk__posix_fs_unlock(f);
	}
	return n;
}

long uk__posix_fs_io_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset)
{
	struct node_file *f = uk__posix_fs_of(file);
	struct user_io u = { .io.move = move_out, .it = to };

	return transfer(f, &u, offset, f->node->ops->change->read);
}

/* With O_APPEND pwrite() appends too, as on Linux. */
long uk__posix_fs_io_write(struct uk_file *file, struct uk_file_iter *from, int64_t offset)
{
	struct node_file *f = uk__posix_fs_of(file);
	struct user_io u = { .io.move = move_in, .it = from };
	long n;

	u.io.append = uk_load(&file->flags) & UK_O_APPEND;
	n = transfer(f, &u, offset, f->node->ops->change->write);
	catch_up(&u); /* uk_file_write() goes on as long as something is left */
	return n;
}

static int cut(struct uk_fs_node *node, int64_t size)
{
	if (UK_S_ISDIR(node->mode))
		return -EISDIR;
	if (!UK_S_ISREG(node->mode))
		return -EINVAL;
	return node->ops->change ? node->ops->change->truncate(node, (uint64_t)size) : -EROFS;
}

UK_SYSCALL_FULL2(truncate, const char *, path, int64_t, size)
{
	struct uk_fs_node *node;
	int err = size < 0 ? -EINVAL : uk__posix_fs_node_at(UK_AT_FDCWD, path, 0, &node);

	if (err)
		return err;
	err = cut(node, size);
	uk_fs_node_put(node);
	return err;
}

UK_SYSCALL_FULL2(ftruncate, int, fd, int64_t, size)
{
	struct uk_file *file = uk_fd_get(fd);
	struct uk_fs_node *node;
	int err = -EINVAL;

	if (!file)
		return -EBADF;
	node = uk__posix_fs_node_of(file);
	if (size >= 0 && node && (file->flags & UK_O_ACCMODE) != UK_O_RDONLY)
		err = cut(node, size);
	uk_fd_put(file);
	return err;
}

/* As safe as it gets at once: memory is all there is. */
static long is_node(int fd)
{
	struct uk_file *file = uk_fd_get(fd);
	int err;

	if (!file)
		return -EBADF;
	err = uk__posix_fs_node_of(file) ? 0 : -EINVAL;
	uk_fd_put(file);
	return err;
}

UK_SYSCALL_FULL1(fsync, int, fd)
{
	return is_node(fd);
}

UK_SYSCALL_FULL1(fdatasync, int, fd)
{
	return is_node(fd);
}
