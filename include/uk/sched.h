/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The order in which threads run: contract between lib/thread, which switches, and exactly one
 * scheduler (sched-coop, sched-fair), which only chooses.
 *
 * Each thread embeds one entity. Fields marked "member" are the scheduler's alone and are zero
 * at first; the others are lib/thread's. Interrupts are off in every call below but where said, and
 * none of them sleeps. Wake-ups come from any context but NMI and from any CPU: uk_sched_ready()
 * takes the member's own lock, and nothing else is held at that time but a wait queue's lock.
 */

#include <stdbool.h>
#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/defs.h>
#include <uk/list.h>
#include <uk/pairing.h>

/* Policies, numbered as in Linux's ABI. */
#define UK_SCHED_OTHER 0 /* shares, by nice value */
#define UK_SCHED_FIFO  1 /* before all of those, by level, until it waits or yields */
#define UK_SCHED_RR    2 /* the same, in turns among those of its level */
#define UK_SCHED_BATCH 3 /* as OTHER, but never in the place of one that runs */
#define UK_SCHED_IDLE  5 /* less than nice 19 */

struct uk_sched_param {
	uint8_t policy;
	uint8_t level; /* 1 .. 99 (first) for FIFO and RR, else 0 */
	int8_t nice;   /* -20 (first) .. 19; kept where the policy does not use it */
};

struct uk_sched_entity {
	union { /* member: place in its queue, which is a list or a heap */
		struct uk_list node;
#if CONFIG_PREEMPT
		struct uk_pairing place;
#endif
	};
	uint64_t key;     /* member: order within it (virtual time, deadline) */
	uint32_t running; /* SMP: 1 while a CPU uses its stack, also on its way out */
	uint16_t cpu;     /* member */
	int16_t priority; /* nice value, -20 (first) .. 19, before it is first made ready */
#if CONFIG_PREEMPT
	/* Of preemptive members: */
	int64_t turn;      /* order among those of equal key */
	int64_t vtime;     /* virtual time; while it waits: its distance from its queue's */
	uint64_t share;    /* virtual length of one slice */
	uk_nsec_t since;   /* it waits since */
	uk_nsec_t runtime; /* time on CPUs */
	uk_nsec_t left;    /* of a turn (RR) */
	uint64_t cpus;     /* mask of those that it may run on; 0: all */
	uint32_t weight;   /* 0: not used yet */
	struct uk_sched_param param;
	uint8_t boost; /* uk_sched_boost() */
	uint8_t level; /* with that; 0: by shares */
	uint8_t where;
#endif
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

/*
 * What a preemptive member (one that selects PREEMPT) has beside. It sets uk_cpu_preempt_want()
 * where another entity is to run on this CPU, and uk_sched_preempt() follows.
 */

/* This CPU runs `entity`, which never was in a queue: the boot CPU's first one. */
void uk_sched_adopt(struct uk_sched_entity *entity);

/* `entity`, which was never made ready, asks for what `from` does; but its nice value is `priority`
 * if that is not 0. Interrupts in any state. */
void uk_sched_inherit(struct uk_sched_entity *entity, struct uk_sched_entity *from);

/* As uk_sched_yield(), for one that was not asked. */
struct uk_sched_entity *uk_sched_preempt(struct uk_sched_entity *running);

/* The running entity may not, or should not, go on here: it is to be made ready anew when its
 * stack is left. */
bool uk_sched_is_misplaced(const struct uk_sched_entity *running);

/* This CPU was kicked (uk_smp_kick()). Irq context. */
void uk_sched_kicked(void);

/*
 * Change what `entity` asks for, wherever it is; NULL: that stays. `cpus` is a mask; CPUs that
 * there are not do not matter, and if none of it is there, all may be used. Takes effect at once,
 * but on the calling CPU itself where preemption is allowed again. Any context but NMI, interrupts
 * in any state.
 */
void uk_sched_set(struct uk_sched_entity *entity, const struct uk_sched_param *param,
		  const uint64_t *cpus);
/*
 * `entity` counts as one of SCHED_FIFO of this level (1 .. 99) where what it asks for is less;
 * 0: no more. For who has what others wait for (<uk/pi.h>), under whose lock it is called, and by
 * no one else. As above.
 */
void uk_sched_boost(struct uk_sched_entity *entity, unsigned int level);
/* Its level with that, 0: it runs by shares. Any context, without locks. */
#if CONFIG_PREEMPT
uk_inline unsigned int uk_sched_level(const struct uk_sched_entity *entity)
{
	return uk_load(&entity->level);
}
#else
uk_inline unsigned int uk_sched_level(const struct uk_sched_entity *entity)
{
	(void)entity;
	return 0;
}
#endif
/* What was set; and in *cpus those of the mask that there are. */
void uk_sched_get(struct uk_sched_entity *entity, struct uk_sched_param *param, uint64_t *cpus);
/* The CPUs that there are. Any context. */
uint64_t uk_sched_cpus(void);

/* Time that it has had a CPU for, until now. Any context but NMI, interrupts in any state. */
uk_nsec_t uk_sched_runtime(struct uk_sched_entity *entity);
/* Time that this CPU (less than UK_CPUS_MAX) has run entities for. As above. */
uk_nsec_t uk_sched_busy(unsigned int cpu);
/* How often the end of a slice has interrupted that CPU (less than UK_CPUS_MAX): never where one
 * thread runs alone. A statistic. Any context. */
uint64_t uk_sched_ticks(unsigned int cpu);
/* Length of a turn of that entity, 0: it has no end. */
uk_nsec_t uk_sched_turn(struct uk_sched_entity *entity);
