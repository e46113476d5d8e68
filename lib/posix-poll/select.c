/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * select and pselect (POSIX.1-2017, XSH pselect()). The timeout is not written back.
 */

#include "watch.h"
#include <uk/abi/time.h>
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

/* What makes a descriptor ready for reading, writing, exceptions; the order of the arguments. */
static const uint32_t meaning[3] = {
	UK_POLLIN | UK_POLLHUP | UK_POLLERR,
	UK_POLLOUT | UK_POLLERR,
	UK_POLLPRI,
};

struct sets {
	struct uk_fd_set *user[3];
	struct uk_fd_set in[3];
	unsigned int words;
};

static int load(struct sets *s, unsigned int nfds)
{
	s->words = (nfds + 63) / 64;
	for (int k = 0; k < 3; k++) {
		s->in[k] = (struct uk_fd_set){ 0 };
		if (s->user[k] && uk_uaccess_read(&s->in[k], s->user[k], s->words * 8))
			return -EFAULT;
		if (nfds % 64 != 0)
			s->in[k].bits[nfds / 64] &= (1ull << nfds % 64) - 1;
	}
	return 0;
}

static uint64_t any(const struct sets *s, unsigned int word)
{
	return s->in[0].bits[word] | s->in[1].bits[word] | s->in[2].bits[word];
}

static unsigned int count_bits(const struct sets *s)
{
	unsigned int n = 0;

	for (unsigned int w = 0; w < s->words; w++)
		for (uint64_t bits = any(s, w); bits; bits &= bits - 1)
			n++;
	return n;
}

/* Calls fn for each descriptor that is in a set of `by`, in order; stops at an error. */
static int each(const struct sets *by, struct sets *s, struct uk_watch *watch,
		int (*fn)(struct sets *s, unsigned int fd, struct uk_watch *watch))
{
	int err = 0;

	for (unsigned int w = 0; w < by->words && err == 0; w++)
		for (uint64_t bits = any(by, w); bits && err == 0; bits &= bits - 1)
			err = fn(s, w * 64 + (unsigned int)__builtin_ctzll(bits), watch++);
	return err;
}

static bool in_set(const struct sets *s, int k, unsigned int fd)
{
	return s->in[k].bits[fd / 64] >> (fd % 64) & 1;
}

static int take(struct sets *s, unsigned int fd, struct uk_watch *watch)
{
	watch->file = uk_fd_get((int)fd);
	for (int k = 0; k < 3; k++)
		if (in_set(s, k, fd))
			watch->events |= meaning[k];
	return watch->file ? 0 : -EBADF;
}

/* Leaves in the sets what is ready; watch->revents becomes the number of sets. */
static int give(struct sets *s, unsigned int fd, struct uk_watch *watch)
{
	uint32_t found = 0;

	for (int k = 0; k < 3; k++) {
		if (!in_set(s, k, fd))
			continue;
		if (watch->revents & meaning[k])
			found++;
		else
			s->in[k].bits[fd / 64] &= ~(1ull << (fd % 64));
	}
	watch->revents = found;
	return 0;
}

static int store(const struct sets *s)
{
	for (int k = 0; k < 3; k++)
		if (s->user[k] && uk_uaccess_write(s->user[k], &s->in[k], s->words * 8))
			return -EFAULT;
	return 0;
}

static long select_with(struct sets *s, struct uk_watch *watch, unsigned int count,
			uk_nsec_t deadline)
{
	struct sets before = *s; /* give() clears bits of the other */
	long n = each(&before, s, watch, take);

	if (n == 0)
		n = uk__posix_poll_watch(watch, count, false, deadline);
	if (n == 0) {
		each(&before, s, watch, give);
		n = store(s);
		for (unsigned int i = 0; i < count && n >= 0; i++)
			n += watch[i].revents;
	}
	uk__posix_poll_unwatch(watch, count);
	return n;
}

static long do_select(int nfds, struct sets *s, uk_nsec_t deadline)
{
	struct uk_watch few[UK_WATCH_FEW] = { 0 }, *many;
	unsigned int count;
	long n;

	if (nfds < 0)
		return -EINVAL;
	n = load(s, UK_MIN((unsigned int)nfds, (unsigned int)UK_FD_SETSIZE));
	if (n)
		return n;
	count = count_bits(s);
	if (count <= UK_WATCH_FEW)
		return select_with(s, few, count, deadline);
	many = uk_heap_zalloc(count, sizeof(*many));
	if (!many)
		return -ENOMEM;
	n = select_with(s, many, count, deadline);
	uk_heap_free(many);
	return n;
}

UK_SYSCALL_FULL5(select, int, nfds, struct uk_fd_set *, in, struct uk_fd_set *, out,
		 struct uk_fd_set *, except, const struct uk_timeval *, timeout)
{
	struct sets s = { .user = { in, out, except } };
	uk_nsec_t deadline = UK_NSEC_NEVER;
	struct uk_timeval tv;

	if (timeout) {
		if (uk_uaccess_read(&tv, timeout, sizeof(tv)))
			return -EFAULT;
		if (tv.tv_sec < 0 || tv.tv_usec < 0)
			return -EINVAL;
		deadline = uk__posix_poll_deadline_us(tv.tv_sec, tv.tv_usec);
	}
	return do_select(nfds, &s, deadline);
}

/* The sixth argument's target: Linux has the mask and its size there. */
struct mask {
	const uint64_t *set;
	size_t size;
};

UK_SYSCALL_FULL6(pselect6, int, nfds, struct uk_fd_set *, in, struct uk_fd_set *, out,
		 struct uk_fd_set *, except, const struct uk_timespec *, timeout,
		 const struct mask *, user)
{
	struct sets s = { .user = { in, out, except } };
	uk_nsec_t deadline;
	struct mask mask = { 0 };
	int err = uk__posix_poll_deadline_ts(timeout, &deadline);

	if (CONFIG_LIB_POSIX_SIGNAL && err == 0 && user)
		err = uk_uaccess_read(&mask, user, sizeof(mask));
	if (err == 0)
		err = uk__posix_poll_mask_begin(mask.set, mask.size);
	return err ? err : uk__posix_poll_mask_end(do_select(nfds, &s, deadline));
}
