/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The cooperative scheduler: one first-in, first-out queue.
 */

#include <uk/atomic.h>
#include <uk/sched.h>
#include <uk/spinlock.h>

static struct {
	struct uk_spinlock lock;
	struct uk_list queue;
} coop = { UK_SPINLOCK_INIT, UK_LIST_INIT(coop.queue) };

/* Under the lock. An entity that another CPU is still leaving stays where it is. */
static struct uk_sched_entity *take_first(void)
{
	UK_LIST_FOREACH(node, &coop.queue) {
		struct uk_sched_entity *entity = UK_LIST_ENTRY(node, struct uk_sched_entity, node);

		/* Acquire: pairs with lib/thread's release when the stack is left. */
		if (CONFIG_LIB_SMP && uk_load_acquire(&entity->running))
			continue;
		uk_list_remove(node);
		return entity;
	}
	return NULL;
}

void uk_sched_ready(struct uk_sched_entity *entity)
{
	uk_spin_lock(&coop.lock);
	uk_list_append(&coop.queue, &entity->node);
	uk_spin_unlock(&coop.lock);
}

struct uk_sched_entity *uk_sched_pick(void)
{
	uk_spin_lock(&coop.lock);
	struct uk_sched_entity *next = take_first();
	uk_spin_unlock(&coop.lock);
	return next;
}

struct uk_sched_entity *uk_sched_yield(struct uk_sched_entity *running)
{
	uk_spin_lock(&coop.lock);
	struct uk_sched_entity *next = take_first();

	if (next)
		uk_list_append(&coop.queue, &running->node);
	uk_spin_unlock(&coop.lock);
	return next;
}

void uk_sched_block(struct uk_sched_entity *running)
{
	(void)running;
}
