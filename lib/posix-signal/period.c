/* SPDX-License-Identifier: BSD-3-Clause */
#include "period.h"
#include <uk/clock.h>
#include <uk/list.h>
#include <uk/sched.h>

/* Interrupts are not nearer to each other than this, so that there is time for something else. */
#define NEAREST (50 * (uk_nsec_t)UK_NSEC_PER_USEC)
/* CPU time is looked at this often at most. */
#define GRAIN (2 * (uk_nsec_t)UK_NSEC_PER_MSEC)

static void send(struct uk_signal_period *p, uint64_t missed)
{
	struct uk_signal_thread *to = NULL;

	if (p->entry.info.signo == 0)
		return;
	if (p->tid != 0) {
		to = uk__posix_signal_find(p->tid);
		if (!to)
			return; /* the thread has ended */
	}
	uk__posix_signal_post_owned(to, &p->entry, missed);
}

/* Lock held. */
static uk_nsec_t now_of(const struct uk_signal_period *p)
{
	const struct uk_signal_thread *t;
	uk_nsec_t ns = 0;

	if (!CONFIG_PREEMPT || p->clock == UK_PERIOD_TIME)
		return uk_clock_now();
	if (p->clock == UK_PERIOD_THREAD) {
		t = uk__posix_signal_find(p->clock_tid);
		return t && t->thread ? uk_sched_runtime(&t->thread->sched) : UK_NSEC_NEVER;
	}
	for (unsigned int cpu = 0; cpu < UK_CPUS_MAX; cpu++)
		ns += uk_sched_busy(cpu);
	return ns;
}

uk_nsec_t uk__posix_signal_period_now(const struct uk_signal_period *p)
{
	uk_irqflags_t flags = uk__posix_signal_lock();
	uk_nsec_t now = now_of(p);

	uk__posix_signal_unlock(flags);
	return now;
}

/* CPU time is looked at when it may have come: each CPU adds to that of the process. Whoever
 * sleeps is looked at again, but not often. Lock held. */
static void arm(struct uk_signal_period *p, uk_nsec_t now)
{
	uk_nsec_t left = p->deadline - now;

	if (CONFIG_PREEMPT && p->clock == UK_PERIOD_PROCESS)
		left /= UK_MAX(__builtin_popcountll(uk_sched_cpus()), 1);
	uk_timer_start(&p->timer, p->clock == UK_PERIOD_TIME
					  ? UK_MAX(p->deadline, now + NEAREST)
					  : uk_nsec_sum(uk_clock_now(), UK_MAX(left, GRAIN)));
}

/* In the timer's interrupt. */
static void go_off(void *arg)
{
	struct uk_signal_period *p = arg;
	uk_irqflags_t flags = uk__posix_signal_lock();
	uk_nsec_t now = now_of(p), missed;

	if (p->deadline != 0 && now < p->deadline) {
		arm(p, now);
	} else if (p->deadline != 0 && (p->interval == 0 || now == UK_NSEC_NEVER)) {
		p->deadline = 0;
		if (now != UK_NSEC_NEVER)
			send(p, 0);
	} else if (p->deadline != 0) {
		missed = (now - p->deadline) / p->interval;
		p->deadline = uk_nsec_sum(p->deadline, (missed + 1) * p->interval);
		send(p, (uint64_t)missed);
		arm(p, now);
	}
	uk__posix_signal_unlock(flags);
}

void uk__posix_signal_period_init(struct uk_signal_period *p, const struct uk_signal_info *info,
				  int32_t tid)
{
	uk_timer_init(&p->timer, go_off, p);
	uk_list_init(&p->entry.node);
	p->entry.info = *info;
	p->entry.owned = true;
	p->tid = tid;
}

void uk__posix_signal_period_set(struct uk_signal_period *p, uk_nsec_t deadline, uk_nsec_t interval)
{
	uk_irqflags_t flags = uk__posix_signal_lock();

	p->deadline = 0; /* from here on it does not start itself again */
	uk__posix_signal_unlock(flags);
	uk_timer_stop_sync(&p->timer);
	flags = uk__posix_signal_lock();
	p->deadline = deadline;
	p->interval = interval;
	if (deadline != 0 && deadline != UK_NSEC_NEVER && p->clock == UK_PERIOD_TIME)
		uk_timer_start(&p->timer, deadline);
	else if (deadline != 0 && deadline != UK_NSEC_NEVER)
		arm(p, now_of(p));
	uk__posix_signal_unlock(flags);
}

uk_nsec_t uk__posix_signal_period_left(struct uk_signal_period *p, uk_nsec_t *interval)
{
	uk_irqflags_t flags = uk__posix_signal_lock();
	uk_nsec_t left = p->deadline, now = now_of(p);

	if (interval)
		*interval = p->interval;
	uk__posix_signal_unlock(flags);
	/* On its way is not over. */
	return left == 0 ? 0 : UK_MAX(left - now, (uk_nsec_t)1);
}

void uk__posix_signal_period_fini(struct uk_signal_period *p)
{
	uk_irqflags_t flags;

	uk__posix_signal_period_set(p, 0, 0);
	flags = uk__posix_signal_lock();
	uk__posix_signal_queue_cancel(&p->entry);
	uk__posix_signal_unlock(flags);
}
