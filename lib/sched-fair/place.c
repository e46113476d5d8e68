/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Which CPU: by choice when something becomes ready, by theft when a CPU has nothing to do, and by
 * spreading what waits where much does.
 */

#include "fair.h"
#include <uk/cpustart.h>

#define LOOKED_AT 32 /* of a queue, in search of one that may run here */

void uk__sched_fair_kick(unsigned int cpu)
{
	if (CONFIG_LIB_SMP)
		uk_smp_kick(cpu);
}

static uint32_t load_of(unsigned int cpu)
{
	const struct queue *queue = &uk__sched_fair_queues[cpu];

	return uk_load(&queue->queued) + (uk_load(&queue->urgency) != NO_URGENCY);
}

/* The CPU of the mask, which is not empty, that comes next after `cpu`. */
static unsigned int next_of(uint64_t mask, unsigned int cpu)
{
	uint64_t above = cpu < 63 ? mask >> (cpu + 1) << (cpu + 1) : 0;

	return (unsigned int)__builtin_ctzll(above ? above : mask);
}

static unsigned int least_loaded(uint64_t allowed, unsigned int first)
{
	unsigned int best = allowed & uk__sched_fair_bit(first) ? first : next_of(allowed, first);
	uint32_t load = load_of(best);

	for (uint64_t rest = allowed; rest; rest &= rest - 1) {
		unsigned int cpu = (unsigned int)__builtin_ctzll(rest);

		if (load_of(cpu) < load) {
			best = cpu;
			load = load_of(cpu);
		}
	}
	return best;
}

static unsigned int least_urgent(uint64_t allowed, unsigned int first)
{
	unsigned int best = allowed & uk__sched_fair_bit(first) ? first : next_of(allowed, first);
	uint64_t urgency = uk_load(&uk__sched_fair_queues[best].urgency);

	for (uint64_t rest = allowed; rest; rest &= rest - 1) {
		unsigned int cpu = (unsigned int)__builtin_ctzll(rest);
		uint64_t here = uk_load(&uk__sched_fair_queues[cpu].urgency);

		/* What has a deadline is equally little urgent. */
		if (here > urgency && urgency <= URGENT_MAX) {
			best = cpu;
			urgency = here;
		}
	}
	return best;
}

unsigned int uk__sched_fair_choose(const struct uk_sched_entity *entity)
{
	uint64_t allowed = uk__sched_fair_allowed(entity);
	uint64_t idle = uk_load(&uk__sched_fair_idle) & allowed;
	unsigned int last = uk_load(&entity->cpu);

	if (idle & uk__sched_fair_bit(last))
		return last;
	if (idle)
		return next_of(idle, last);
	if (uk__sched_fair_is_urgent(entity))
		return least_urgent(allowed, last);
	/* Its data may be there still. */
	if ((allowed & uk__sched_fair_bit(last)) && entity->weight &&
	    uk_load(&uk__sched_fair_queues[last].queued) == 0)
		return last;
	return least_loaded(allowed, last);
}

bool uk__sched_fair_is_better_elsewhere(const struct uk_sched_entity *entity)
{
	uint64_t others = uk__sched_fair_allowed(entity) & ~uk__sched_fair_bit(uk_cpu_id());

	for (; others; others &= others - 1) {
		unsigned int cpu = (unsigned int)__builtin_ctzll(others);

		if (uk_load(&uk__sched_fair_queues[cpu].urgency) > URGENT_MAX)
			return true;
	}
	return false;
}

/* The first of the heap that may run on one of `cpus`, or NULL. Lock held. */
static struct uk_sched_entity *find_in(struct uk_pairing *place, uint64_t cpus)
{
	for (int i = 0; place && i < LOOKED_AT; i++) {
		struct uk_sched_entity *entity = uk__sched_fair_entity(place);

		if (uk__sched_fair_allowed(entity) & cpus)
			return entity;
		place = uk_pairing_after(place);
	}
	return NULL;
}

static struct uk_sched_entity *find(const struct queue *queue, uint64_t cpus, bool urgent)
{
	struct uk_sched_entity *entity = find_in(queue->heap[BY_LEVEL], cpus);

	return entity || urgent ? entity : find_in(queue->heap[BY_SHARE], cpus);
}

static struct uk_sched_entity *steal_from(unsigned int cpu, bool urgent)
{
	struct queue *queue = &uk__sched_fair_queues[cpu];
	unsigned int here = uk_cpu_id();

	if (uk_load(&queue->queued) == 0)
		return NULL;
	uk_spin_lock(&queue->lock);
	struct uk_sched_entity *entity = find(queue, uk__sched_fair_bit(here), urgent);

	if (entity) {
		uk__sched_fair_remove(queue, entity);
		/* Release: pairs with uk__sched_fair_lock(). */
		uk_store_release(&entity->cpu, (uint16_t)here);
	}
	uk_spin_unlock(&queue->lock);
	/* Acquire: pairs with lib/thread's release. That CPU may be leaving its stack, and waits
	 * for nobody: what this one leaves is in no queue. */
	while (entity && uk_load_acquire(&entity->running))
		uk_cpu_relax();
	return entity;
}

struct uk_sched_entity *uk__sched_fair_steal(bool urgent)
{
	unsigned int here = uk_cpu_id();
	uint64_t others = uk_load(&uk__sched_fair_online) & ~uk__sched_fair_bit(here);
	struct uk_sched_entity *entity = NULL;

	/* Before the look at the queues: pairs with the barrier in uk_sched_ready(). */
	if (!urgent) {
		uk__sched_fair_queues[here].idle = true;
		__atomic_fetch_or(&uk__sched_fair_idle, uk__sched_fair_bit(here), __ATOMIC_SEQ_CST);
	}
	for (unsigned int cpu = here; others && !entity; others &= ~uk__sched_fair_bit(cpu)) {
		cpu = next_of(others, cpu);
		entity = steal_from(cpu, urgent);
	}
	return entity;
}

void uk__sched_fair_spread(struct queue *queue)
{
	unsigned int here = uk_cpu_id();
	uint64_t others = uk_load(&uk__sched_fair_online) & ~uk__sched_fair_bit(here);

	if (!others || uk_load(&queue->queued) < 2)
		return;
	unsigned int there = least_loaded(others, next_of(others, here));

	if (load_of(there) + 2 > load_of(here))
		return;
	uk_spin_lock(&queue->lock);
	struct uk_sched_entity *entity = find(queue, uk__sched_fair_bit(there), false);

	if (entity) {
		uk__sched_fair_remove(queue, entity);
		entity->since = queue->charged;
	}
	uk_spin_unlock(&queue->lock);
	/* Its stack was left long ago: this CPU has switched since, or it was queued without. */
	if (entity)
		uk_sched_ready(entity);
}
