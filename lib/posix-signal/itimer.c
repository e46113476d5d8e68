/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The three timers of the process (POSIX.1-2017, XSH alarm(), setitimer()). CPU time is that of a
 * preemptive scheduler, all of it the program's; with another, ITIMER_VIRTUAL and ITIMER_PROF are
 * refused.
 */

#include "period.h"
#include <uk/clock.h>
#include <uk/errno.h>
#include <uk/init.h>
#include <uk/sync.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

static struct uk_mutex mutex = UK_MUTEX_INIT(mutex);
static struct uk_signal_period timers[3]; /* by UK_ITIMER_*; mutex */

static uk_nsec_t nsec_of(const struct uk_timeval *tv)
{
	return uk_timespec_nsec(
		&(struct uk_timespec){ tv->tv_sec, tv->tv_usec * (int64_t)UK_NSEC_PER_USEC });
}

/* Up: what is left must not look like nothing. */
static struct uk_timeval timeval_of(uk_nsec_t ns)
{
	uk_nsec_t us = ns / 1000 + (ns % 1000 != 0);

	return (struct uk_timeval){ us / 1000000, us % 1000000 };
}

static bool valid(const struct uk_timeval *tv)
{
	return tv->tv_sec >= 0 && tv->tv_usec >= 0 && tv->tv_usec < 1000000;
}

static bool is_there(int which)
{
	return which == UK_ITIMER_REAL ||
	       (CONFIG_PREEMPT && (which == UK_ITIMER_VIRTUAL || which == UK_ITIMER_PROF));
}

static void set(struct uk_signal_period *p, uk_nsec_t value, uk_nsec_t interval)
{
	uk_nsec_t now = uk__posix_signal_period_now(p);

	uk__posix_signal_period_set(p, value ? uk_nsec_sum(now, value) : 0, interval);
}

static struct uk_itimerval state_of(struct uk_signal_period *p)
{
	uk_nsec_t interval, left = uk__posix_signal_period_left(p, &interval);

	return (struct uk_itimerval){ timeval_of(interval), timeval_of(left) };
}

UK_SYSCALL_FULL3(setitimer, int, which, const struct uk_itimerval *, new, struct uk_itimerval *,
		 old)
{
	struct uk_itimerval wanted = { 0 }, before;

	if (!is_there(which))
		return -EINVAL;
	if (new && uk_uaccess_read(&wanted, new, sizeof(wanted)))
		return -EFAULT;
	if (!valid(&wanted.it_value) || !valid(&wanted.it_interval))
		return -EINVAL;
	uk_mutex_lock(&mutex);
	before = state_of(&timers[which]);
	set(&timers[which], nsec_of(&wanted.it_value), nsec_of(&wanted.it_interval));
	uk_mutex_unlock(&mutex);
	return old ? uk_uaccess_write(old, &before, sizeof(before)) : 0;
}

UK_SYSCALL_FULL2(getitimer, int, which, struct uk_itimerval *, out)
{
	struct uk_itimerval value;

	if (!is_there(which))
		return -EINVAL;
	value = state_of(&timers[which]);
	return uk_uaccess_write(out, &value, sizeof(value));
}

/* The rest in whole seconds, the nearest but not 0, as Linux has it. */
UK_SYSCALL_FULL1(alarm, uint32_t, seconds)
{
	uk_nsec_t left;

	uk_mutex_lock(&mutex);
	left = uk__posix_signal_period_left(&timers[UK_ITIMER_REAL], NULL);
	set(&timers[UK_ITIMER_REAL], seconds * (uk_nsec_t)UK_NSEC_PER_SEC, 0);
	uk_mutex_unlock(&mutex);
	return left == 0 ? 0 : UK_MAX((left + 500000000) / (uk_nsec_t)UK_NSEC_PER_SEC, 1l);
}

static int itimer_init(void)
{
	static const int signals[3] = { UK_SIGALRM, UK_SIGVTALRM, UK_SIGPROF };

	for (int i = 0; i < 3; i++) {
		struct uk_signal_info info = { .signo = signals[i], .code = UK_SI_KERNEL };

		uk__posix_signal_period_init(&timers[i], &info, 0);
		timers[i].clock = i == UK_ITIMER_REAL ? UK_PERIOD_TIME : UK_PERIOD_PROCESS;
	}
	return 0;
}
UK_INIT(SERVICE, itimer_init);
