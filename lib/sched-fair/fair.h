/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What the files of this library share.
 *
 * Each CPU has a queue of entities that wait for it, ordered by key. Of SCHED_FIFO and SCHED_RR
 * the key is 99 - level; of the others it is a virtual deadline, which is always larger: virtual
 * time is time on a CPU divided by weight, and an entity that has run until virtual time v gets
 * its next slice by v + share (start-time fair queueing: Goyal, Vin, Cheng, SIGCOMM 1996; in the
 * order of deadlines: Stoica, Abdel-Wahab, "Earliest Eligible Virtual Deadline First", 1995).
 * Virtual times of two queues have nothing to do with each other: who changes from one to
 * the other, or sleeps, takes along its distance from the queue's.
 *
 * An entity's fields are guarded by the lock of the queue that `cpu` names. `cpu` itself changes
 * under that lock and only while the entity is in no queue and does not run, by who will queue it.
 * Nobody holds two of these locks. All is done with interrupts off.
 *
 * SCHED_FIFO and SCHED_RR (and who is boosted as they are) have a heap of their own. When they have
 * had their part of a period they stand behind those of the other heap, while there are any.
 */

#include <uk/atomic.h>
#include <uk/clock.h>
#include <uk/pairing.h>
#include <uk/preempt.h>
#include <uk/sched.h>
#include <uk/spinlock.h>
#include <uk/timer.h>

#define SLICE       ((uk_nsec_t)CONFIG_SCHED_FAIR_SLICE_US * (uk_nsec_t)UK_NSEC_PER_USEC)
#define TURN        ((uk_nsec_t)(100 * UK_NSEC_PER_MSEC)) /* of SCHED_RR */
#define GRAIN       (SLICE / 4)                           /* a gain that is not worth a switch */
#define NORMAL      1024u                                 /* weight of nice 0 */
#define VTIME_START (1ll << 40) /* above all keys of SCHED_FIFO, whatever is subtracted */
#define URGENT_MAX  99u
#define NO_URGENCY  UINT64_MAX
#define PERIOD      ((uk_nsec_t)UK_NSEC_PER_SEC)
#define LIMITED     (CONFIG_SCHED_FAIR_FIFO_PERCENT < 100)
#define LIMIT       (PERIOD / 100 * CONFIG_SCHED_FAIR_FIFO_PERCENT)

/* uk_sched_entity.where */
enum { NOWHERE, QUEUED, RUNNING };
/* struct queue.heap */
enum { BY_SHARE, BY_LEVEL };

struct queue {
	struct uk_spinlock lock;
	struct uk_pairing *heap[2];      /* the first of each */
	struct uk_sched_entity *running; /* NULL: the CPU idles, or is between two */
	int64_t vtime;
	int64_t last; /* latest deadline that was given */
	int64_t front, back;
	uk_nsec_t charged; /* until when `running` has been charged */
	uk_nsec_t busy;    /* what has been charged in all */
	uk_nsec_t urgent;  /* to those of SCHED_FIFO and SCHED_RR, in the period */
	uk_nsec_t period;  /* which ends then */
	bool wish;         /* another one is to run; the CPU will be kicked */
	bool kicked;       /* a kick is on its way */
	/* Read by others without the lock. */
	uint32_t queued;
	uint64_t urgency; /* key of what runs, NO_URGENCY: nothing */
	/* The CPU's own. */
	bool idle; /* its bit of uk__sched_fair_idle may be set */
	bool online;
	uint64_t ticks;
	struct uk_timer slice;
} uk_aligned(64);

extern struct queue uk__sched_fair_queues[UK_CPUS_MAX];
/* Masks of CPUs: those that look for work or have found none; those that ever looked. */
extern uint64_t uk__sched_fair_idle;
extern uint64_t uk__sched_fair_online;
/* Entities of SCHED_FIFO and SCHED_RR that wait in queues. */
extern uint32_t uk__sched_fair_urgent;

uk_inline struct queue *uk__sched_fair_mine(void)
{
	return &uk__sched_fair_queues[uk_cpu_id()];
}

uk_inline bool uk__sched_fair_is_urgent(const struct uk_sched_entity *entity)
{
	return entity->level != 0;
}

uk_inline uint64_t uk__sched_fair_bit(unsigned int cpu)
{
	return 1ull << cpu;
}

/* The CPUs that it may run on, of those that there are; never none. */
uint64_t uk__sched_fair_allowed(const struct uk_sched_entity *entity);

/* Those of SCHED_FIFO and SCHED_RR have had what is theirs. Lock held. */
uk_inline bool uk__sched_fair_is_throttled(const struct queue *queue)
{
	return LIMITED && queue->urgent >= LIMIT;
}

/* NULL if there is none at that place. */
uk_inline struct uk_sched_entity *uk__sched_fair_entity(struct uk_pairing *place)
{
	return place ? UK_CONTAINER_OF(place, struct uk_sched_entity, place) : NULL;
}

/* The one that is next, NULL: none. Lock held. */
uk_inline struct uk_sched_entity *uk__sched_fair_first(const struct queue *queue)
{
	bool by_share = !queue->heap[BY_LEVEL] ||
			(queue->heap[BY_SHARE] && uk__sched_fair_is_throttled(queue));

	return uk__sched_fair_entity(queue->heap[by_share ? BY_SHARE : BY_LEVEL]);
}

/* fair.c. Lock of the queue held, but where said. */
/* The queue that the entity belongs to, locked. No lock held. */
struct queue *uk__sched_fair_lock(const struct uk_sched_entity *entity);
/* What runs there pays for its time until now. */
void uk__sched_fair_charge(struct queue *queue);
void uk__sched_fair_insert(struct queue *queue, struct uk_sched_entity *entity);
/* Of its virtual time from the queue's. */
int64_t uk__sched_fair_distance(const struct queue *queue, const struct uk_sched_entity *entity);
/* Leaves it NOWHERE, its virtual time a distance. */
void uk__sched_fair_remove(struct queue *queue, struct uk_sched_entity *entity);
/* Its virtual time is a distance: of this queue from now on, with a deadline. */
void uk__sched_fair_place(struct queue *queue, struct uk_sched_entity *entity, int64_t distance);
/* The queue's CPU has to look again. True: kick it when the lock is free. */
bool uk__sched_fair_look(struct queue *queue, bool wish);

/* param.c: weight and share of what param says. */
void uk__sched_fair_weigh(struct uk_sched_entity *entity);

/* place.c. No lock held. */
/* The CPU that it should be queued at. */
unsigned int uk__sched_fair_choose(const struct uk_sched_entity *entity);
/* Something for this CPU out of another one's queue, its stack left, in no queue and belonging to
 * this one; NULL: none. urgent: of SCHED_FIFO and SCHED_RR alone. */
struct uk_sched_entity *uk__sched_fair_steal(bool urgent);
/* One of this CPU's queue to where less waits, if there is such a place. */
void uk__sched_fair_spread(struct queue *queue);
/* Another CPU runs what is less urgent than this. */
bool uk__sched_fair_is_better_elsewhere(const struct uk_sched_entity *entity);
/* lib/smp's, or nothing on one CPU. */
void uk__sched_fair_kick(unsigned int cpu);
