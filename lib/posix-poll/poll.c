/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * poll (POSIX.1-2017, XSH poll()) and ppoll.
 */

#include "watch.h"
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

/* One descriptor of the application's array: 1 if that is ready already, being no file. */
static int take(struct uk_watch *watch, const struct uk_pollfd *user)
{
	struct uk_pollfd pfd;

	if (uk_uaccess_read(&pfd, user, sizeof(pfd)))
		return -EFAULT;
	*watch = (struct uk_watch){ .events = (uint16_t)pfd.events };
	if (pfd.fd < 0)
		return 0;
	watch->file = uk_fd_get(pfd.fd);
	watch->revents = watch->file ? 0 : UK_POLLNVAL;
	return watch->revents != 0;
}

static long give(const struct uk_watch *watch, struct uk_pollfd *user, unsigned int count)
{
	long found = 0;

	for (unsigned int i = 0; i < count; i++) {
		int16_t revents = (int16_t)watch[i].revents;

		if (uk_uaccess_write(&user[i].revents, &revents, sizeof(revents)))
			return -EFAULT;
		found += revents != 0;
	}
	return found;
}

static long poll_with(struct uk_watch *watch, struct uk_pollfd *user, unsigned int count,
		      uk_nsec_t deadline)
{
	unsigned int taken = 0;
	bool ready = false;
	long n = 0;

	while (taken < count && (n = take(&watch[taken], &user[taken])) >= 0) {
		ready |= n > 0;
		taken++;
	}
	if (n >= 0) {
		n = uk__posix_poll_watch(watch, count, ready, deadline);
		if (n == 0)
			n = give(watch, user, count);
	}
	uk__posix_poll_unwatch(watch, taken);
	return n;
}

static long do_poll(struct uk_pollfd *user, unsigned long count, uk_nsec_t deadline)
{
	struct uk_watch few[UK_WATCH_FEW], *many;
	long n;

	if (count > UK_FD_MAX)
		return -EINVAL;
	if (count <= UK_WATCH_FEW)
		return poll_with(few, user, (unsigned int)count, deadline);
	many = uk_heap_zalloc(count, sizeof(*many));
	if (!many)
		return -ENOMEM;
	n = poll_with(many, user, (unsigned int)count, deadline);
	uk_heap_free(many);
	return n;
}

UK_SYSCALL_FULL3(poll, struct uk_pollfd *, fds, unsigned long, count, int, ms)
{
	return do_poll(fds, count, uk__posix_poll_deadline_ms(ms));
}

UK_SYSCALL_FULL5(ppoll, struct uk_pollfd *, fds, unsigned long, count, const struct uk_timespec *,
		 timeout, const uint64_t *, mask, size_t, size)
{
	uk_nsec_t deadline;
	int err = uk__posix_poll_deadline_ts(timeout, &deadline);

	if (err == 0)
		err = uk__posix_poll_mask_begin(mask, size);
	return err ? err : uk__posix_poll_mask_end(do_poll(fds, count, deadline));
}
