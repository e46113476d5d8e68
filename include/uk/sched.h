/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The order in which threads run: contract between lib/thread, which switches, and exactly one
 * scheduler (sched-coop, later sched-fair), which only chooses.
 *
 * Each thread embeds one entity. Fields marked "member" are the scheduler's alone and are zero
 * at first; the others are lib/thread's. Interrupts are off in every call below, and none of
 * them sleeps. Wake-ups come from any context but NMI and from any CPU: uk_sched_ready() takes
 * the member's own lock, and nothing else is held at that time but a wait queue's lock.
 */

#include <stdbool.h>
#include <uk/defs.h>
#include <uk/list.h>

struct uk_sched_entity {
	struct uk_list node; /* member: place in its queue */
	uint64_t key;        /* member: order within it (virtual time, deadline) */
	uint32_t running;    /* SMP: 1 while a CPU uses its stack, also on its way out */
	uint16_t cpu;        /* SMP: the CPU it runs on or ran on last */
	int16_t priority;    /* nice value, -20 (first) .. 19; set before it is first made ready */
};

/*
 * `entity` may run from now on: queue it. It is not running and in no queue. A member with
 * several CPUs chooses one here and wakes it.
 */
void uk_sched_ready(struct uk_sched_entity *entity);

/*
 * The entity that this CPU runs next, taken out of the queue; NULL: none, the CPU idles until an
 * interrupt and asks again. Never one that is `running` on another CPU.
 */
struct uk_sched_entity *uk_sched_pick(void);

/*
 * The running entity gives way but could go on: returns the one to run instead and queues
 * `running`, or NULL if it is to go on. (A member whose queues are shared must leave it alone
 * until its `running` is 0.)
 */
struct uk_sched_entity *uk_sched_yield(struct uk_sched_entity *running);

/* The running entity stops (it waits or ends); uk_sched_pick() follows. For accounting. */
void uk_sched_block(struct uk_sched_entity *running);
