/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls of epoll(7).
 */

#include "epoll.h"
#include "watch.h"
#include <uk/clock.h>
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

#define PIECE 32u /* events that are collected at a time */

static long create(uint32_t flags)
{
	struct uk_epoll *ep = uk__posix_poll_epoll_create();

	return ep ? uk_fd_install(&ep->file, flags) : -ENOMEM;
}

UK_SYSCALL_FULL1(epoll_create, int, size)
{
	return size > 0 ? create(0) : -EINVAL;
}

UK_SYSCALL_FULL1(epoll_create1, uint32_t, flags)
{
	return flags & ~(uint32_t)UK_EPOLL_CLOEXEC ? -EINVAL : create(flags);
}

/* The set behind a descriptor, with a reference; NULL and *err. */
static struct uk_epoll *get(int fd, int *err)
{
	struct uk_file *file = uk_fd_get(fd);
	struct uk_epoll *ep = file ? uk__posix_poll_epoll_of(file) : NULL;

	if (file && !ep)
		uk_fd_put(file);
	*err = file ? -EINVAL : -EBADF;
	return ep;
}

UK_SYSCALL_FULL4(epoll_ctl, int, epfd, int, op, int, fd, const struct uk_epoll_event *, user)
{
	struct uk_epoll_event event = { 0 };
	struct uk_file *set, *file;
	int err = -EBADF;

	if (op != UK_EPOLL_CTL_DEL && uk_uaccess_read(&event, user, sizeof(event)))
		return -EFAULT;
	set = uk_fd_get(epfd);
	if (!set)
		return -EBADF;
	file = uk_fd_get(fd);
	if (file) {
		err = uk__posix_poll_epoll_ctl(set, op, fd, file, &event);
		uk_fd_put(file);
	}
	uk_fd_put(set);
	return err;
}

/* What is ready now, piece by piece into memory of the application. */
static long take(struct uk_epoll *ep, struct uk_epoll_event *user, unsigned int max)
{
	struct uk_epoll_event piece[PIECE];
	unsigned int done = 0, n, room;

	do {
		room = UK_MIN(max - done, PIECE);
		n = uk__posix_poll_epoll_take(ep, piece, room, done == 0);
		if (uk_uaccess_write(user + done, piece, n * sizeof(piece[0])))
			return -EFAULT;
		done += n;
	} while (n == room && done < max);
	return done;
}

static long wait(struct uk_epoll *ep, struct uk_epoll_event *user, unsigned int max, int ms)
{
	struct uk_poll_sleeper sleeper;
	struct uk_poll_entry entry;
	uk_nsec_t deadline;
	int err = 0;
	long n;

	uk_poll_pumps_run();
	n = take(ep, user, max);
	if (n != 0 || ms == 0)
		return n;
	deadline = uk__posix_poll_deadline_ms(ms);
	uk_poll_sleeper_init(&sleeper);
	uk_poll_entry_init(&entry, &sleeper, UK_POLLIN);
	uk_poll_attach(&ep->file.poll, &entry.waiter);
	while ((n = take(ep, user, max)) == 0 && err == 0)
		err = uk_poll_sleep(&sleeper, deadline);
	uk_poll_detach(&ep->file.poll, &entry.waiter);
	return CONFIG_THREAD_INTERRUPT && n == 0 && err == -EINTR ? err : n;
}

static long do_wait(int epfd, struct uk_epoll_event *user, int max, int ms)
{
	struct uk_epoll *ep;
	int err;
	long n;

	if (max <= 0 || max > INT32_MAX / (int)sizeof(*user))
		return -EINVAL;
	if (uk_uaccess_ok(user, (size_t)max * sizeof(*user)))
		return -EFAULT;
	ep = get(epfd, &err);
	if (!ep)
		return err;
	n = wait(ep, user, (unsigned int)max, ms);
	uk_fd_put(&ep->file);
	return n;
}

UK_SYSCALL_FULL4(epoll_wait, int, epfd, struct uk_epoll_event *, user, int, max, int, ms)
{
	return do_wait(epfd, user, max, ms);
}

UK_SYSCALL_FULL6(epoll_pwait, int, epfd, struct uk_epoll_event *, user, int, max, int, ms,
		 const uint64_t *, mask, size_t, size)
{
	int err = uk__posix_poll_mask_begin(mask, size);

	return err ? err : uk__posix_poll_mask_end(do_wait(epfd, user, max, ms));
}
