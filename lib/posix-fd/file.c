/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Open-file descriptions: their life, and the one place where a read or write blocks.
 */

#include <uk/clock.h>
#include <uk/errno.h>
#include <uk/file.h>
#include <uk/panic.h>
#include <uk/signal.h>

void uk_file_init(struct uk_file *file, const struct uk_file_ops *ops, uint32_t flags)
{
	*file = (struct uk_file){ .ops = ops, .refs = 1, .flags = flags };
	uk_poll_source_init(&file->poll);
}

void uk_file_get(struct uk_file *file)
{
	uk_fetch_add(&file->refs, 1);
}

/* Apart from the way of all other puts, which shall save no registers. */
static uk_noinline void end(struct uk_file *file)
{
	if (!file->ops->close)
		return;
	uk_poll_source_fini(&file->poll);
	file->ops->close(file);
}

void uk_file_put(struct uk_file *file)
{
	uint32_t before = uk_fetch_sub(&file->refs, 1);

	UK_ASSERT(before > 0);
	if (before == 1)
		end(file);
}

uint32_t uk_file_poll(struct uk_file *file)
{
	uint32_t now = file->ops->poll ? file->ops->poll(file) : UK_POLLIN | UK_POLLOUT;

	return now | (now & UK_POLLIN ? UK_POLLRDNORM : 0) | (now & UK_POLLOUT ? UK_POLLWRNORM : 0);
}

uk_nsec_t uk_file_deadline(const struct uk_file *file, unsigned int write)
{
	uk_nsec_t limit = uk_load(&file->timeout[write]);

	if (!CONFIG_LIB_CLOCK || limit == 0)
		return UK_NSEC_NEVER;
	return uk_clock_now() + limit;
}

int uk_file_wait(struct uk_file *file, uint32_t events, uk_nsec_t deadline)
{
	struct uk_poll_sleeper sleeper;
	struct uk_poll_entry entry;
	int err = 0;

	events |= UK_POLLERR | UK_POLLHUP;
	uk_poll_sleeper_init(&sleeper);
	uk_poll_entry_init(&entry, &sleeper, events);
	uk_poll_attach(&file->poll, &entry.waiter);
	while (err == 0 && !(uk_file_poll(file) & events))
		err = uk_poll_sleep(&sleeper, deadline);
	uk_poll_detach(&file->poll, &entry.waiter);
	return err;
}

/* Waits if the call may: 0, or an error. *deadline is found out at the first wait. */
static int wait(struct uk_file *file, unsigned int write, uk_nsec_t *deadline)
{
	if (uk_load(&file->flags) & UK_O_NONBLOCK)
		return -EAGAIN;
	if (*deadline == 0)
		*deadline = uk_file_deadline(file, write);
	return uk_file_wait(file, write ? UK_POLLOUT : UK_POLLIN, *deadline);
}

/* -EAGAIN came back: true if the call shall wait and has waited; else *n is the call's result. */
uk_inline bool again(struct uk_file *file, unsigned int write, uk_nsec_t *deadline, long *n)
{
	int err = wait(file, write, deadline);

	if (CONFIG_THREAD_INTERRUPT && err)
		*n = uk_file_unwaited(err, *deadline);
	return err == 0;
}

long uk_file_read(struct uk_file *file, struct uk_file_iter *to, int64_t offset)
{
	uk_nsec_t deadline = 0;
	long n;

	if ((file->flags & UK_O_ACCMODE) == UK_O_WRONLY)
		return -EBADF;
	if (!file->ops->read)
		return file->ops->getdents ? -EISDIR : -EINVAL;
	do
		n = file->ops->read(file, to, offset);
	while (CONFIG_POSIX_FD_BLOCK && n == -EAGAIN && again(file, 0, &deadline, &n));
	return n;
}

static bool is_quiet(struct uk_file *file, long done)
{
	return file->ops->ioctl &&
	       file->ops->ioctl(file, UK_FILE_IS_QUIET, (void *)(uintptr_t)done) == 0;
}

long uk_file_write(struct uk_file *file, struct uk_file_iter *from, int64_t offset)
{
	uk_nsec_t deadline = 0;
	long done = 0, n;

	if ((file->flags & UK_O_ACCMODE) == UK_O_RDONLY)
		return -EBADF;
	if (!file->ops->write)
		return -EINVAL;
	do {
		n = file->ops->write(file, from, offset < 0 ? offset : offset + done);
		if (n > 0)
			done += n;
		if (CONFIG_POSIX_FD_BLOCK && n == -EAGAIN && again(file, 1, &deadline, &n))
			n = 1;
	} while (n > 0 && from->total > 0);
	if (CONFIG_THREAD_INTERRUPT && n == -EPIPE && !is_quiet(file, done))
		uk_signal_raise(UK_SIGPIPE);
	return done > 0 ? done : n;
}
