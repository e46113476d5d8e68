/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pipes (POSIX.1-2017, XSH pipe(), write()): two files over one ring of bytes. Readers move
 * `head` under their mutex, writers `tail` under theirs; the other side only reads it.
 */

#include <uk/abi/stat.h>
#include <uk/errno.h>
#include <uk/file.h>
#include <uk/heap.h>
#include <uk/sync.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

#define SIZE   16384u
#define ATOMIC 4096u /* PIPE_BUF: so much is written whole or not at all */

struct pipe {
	struct uk_file end[2]; /* for reading, for writing */
	uint32_t refs;         /* ends that are open */
	bool closed[2];
	struct uk_mutex mutex[2];
	uint32_t head;
	uint32_t tail;
	char ring[SIZE];
};

static struct pipe *of(struct uk_file *file, int which)
{
	return UK_CONTAINER_OF(file - which, struct pipe, end[0]);
}

/* Moves up to n bytes between the ring at `pos` and the application; the count or -EFAULT. */
static long move(struct pipe *p, struct uk_file_iter *it, uint32_t pos, size_t n, bool out)
{
	size_t first = UK_MIN(n, (size_t)(SIZE - pos % SIZE));
	char *at = p->ring + pos % SIZE;
	long done = out ? uk_file_iter_put(it, at, first) : uk_file_iter_get(it, at, first), more;

	if (done < 0 || (size_t)done < first || first == n)
		return done;
	more = out ? uk_file_iter_put(it, p->ring, n - first)
		   : uk_file_iter_get(it, p->ring, n - first);
	return more < 0 ? done : done + more;
}

static long pipe_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset)
{
	struct pipe *p = of(file, 0);
	bool ended = uk_load_acquire(&p->closed[1]); /* before the look at tail */
	uint32_t have;
	long n;

	(void)offset;
	uk_mutex_lock(&p->mutex[0]);
	have = uk_load_acquire(&p->tail) - p->head; /* pairs with the writer's release */
	n = have == 0 && !ended && to->total > 0 ? -EAGAIN : 0;
	if (have > 0)
		n = move(p, to, p->head, UK_MIN(to->total, (size_t)have), true);
	if (n > 0)
		uk_store_release(&p->head, p->head + (uint32_t)n);
	uk_mutex_unlock(&p->mutex[0]);
	if (n > 0)
		uk_poll_wake(&p->end[1].poll, UK_POLLOUT);
	return n;
}

static long pipe_write(struct uk_file *file, struct uk_file_iter *from, int64_t offset)
{
	struct pipe *p = of(file, 1);
	uint32_t room;
	long n;

	(void)offset;
	if (from->total == 0)
		return 0;
	if (uk_load(&p->closed[0]))
		return -EPIPE;
	uk_mutex_lock(&p->mutex[1]);
	room = SIZE - (p->tail - uk_load_acquire(&p->head)); /* pairs with the reader's release */
	n = -EAGAIN;
	if (room >= UK_MIN(from->total, (size_t)ATOMIC))
		n = move(p, from, p->tail, UK_MIN(from->total, (size_t)room), false);
	if (n > 0)
		uk_store_release(&p->tail, p->tail + (uint32_t)n);
	uk_mutex_unlock(&p->mutex[1]);
	if (n > 0)
		uk_poll_wake(&p->end[0].poll, UK_POLLIN);
	return n;
}

static uint32_t read_poll(struct uk_file *file)
{
	struct pipe *p = of(file, 0);

	return (uk_load(&p->tail) != uk_load(&p->head) ? UK_POLLIN : 0) |
	       (uk_load(&p->closed[1]) ? UK_POLLHUP : 0);
}

static uint32_t write_poll(struct uk_file *file)
{
	struct pipe *p = of(file, 1);

	return (SIZE - (uk_load(&p->tail) - uk_load(&p->head)) >= ATOMIC ? UK_POLLOUT : 0) |
	       (uk_load(&p->closed[0]) ? UK_POLLERR : 0);
}

static int pipe_stat(struct uk_file *file, struct uk_stat *out)
{
	(void)file;
	out->st_mode = UK_S_IFIFO | 0600;
	return 0;
}

/* One end goes: the other one learns it; the last frees the pipe. */
static void close_end(struct pipe *p, int which)
{
	uk_store_release(&p->closed[which], true);
	if (uk_load_acquire(&p->refs) == 2)
		uk_poll_wake(&p->end[!which].poll, UK_POLLHUP | UK_POLLERR | UK_POLLIN);
	if (uk_fetch_sub(&p->refs, 1) == 1)
		uk_heap_free(p);
}

static void read_close(struct uk_file *file)
{
	close_end(of(file, 0), 0);
}

static void write_close(struct uk_file *file)
{
	close_end(of(file, 1), 1);
}

static const struct uk_file_ops ends[2] = {
	{ .read = pipe_read, .poll = read_poll, .stat = pipe_stat, .close = read_close },
	{ .write = pipe_write, .poll = write_poll, .stat = pipe_stat, .close = write_close },
};

static struct pipe *create(uint32_t flags)
{
	struct pipe *p = uk_heap_alloc(sizeof(*p));

	if (!p)
		return NULL;
	p->refs = 2;
	p->head = p->tail = 0;
	for (int i = 0; i < 2; i++) {
		uk_file_init(&p->end[i], &ends[i],
			     (i == 0 ? UK_O_RDONLY : UK_O_WRONLY) | (flags & UK_O_NONBLOCK));
		uk_mutex_init(&p->mutex[i]);
		p->closed[i] = false;
	}
	return p;
}

/* Both descriptors or none. */
static long open_both(int32_t *user, uint32_t flags)
{
	struct pipe *p = create(flags);
	int32_t fd[2];

	if (!p)
		return -ENOMEM;
	fd[0] = uk_fd_install(&p->end[0], flags & UK_O_CLOEXEC);
	fd[1] = fd[0] < 0 ? fd[0] : uk_fd_install(&p->end[1], flags & UK_O_CLOEXEC);
	if (fd[0] < 0)
		uk_file_put(&p->end[1]);
	if (fd[1] >= 0 && uk_uaccess_write(user, fd, sizeof(fd)) == 0)
		return 0;
	if (fd[0] >= 0)
		uk_fd_close(fd[0]);
	if (fd[1] >= 0)
		uk_fd_close(fd[1]);
	return fd[1] < 0 ? fd[1] : -EFAULT;
}

UK_SYSCALL_FULL1(pipe, int32_t *, fds)
{
	return open_both(fds, 0);
}

UK_SYSCALL_FULL2(pipe2, int32_t *, fds, uint32_t, flags)
{
	return flags & ~(uint32_t)(UK_O_CLOEXEC | UK_O_NONBLOCK) ? -EINVAL : open_both(fds, flags);
}
