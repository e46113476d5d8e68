/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads of the host as threads: a test gives each of its CPUs a struct uk_thread with
 * uk_cpu_thread_set(), and wait queues and locks then work among them. Waiting is polling.
 */

#include "../../lib/thread/switch.h"
#include <sched.h>
#include <uk/host.h>
#include <uk/thread.h>

void uk__thread_block(uint32_t *woken)
{
	struct uk_thread *self = uk_thread_self();
	uint32_t done = 0;

	while (!done) {
		uk_irqflags_t flags = uk_spin_lock_irqsave(&self->lock);

		done = *woken;
		uk_spin_unlock_irqrestore(&self->lock, flags);
		sched_yield();
	}
}

void uk__thread_unblock(struct uk_thread *thread, uint32_t *woken)
{
	uk_spin_lock(&thread->lock);
	*woken = 1;
	uk_spin_unlock(&thread->lock);
}

void (*uk_host_preempt)(void);

/* The host preempts its threads itself. */
void uk_thread_preempt(void)
{
	if (uk_host_preempt)
		uk_host_preempt();
}

void uk_thread_yield(void)
{
	sched_yield();
}
