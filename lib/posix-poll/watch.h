/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Waiting for a list of files once: what poll and select are made of.
 */

#include <uk/errno.h>
#include <uk/file.h>
#include <uk/signal.h>

struct uk_watch {
	struct uk_file *file; /* a reference, or NULL: is skipped */
	uint32_t events;      /* wanted; ERR and HUP always are */
	uint32_t revents;     /* found */
	struct uk_poll_entry entry;
};

/* Watches on the stack; more come from the heap. */
#define UK_WATCH_FEW 8u

/* Fills in revents of those with a file; waits until one of them is not 0 or the deadline has
 * passed. `ready`: do not wait, one without a file counts. 0; -EINTR: a signal came first. Thread
 * context. */
int uk__posix_poll_wait(struct uk_watch *watch, unsigned int count, bool ready, uk_nsec_t deadline);
/* The same, and the compiler knows that nothing interrupts where there are no signals. */
uk_inline int uk__posix_poll_watch(struct uk_watch *watch, unsigned int count, bool ready,
				   uk_nsec_t deadline)
{
	int err = uk__posix_poll_wait(watch, count, ready, deadline);

	return CONFIG_THREAD_INTERRUPT ? err : 0;
}
/* Puts the files. */
void uk__posix_poll_unwatch(struct uk_watch *watch, unsigned int count);

/*
 * Deadlines from times that count from now: milliseconds (negative: never), seconds and
 * microseconds (not negative), a structure of the application's (NULL: never; 0, -EINVAL,
 * -EFAULT). Zero gives 0: do not wait.
 */
uk_nsec_t uk__posix_poll_deadline_ms(int ms);
uk_nsec_t uk__posix_poll_deadline_us(int64_t seconds, int64_t us);
struct uk_timespec;
int uk__posix_poll_deadline_ts(const struct uk_timespec *user, uk_nsec_t *deadline);

/*
 * A mask of signals for one call, where there are signals: `user` may be NULL. 0, -EFAULT, -EINVAL.
 * Then what the call returns goes through end().
 */
uk_inline int uk__posix_poll_mask_begin(const uint64_t *user, size_t size)
{
	return CONFIG_LIB_POSIX_SIGNAL ? uk_signal_mask_begin(user, size) : 0;
}

uk_inline long uk__posix_poll_mask_end(long result)
{
	if (CONFIG_LIB_POSIX_SIGNAL)
		uk_signal_mask_end(result == -EINTR);
	return result;
}
