/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timers of the program (POSIX.1-2017, XSH timer_create(), timer_settime()).
 */

#include "period.h"
#include <uk/clock.h>
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/sync.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

#define TIMERS 64

struct timer {
	struct uk_signal_period period;
	bool wall; /* absolute times are the wall clock's */
};

static struct {
	struct uk_mutex mutex;
	struct timer *timer[TIMERS]; /* mutex */
} timers = { .mutex = UK_MUTEX_INIT(timers.mutex) };

/* Mutex held. */
static struct timer *find(int32_t id)
{
	return id >= 0 && id < TIMERS ? timers.timer[id] : NULL;
}

static struct uk_timespec spec_of(uk_nsec_t ns)
{
	return (struct uk_timespec){ ns / (int64_t)UK_NSEC_PER_SEC, ns % (int64_t)UK_NSEC_PER_SEC };
}

/* The number that a clock of one process or thread has in it (posix-time's clock.c says how). */
#define NUMBER(clock) (~(clock) >> 3)

/* What counts the time of a clock: UK_PERIOD_*, and a thread; -EINVAL: it is not there. */
static int kind_of(int clock, int32_t *tid)
{
	*tid = uk__posix_signal_self()->tid;
	switch (clock) {
	case UK_CLOCK_REALTIME:
	case UK_CLOCK_MONOTONIC:
	case UK_CLOCK_BOOTTIME: return UK_PERIOD_TIME;
	case UK_CLOCK_PROCESS_CPUTIME_ID: return CONFIG_PREEMPT ? UK_PERIOD_PROCESS : -EINVAL;
	case UK_CLOCK_THREAD_CPUTIME_ID: return CONFIG_PREEMPT ? UK_PERIOD_THREAD : -EINVAL;
	default: break;
	}
	if (!CONFIG_PREEMPT || clock >= 0 || (clock & 3) == 3)
		return -EINVAL;
	if (!(clock & 4))
		return NUMBER(clock) == 0 || NUMBER(clock) == 1 ? UK_PERIOD_PROCESS : -EINVAL;
	if (NUMBER(clock) != 0)
		*tid = NUMBER(clock);
	return UK_PERIOD_THREAD;
}

static bool thread_is_there(int32_t tid)
{
	uk_irqflags_t flags = uk__posix_signal_lock();
	bool found = uk__posix_signal_find(tid) != NULL;

	uk__posix_signal_unlock(flags);
	return found;
}

static bool event_is_good(const struct uk_sigevent *event)
{
	if (event->notify == UK_SIGEV_NONE)
		return true;
	/* libc makes threads itself */
	if (event->notify != UK_SIGEV_SIGNAL && event->notify != UK_SIGEV_THREAD_ID)
		return false;
	return uk__posix_signal_valid(event->signo) &&
	       (event->notify == UK_SIGEV_SIGNAL || thread_is_there(event->tid));
}

/* Mutex held. A number, or -EAGAIN. */
static int32_t put(struct timer *timer)
{
	for (int32_t id = 0; id < TIMERS; id++) {
		if (!timers.timer[id]) {
			timers.timer[id] = timer;
			return id;
		}
	}
	return -EAGAIN;
}

struct wish {
	struct uk_sigevent event;
	bool has_value;
	bool wall;
	int kind;
	int32_t tid;
};

static int32_t make(const struct wish *wish)
{
	const struct uk_sigevent *event = &wish->event;
	struct timer *timer = uk_heap_zalloc(1, sizeof(*timer));
	struct uk_signal_info info = { .code = UK_SI_TIMER, .value = event->value };
	int32_t id;

	if (!timer)
		return -EAGAIN;
	timer->wall = wish->wall;
	uk_mutex_lock(&timers.mutex);
	id = put(timer);
	info.pid = id;
	info.signo = event->notify == UK_SIGEV_NONE ? 0 : event->signo;
	if (!wish->has_value)
		info.value = (uint64_t)id;
	uk__posix_signal_period_init(&timer->period, &info,
				     event->notify == UK_SIGEV_THREAD_ID ? event->tid : 0);
	timer->period.clock = (uint8_t)wish->kind;
	timer->period.clock_tid = wish->tid;
	uk_mutex_unlock(&timers.mutex);
	if (id < 0)
		uk_heap_free(timer);
	return id;
}

/* Mutex not held. */
static long destroy(int32_t id)
{
	struct timer *timer;

	uk_mutex_lock(&timers.mutex);
	timer = find(id);
	if (timer) {
		timers.timer[id] = NULL;
		uk__posix_signal_period_fini(&timer->period);
	}
	uk_mutex_unlock(&timers.mutex);
	uk_heap_free(timer);
	return timer ? 0 : -EINVAL;
}

UK_SYSCALL_FULL3(timer_create, int, clock, const struct uk_sigevent *, user, int32_t *, out)
{
	struct wish wish = { .event.signo = UK_SIGALRM, .has_value = user != NULL };
	int32_t id;

	wish.wall = clock == UK_CLOCK_REALTIME;
	wish.kind = kind_of(clock, &wish.tid);
	if (wish.kind < 0 || (wish.kind == UK_PERIOD_THREAD && !thread_is_there(wish.tid)))
		return -EINVAL;
	if (user && uk_uaccess_read(&wish.event, user, sizeof(wish.event)))
		return -EFAULT;
	if (!event_is_good(&wish.event))
		return -EINVAL;
	id = make(&wish);
	if (id >= 0 && uk_uaccess_write(out, &id, sizeof(id))) {
		destroy(id);
		return -EFAULT;
	}
	return id < 0 ? id : 0;
}

UK_SYSCALL_FULL1(timer_delete, int32_t, id)
{
	return destroy(id);
}

static struct uk_itimerspec state_of(struct timer *timer)
{
	uk_nsec_t interval, left = uk__posix_signal_period_left(&timer->period, &interval);

	return (struct uk_itimerspec){ spec_of(interval), spec_of(left) };
}

/* When it is to go off, on its clock; a point in the past is as good as now. */
static uk_nsec_t deadline_of(const struct timer *timer, const struct uk_timespec *value,
			     bool absolute)
{
	uk_nsec_t ns = uk_timespec_nsec(value), now = uk__posix_signal_period_now(&timer->period);

	if (ns == 0)
		return 0;
	if (!absolute)
		return uk_nsec_sum(now, ns);
	if (timer->wall && ns != UK_NSEC_NEVER)
		ns = ns - uk_clock_wall() + now;
	return UK_MAX(ns, (uk_nsec_t)1);
}

UK_SYSCALL_FULL4(timer_settime, int32_t, id, int, flags, const struct uk_itimerspec *, new,
		 struct uk_itimerspec *, old)
{
	struct uk_itimerspec wanted, before;
	struct timer *timer;

	if (uk_uaccess_read(&wanted, new, sizeof(wanted)))
		return -EFAULT;
	if (!uk_timespec_valid(&wanted.it_value) || !uk_timespec_valid(&wanted.it_interval))
		return -EINVAL;
	uk_mutex_lock(&timers.mutex);
	timer = find(id);
	if (timer) {
		before = state_of(timer);
		uk__posix_signal_period_set(
			&timer->period,
			deadline_of(timer, &wanted.it_value, flags & UK_TIMER_ABSTIME),
			uk_timespec_nsec(&wanted.it_interval));
	}
	uk_mutex_unlock(&timers.mutex);
	if (!timer)
		return -EINVAL;
	return old ? uk_uaccess_write(old, &before, sizeof(before)) : 0;
}

UK_SYSCALL_FULL2(timer_gettime, int32_t, id, struct uk_itimerspec *, out)
{
	struct uk_itimerspec now = { 0 };
	struct timer *timer;

	uk_mutex_lock(&timers.mutex);
	timer = find(id);
	if (timer)
		now = state_of(timer);
	uk_mutex_unlock(&timers.mutex);
	return timer ? uk_uaccess_write(out, &now, sizeof(now)) : -EINVAL;
}

UK_SYSCALL_FULL1(timer_getoverrun, int32_t, id)
{
	struct timer *timer;
	long n = -EINVAL;

	uk_mutex_lock(&timers.mutex);
	timer = find(id);
	if (timer)
		n = uk_load(&timer->period.entry.overrun);
	uk_mutex_unlock(&timers.mutex);
	return n;
}
