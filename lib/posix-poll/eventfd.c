/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * eventfd (Linux, eventfd(2)).
 */

#include <uk/errno.h>
#include <uk/file.h>
#include <uk/heap.h>
#include <uk/syscall.h>

#define LIMIT (UINT64_MAX - 1) /* the highest value */

struct eventfd {
	struct uk_file file;
	struct uk_spinlock lock;
	uint64_t count; /* lock */
	bool semaphore;
};

static struct eventfd *of(struct uk_file *file)
{
	return UK_CONTAINER_OF(file, struct eventfd, file);
}

/* Takes the count, or 1 of it; 0: there is none. */
static uint64_t take(struct eventfd *e)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&e->lock);
	uint64_t n = e->semaphore ? e->count > 0 : e->count;

	e->count -= n;
	uk_spin_unlock_irqrestore(&e->lock, flags);
	return n;
}

static bool give(struct eventfd *e, uint64_t n)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&e->lock);
	bool fits = LIMIT - e->count >= n;

	if (fits)
		e->count += n;
	uk_spin_unlock_irqrestore(&e->lock, flags);
	return fits;
}

static long eventfd_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset)
{
	uint64_t n;

	(void)offset;
	if (to->total < sizeof(n))
		return -EINVAL;
	n = take(of(file));
	if (n == 0)
		return -EAGAIN;
	uk_poll_wake(&file->poll, UK_POLLOUT);
	return uk_file_iter_put(to, &n, sizeof(n));
}

static long eventfd_write(struct uk_file *file, struct uk_file_iter *from, int64_t offset)
{
	struct uk_file_iter before = *from;
	uint64_t n;
	long got;

	(void)offset;
	if (from->total < sizeof(n))
		return -EINVAL;
	got = uk_file_iter_get(from, &n, sizeof(n));
	if (got != sizeof(n))
		return -EFAULT;
	if (n == UINT64_MAX)
		return -EINVAL;
	if (!give(of(file), n)) {
		*from = before;
		return -EAGAIN;
	}
	from->total = 0; /* what is longer than a number is not a second one */
	uk_poll_wake(&file->poll, UK_POLLIN);
	return got;
}

static uint32_t eventfd_poll(struct uk_file *file)
{
	uint64_t count = uk_load(&of(file)->count);

	return (count > 0 ? UK_POLLIN : 0) | (count < LIMIT ? UK_POLLOUT : 0);
}

static void eventfd_close(struct uk_file *file)
{
	uk_heap_free(of(file));
}

static const struct uk_file_ops eventfd_ops = {
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.close = eventfd_close,
};

static long create(uint32_t count, uint32_t flags)
{
	struct eventfd *e;

	if (flags & ~(uint32_t)(UK_EFD_SEMAPHORE | UK_EFD_CLOEXEC | UK_EFD_NONBLOCK))
		return -EINVAL;
	e = uk_heap_zalloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	uk_file_init(&e->file, &eventfd_ops, UK_O_RDWR | (flags & UK_EFD_NONBLOCK));
	e->count = count;
	e->semaphore = flags & UK_EFD_SEMAPHORE;
	return uk_fd_install(&e->file, flags & UK_EFD_CLOEXEC);
}

UK_SYSCALL_FULL1(eventfd, uint32_t, count)
{
	return create(count, 0);
}

UK_SYSCALL_FULL2(eventfd2, uint32_t, count, uint32_t, flags)
{
	return create(count, flags);
}
