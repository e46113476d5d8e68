/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What an entity asks for.
 */

#include "fair.h"

/* 1024 / 1.25^nice: each step is a tenth of the CPU between two. */
static const uint32_t weights[40] = {
	88818, 71054, 56843, 45475, 36380, 29104, 23283, 18626, 14901, 11921,
	9537,  7629,  6104,  4883,  3906,  3125,  2500,  2000,  1600,  1280,
	1024,  819,   655,   524,   419,   336,   268,   215,   172,   137,
	110,   88,    70,    56,    45,    36,    29,    23,    18,    15,
};

void uk__sched_fair_weigh(struct uk_sched_entity *entity)
{
	int nice = UK_MAX(UK_MIN((int)entity->param.nice, 19), -20);
	bool levels = entity->param.policy == UK_SCHED_FIFO || entity->param.policy == UK_SCHED_RR;
	uint8_t own = levels ? entity->param.level : 0;

	uk_store(&entity->level, UK_MAX(own, entity->boost));
	entity->weight = entity->param.policy == UK_SCHED_IDLE ? 3 : weights[nice + 20];
	entity->share = (uint64_t)SLICE * NORMAL / entity->weight;
}

/* What is to change; NULL: that stays. */
struct change {
	const struct uk_sched_param *param;
	const uint64_t *cpus;
	const uint8_t *boost;
};

static void apply(struct uk_sched_entity *entity, const struct change *change)
{
	if (change->param) {
		entity->param = *change->param;
		entity->left = TURN;
		entity->priority = change->param->nice;
	}
	if (change->cpus)
		uk_store(&entity->cpus, *change->cpus);
	if (change->boost)
		entity->boost = *change->boost;
	uk__sched_fair_weigh(entity);
}

/* It runs there: the CPU has a look at whether it still should. True: kick it. */
static bool apply_running(struct queue *queue, struct uk_sched_entity *entity,
			  const struct change *change)
{
	int64_t distance = uk__sched_fair_distance(queue, entity);

	apply(entity, change);
	uk__sched_fair_place(queue, entity, distance);
	uk_store(&queue->urgency, entity->key);
	return uk__sched_fair_look(queue, true);
}

static void set(struct uk_sched_entity *entity, const struct change *change)
{
	uk_irqflags_t flags = uk_cpu_irq_save();
	struct queue *queue = uk__sched_fair_lock(entity);
	unsigned int cpu = uk_load(&entity->cpu);
	bool kick = false, queued = entity->where == QUEUED, fresh = !entity->weight;

	uk__sched_fair_charge(queue);
	if (fresh)
		entity->param.nice = (int8_t)entity->priority;
	if (queued)
		uk__sched_fair_remove(queue, entity);
	if (entity->where == RUNNING)
		kick = apply_running(queue, entity, change);
	else
		apply(entity, change);
	if (queued || fresh)
		entity->since = queue->charged;
	uk_spin_unlock(&queue->lock);
	if (kick)
		uk__sched_fair_kick(cpu);
	if (queued) {
		/* Acquire: pairs with lib/thread's release. Its CPU may be leaving its stack; only
		 * then may it be queued at another. */
		while (CONFIG_LIB_SMP && uk_load_acquire(&entity->running))
			uk_cpu_relax();
		uk_sched_ready(entity);
	}
	uk_cpu_irq_restore(flags);
	uk_preempt_check();
}

void uk_sched_set(struct uk_sched_entity *entity, const struct uk_sched_param *param,
		  const uint64_t *cpus)
{
	set(entity, &(struct change){ .param = param, .cpus = cpus });
}

void uk_sched_boost(struct uk_sched_entity *entity, unsigned int level)
{
	uint8_t boost = (uint8_t)level;

	/* Nobody else changes it meanwhile. */
	if (entity->boost == boost)
		return;
	set(entity, &(struct change){ .boost = &boost });
}

void uk_sched_inherit(struct uk_sched_entity *entity, struct uk_sched_entity *from)
{
	uk_irqflags_t flags = uk_cpu_irq_save();
	struct queue *queue = uk__sched_fair_lock(from);

	entity->param = from->param;
	uk_store(&entity->cpus, uk_load(&from->cpus));
	uk_spin_unlock(&queue->lock);
	uk_cpu_irq_restore(flags);
	uk_preempt_check();
	if (entity->priority)
		entity->param.nice = (int8_t)entity->priority;
	uk__sched_fair_weigh(entity);
}

uint64_t uk_sched_cpus(void)
{
	return uk_load(&uk__sched_fair_online);
}

void uk_sched_get(struct uk_sched_entity *entity, struct uk_sched_param *param, uint64_t *cpus)
{
	uk_irqflags_t flags = uk_cpu_irq_save();
	struct queue *queue = uk__sched_fair_lock(entity);

	*param = entity->param;
	*cpus = uk__sched_fair_allowed(entity);
	uk_spin_unlock(&queue->lock);
	uk_cpu_irq_restore(flags);
}

uk_nsec_t uk_sched_runtime(struct uk_sched_entity *entity)
{
	uk_irqflags_t flags = uk_cpu_irq_save();
	struct queue *queue = uk__sched_fair_lock(entity);

	if (entity->where == RUNNING)
		uk__sched_fair_charge(queue);
	uk_nsec_t ns = entity->runtime;

	uk_spin_unlock(&queue->lock);
	uk_cpu_irq_restore(flags);
	return ns;
}

uk_nsec_t uk_sched_busy(unsigned int cpu)
{
	struct queue *queue = &uk__sched_fair_queues[cpu];
	uk_irqflags_t flags = uk_spin_lock_irqsave(&queue->lock);

	if (queue->running)
		uk__sched_fair_charge(queue);
	uk_nsec_t ns = queue->busy;

	uk_spin_unlock_irqrestore(&queue->lock, flags);
	return ns;
}

uk_nsec_t uk_sched_turn(struct uk_sched_entity *entity)
{
	struct uk_sched_param param;
	uint64_t cpus;

	uk_sched_get(entity, &param, &cpus);
	if (param.policy == UK_SCHED_FIFO)
		return 0;
	return param.policy == UK_SCHED_RR ? TURN : SLICE;
}
