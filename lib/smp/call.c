/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls between CPUs: each has a list of requests that others push without a lock, and is kicked
 * by the first of them.
 */

#include "smp.h"

#include <uk/errno.h>
#include <uk/preempt.h>
#include <uk/sched.h>

/* Newest first to oldest first. */
static struct uk_smp_request *reversed(struct uk_smp_request *list)
{
	struct uk_smp_request *out = NULL;

	while (list) {
		struct uk_smp_request *next = list->next;

		list->next = out;
		out = list;
		list = next;
	}
	return out;
}

void uk_smp_serve(void)
{
	uk_irqflags_t flags = uk_cpu_irq_save();
	struct uk_smp_request **pending = &uk__smp_cpus[uk_cpu_id()].pending;

	while (uk_load(pending)) {
		struct uk_smp_request *request = reversed(uk_exchange(pending, NULL));

		while (request) {
			/* When it is done it is gone: the caller's stack. */
			struct uk_smp_request *next = request->next;

			request->fn(request->arg);
			/* Release: pairs with the acquire in uk_smp_wait(). */
			uk_store_release(&request->done, 1u);
			request = next;
		}
	}
	uk_cpu_irq_restore(flags);
}

void uk_smp_interrupt(void)
{
	struct uk__smp_cpu *cpu = &uk__smp_cpus[uk_cpu_id()];

	uk_store(&cpu->kicks, cpu->kicks + 1);
	uk_smp_serve();
	if (CONFIG_PREEMPT)
		uk_sched_kicked();
}

void uk_smp_kick(unsigned int cpu)
{
	uk__smp_chip->kick(uk__smp_cpus[cpu].hardware);
}

uint64_t uk_smp_kicks(unsigned int cpu)
{
	return uk_load(&uk__smp_cpus[cpu].kicks);
}

int uk_smp_post(unsigned int cpu, struct uk_smp_request *request)
{
	if (!uk__smp_is_running(cpu) || cpu == uk_cpu_id())
		return -EINVAL;

	struct uk_smp_request **pending = &uk__smp_cpus[cpu].pending;
	struct uk_smp_request *first = uk_load(pending);

	request->done = 0;
	do
		request->next = first;
	while (!uk_compare_exchange(pending, &first, request));
	/* Who pushed the first one kicks. */
	if (!first)
		uk__smp_chip->kick(uk__smp_cpus[cpu].hardware);
	return 0;
}

void uk_smp_wait(struct uk_smp_request *request)
{
	/* Acquire: pairs with the release in uk_smp_serve(). */
	while (!uk_load_acquire(&request->done)) {
		uk_smp_serve();
		uk_cpu_relax();
	}
}

int uk_smp_call(unsigned int cpu, void (*fn)(void *arg), void *arg)
{
	struct uk_smp_request request = { .fn = fn, .arg = arg };
	uk_irqflags_t flags = uk_cpu_irq_save();
	bool here = cpu == uk_cpu_id();
	int err = 0;

	if (here)
		fn(arg);
	else
		err = uk_smp_post(cpu, &request);
	uk_cpu_irq_restore(flags);
	if (!here && !err)
		uk_smp_wait(&request);
	uk_preempt_check();
	return err;
}

static void call_each(void (*fn)(void *arg), void *arg, bool here)
{
	struct uk_smp_request requests[UK_CPUS_MAX];
	unsigned int count = uk_smp_count();
	uk_irqflags_t flags = uk_cpu_irq_save();

	for (unsigned int i = 0; i < count; i++) {
		requests[i] = (struct uk_smp_request){ .fn = fn, .arg = arg };
		if (uk_smp_post(i, &requests[i]) != 0)
			requests[i].done = 1; /* nothing to wait for */
	}
	if (here)
		fn(arg);
	uk_cpu_irq_restore(flags);
	for (unsigned int i = 0; i < count; i++)
		uk_smp_wait(&requests[i]);
	uk_preempt_check();
}

void uk__smp_call_others(void (*fn)(void *arg), void *arg)
{
	call_each(fn, arg, false);
}

void uk_smp_call_all(void (*fn)(void *arg), void *arg)
{
	call_each(fn, arg, true);
}
