/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Epoll sets. Nothing is scanned: a file's wake-up puts its item on the set's ready list, and
 * a wait looks at that list only.
 *
 * Locks, in this order: epoll.lock; the source's lock of a watched file; epoll.ready_lock;
 * the source's lock of the set itself. Files' poll() is called with epoll.lock held.
 */

#include <uk/abi/poll.h>
#include <uk/file.h>

struct uk_epoll {
	struct uk_file file;
	struct uk_spinlock lock; /* the items */
	struct uk_list items;
	uint32_t round; /* of the waits, to report each item once in each */
	struct uk_spinlock ready_lock;
	struct uk_list ready; /* items that may be ready */
};

/* A set; its file has one reference, the caller's. NULL: no memory. */
struct uk_epoll *uk__posix_poll_epoll_create(void);
/* The set of an epoll file, or NULL if it is none. */
struct uk_epoll *uk__posix_poll_epoll_of(struct uk_file *file);
/* -EPERM (a file that is always ready), then -EINVAL (`set` is none, `file` is one; unknown op),
 * -EEXIST, -ENOENT, -ENOMEM. Thread context. */
int uk__posix_poll_epoll_ctl(struct uk_file *set, int op, int fd, struct uk_file *file,
			     const struct uk_epoll_event *event);
/*
 * Up to `max` events that are true now; `first`: the first of the pieces of one wait. Never
 * blocks. Thread context.
 */
unsigned int uk__posix_poll_epoll_take(struct uk_epoll *ep, struct uk_epoll_event *out,
				       unsigned int max, bool first);
