/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * An interrupt has come.
 */

#include "vectors.h"
#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/log.h>
#include <uk/preempt.h>
#include <uk/trap.h>

/* A level-triggered line is a storm if it interrupts so often within so many cycles: 300,000
 * times a second at 2.4 GHz. Messages and edges cannot hang the machine that way. */
#define STORM_COUNT  (1u << 17)
#define STORM_CYCLES (1ull << 30)

struct uk__irq_vector uk__irq_vectors[UK__IRQ_VECTORS];
const struct uk_irqchip *uk__irq_chip;

static struct {
	uint32_t depth;
	uint64_t count;
} cpus[UK_CPUS_MAX];

bool uk_irq_in_handler(void)
{
	uk_preempt_disable();
	bool in_handler = uk_load(&cpus[uk_cpu_id()].depth) != 0;
	uk_preempt_enable();
	return in_handler;
}

uint64_t uk_irq_count(void)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < UK_CPUS_MAX; i++)
		sum += uk_load(&cpus[i].count);
	return sum;
}

uint64_t uk_irq_count_on(unsigned int cpu)
{
	return uk_load(&cpus[cpu].count);
}

/* What has been said about a vector, once each. */
#define SAID_STRAY 1u
#define SAID_STORM 2u

static bool first_time(struct uk__irq_vector *v, uint32_t said)
{
	return (uk_fetch_or(&v->said, said) & said) == 0;
}

/* No handler: one that was on its way when it was freed, or a device that nobody knows. */
static void stray(struct uk__irq_vector *v, unsigned int vector)
{
	if (first_time(v, SAID_STRAY))
		uk_warn("interrupt on vector %u that nobody asked for", vector);
}

static uk_noinline void check_storm(struct uk__irq_vector *v)
{
	uint64_t now = uk_cpu_cycles();
	uint64_t before = uk_exchange(&v->mark, now);

	if (uk_load(&v->kind) != UK__IRQ_LINE || !(uk_load(&v->flags) & UK_IRQ_LEVEL) ||
	    before == 0 || now - before > STORM_CYCLES)
		return;
	uk__irq_chip->line_mask(uk_load(&v->gsi));
	if (first_time(v, SAID_STORM))
		uk_err("interrupt line %u does not become silent: masked", uk_load(&v->gsi));
}

static void run(struct uk__irq_vector *v, unsigned int vector)
{
	/* Both pair with free_action(): it unlinks and then waits for 0. */
	if (CONFIG_LIB_SMP)
		uk_fetch_add(&v->running, 1u);
	struct uk__irq_action *action = uk_load_acquire(&v->first);

	if (uk_unlikely(!action))
		stray(v, vector);
	for (; action; action = uk_load_acquire(&action->next))
		action->fn(action->arg);
	if (CONFIG_LIB_SMP)
		uk_fetch_sub(&v->running, 1u);
}

void uk_irq_dispatch(unsigned int vector)
{
	struct uk__irq_vector *v = &uk__irq_vectors[vector - UK_VECTOR_FIRST];
	unsigned int cpu = uk_cpu_id();

	if (uk_unlikely(uk__irq_chip->is_spurious(vector)))
		return;
	if (CONFIG_LOCKCHECK)
		uk_lockcheck_irq_enter();
	uk_store(&cpus[cpu].depth, cpus[cpu].depth + 1);
	uk_store(&cpus[cpu].count, cpus[cpu].count + 1);
	run(v, vector);
	if (uk_unlikely((uk_fetch_add(&v->count, 1u) & (STORM_COUNT - 1)) == STORM_COUNT - 1))
		check_storm(v);
	uk__irq_chip->eoi(vector);
	uk_store(&cpus[cpu].depth, cpus[cpu].depth - 1);
	if (CONFIG_LOCKCHECK)
		uk_lockcheck_irq_leave();
}
