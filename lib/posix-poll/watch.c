/* SPDX-License-Identifier: BSD-3-Clause */
#include "watch.h"
#include <uk/abi/time.h>
#include <uk/clock.h>
#include <uk/errno.h>
#include <uk/uaccess.h>

/* Look at all; true if one is ready. */
static bool look(struct uk_watch *watch, unsigned int count)
{
	bool ready = false;

	for (unsigned int i = 0; i < count; i++) {
		uint32_t wanted = watch[i].events | UK_POLLERR | UK_POLLHUP;

		if (!watch[i].file)
			continue;
		watch[i].revents = uk_file_poll(watch[i].file) & wanted;
		ready |= watch[i].revents != 0;
	}
	return ready;
}

static int sleep_on(struct uk_watch *watch, unsigned int count, uk_nsec_t deadline)
{
	struct uk_poll_sleeper sleeper;
	int err = 0;

	uk_poll_sleeper_init(&sleeper);
	for (unsigned int i = 0; i < count; i++) {
		if (!watch[i].file)
			continue;
		uk_poll_entry_init(&watch[i].entry, &sleeper, watch[i].events);
		uk_poll_attach(&watch[i].file->poll, &watch[i].entry.waiter);
	}
	while (!look(watch, count) && (err = uk_poll_sleep(&sleeper, deadline)) == 0)
		continue;
	for (unsigned int i = 0; i < count; i++) {
		if (watch[i].file)
			uk_poll_detach(&watch[i].file->poll, &watch[i].entry.waiter);
	}
	return err;
}

/* Attaching costs as much as looking: it is done only when nothing is ready yet. */
int uk__posix_poll_wait(struct uk_watch *watch, unsigned int count, bool ready, uk_nsec_t deadline)
{
	int err = 0;

	uk_poll_pumps_run();
	ready |= look(watch, count);
	if (!ready && (deadline == UK_NSEC_NEVER || deadline > uk_clock_now()))
		err = sleep_on(watch, count, deadline);
	return err == -EINTR ? err : 0;
}

void uk__posix_poll_unwatch(struct uk_watch *watch, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (watch[i].file)
			uk_fd_put(watch[i].file);
	}
}

/* `a` and `b` nanoseconds from now; 0 stays 0, which is in the past. */
static uk_nsec_t from_now(uk_nsec_t a, uk_nsec_t b)
{
	uk_nsec_t ns;

	if (__builtin_add_overflow(a, b, &ns) || ns > UK_NSEC_NEVER / 2)
		return UK_NSEC_NEVER;
	return ns == 0 ? 0 : uk_clock_now() + ns;
}

static uk_nsec_t times(int64_t n, uint64_t unit)
{
	uk_nsec_t ns;

	return __builtin_mul_overflow(n, (int64_t)unit, &ns) ? UK_NSEC_NEVER : ns;
}

uk_nsec_t uk__posix_poll_deadline_ms(int ms)
{
	return ms < 0 ? UK_NSEC_NEVER : from_now(times(ms, UK_NSEC_PER_MSEC), 0);
}

uk_nsec_t uk__posix_poll_deadline_us(int64_t seconds, int64_t us)
{
	return from_now(times(seconds, UK_NSEC_PER_SEC), times(us, UK_NSEC_PER_USEC));
}

int uk__posix_poll_deadline_ts(const struct uk_timespec *user, uk_nsec_t *deadline)
{
	struct uk_timespec ts;

	*deadline = UK_NSEC_NEVER;
	if (!user)
		return 0;
	if (uk_uaccess_read(&ts, user, sizeof(ts)))
		return -EFAULT;
	if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec >= (int64_t)UK_NSEC_PER_SEC)
		return -EINVAL;
	*deadline = from_now(times(ts.tv_sec, UK_NSEC_PER_SEC), ts.tv_nsec);
	return 0;
}
