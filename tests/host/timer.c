/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timers that never run, for libraries whose tests do not wait.
 */

#include <uk/timer.h>

void uk_timer_init(struct uk_timer *timer, void (*fn)(void *arg), void *arg)
{
	*timer = (struct uk_timer)UK_TIMER_INIT(fn, arg);
}

void uk_timer_start(struct uk_timer *timer, uk_nsec_t deadline)
{
	timer->deadline = deadline;
	timer->active = true;
}

bool uk_timer_stop(struct uk_timer *timer)
{
	bool was = timer->active;

	timer->active = false;
	return was;
}

bool uk_timer_stop_sync(struct uk_timer *timer)
{
	return uk_timer_stop(timer);
}

bool uk_timer_active(const struct uk_timer *timer)
{
	return timer->active;
}
