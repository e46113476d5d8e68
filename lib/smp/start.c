/* SPDX-License-Identifier: BSD-3-Clause */
/* Starting the others, one after the other, and what they do then: run threads, answer calls. */

#include "smp.h"

#include <uk/clock.h>
#include <uk/errno.h>
#include <uk/init.h>
#include <uk/log.h>
#include <uk/param.h>
#include <uk/thread.h>
#include <uk/vm.h>

#define RESET_TIME    (10 * UK_NSEC_PER_MSEC)   /* SDM volume 3A, 9.4.4.1 */
#define REPEAT_TIME   (20 * UK_NSEC_PER_MSEC)   /* then it is told a second time */
#define ANSWER_TIME   (1000 * UK_NSEC_PER_MSEC) /* hosts are busy */
#define ARRIVING_TIME (10 * UK_NSEC_PER_SEC)    /* it has come into our code */

struct uk__smp_cpu uk__smp_cpus[UK_CPUS_MAX];
const struct uk_smp_chip *uk__smp_chip;

static unsigned int count = 1;
static unsigned int limit;    /* 0: all */
static unsigned int prepared; /* the number that has its stacks already, 0: none */

UK_PARAM_UINT(cpus, limit, "CPUs to use at most; where no firmware names them, to look for");

unsigned int uk_smp_count(void)
{
	/* Acquire: pairs with the release in start_all(). */
	return uk_load_acquire(&count);
}

void uk_smp_chip_register(const struct uk_smp_chip *chip)
{
	uk__smp_chip = chip;
}

/* What each CPU but the first does while no other thread is there for it. */
static struct uk_thread idle[CONFIG_LIB_THREAD ? UK_CPUS_MAX : 1];

void uk_smp_main(void)
{
	struct uk__smp_cpu *cpu = &uk__smp_cpus[uk_cpu_id()];

	uk__smp_chip->enter();
	/* One that answers late may have come in the place of another. */
	cpu->hardware = uk__smp_chip->self();
	/* Release: pairs with uk__smp_is_running(). */
	uk_store_release(&cpu->running, 1u);
	if (CONFIG_LIB_THREAD)
		uk_thread_cpu_run(&idle[uk_cpu_id()]);
	for (;;) {
		uk_cpu_irq_disable();
		uk_cpu_wait();
	}
}

static bool wait_running(unsigned int cpu, uk_nsec_t ns)
{
	uk_nsec_t end = uk_clock_now() + ns;

	while (!uk__smp_is_running(cpu)) {
		if (uk_clock_now() >= end)
			return false;
		uk_cpu_relax();
	}
	return true;
}

static void pause(uk_nsec_t ns)
{
	uk_nsec_t end = uk_clock_now() + ns;

	while (uk_clock_now() < end)
		uk_cpu_relax();
}

/* 1: it runs; 0: it does not come; -ETIMEDOUT: it has come, and then nothing more was heard. */
static int answer(unsigned int cpu, uint32_t id, uk_paddr_t at)
{
	uk_plat_cpu_admit();
	uk__smp_chip->start(id, at);
	if (wait_running(cpu, REPEAT_TIME))
		return 1;
	uk__smp_chip->start(id, at);
	if (wait_running(cpu, ANSWER_TIME))
		return 1;
	if (uk_plat_cpu_refuse())
		return 0;
	return wait_running(cpu, ARRIVING_TIME) ? 1 : -ETIMEDOUT;
}

/* 0: go on with the next; else what keeps all that follow from being started. */
static int start_one(uint32_t id, uk_paddr_t at)
{
	int got = 0;

	if (prepared != count)
		got = uk_plat_cpu_prepare(count, uk_vm_stack_alloc);
	if (got == 0) {
		prepared = count;
		got = answer(count, id, at);
	}
	if (got == 1) {
		/* Release: pairs with uk_smp_count(). */
		uk_store_release(&count, count + 1);
		return 0;
	}
	if (got == -ENOMEM)
		uk_err("no memory for the stacks of CPU %u: goes on without", count);
	else
		uk_warn("CPU with hardware number %u does not answer: goes on without it", id);
	return got;
}

static void start_all(const uint32_t *ids, unsigned int n, uk_paddr_t at)
{
	for (unsigned int i = 0; i < n; i++)
		uk__smp_chip->reset(ids[i]);
	pause(RESET_TIME);
	for (unsigned int i = 0; i < n && start_one(ids[i], at) == 0; i++)
		;
}

/* The others, without tables: numbers from 0 on, one of which is ours. At most max. */
static unsigned int guess(uint32_t *ids, unsigned int max)
{
	uint32_t self = uk__smp_chip->self();
	unsigned int n = 0;

	for (uint32_t id = 0; n + 1 < UK_MIN(limit, max + 1); id++) {
		if (id == self)
			continue;
		ids[n++] = id;
	}
	return n;
}

/* How many others to start. */
static unsigned int find(uint32_t ids[UK_CPUS_MAX])
{
	unsigned int n = uk__smp_chip->find(ids, UK_CPUS_MAX);

	if (n == 0)
		n = guess(ids, UK_CPUS_MAX);
	if (limit && limit <= n)
		n = limit - 1;
	if (n >= UK_CPUS_MAX) {
		uk_warn("more CPUs than the image is built for: %u run (option CPUS_MAX)",
			(unsigned int)UK_CPUS_MAX);
		n = UK_CPUS_MAX - 1;
	}
	return n;
}

static int smp_start(void)
{
	uint32_t ids[UK_CPUS_MAX];
	uk_paddr_t at;

	if (!uk__smp_chip)
		return 0;
	uk__smp_cpus[0].hardware = uk__smp_chip->self();
	uk_store_release(&uk__smp_cpus[0].running, 1u);

	unsigned int n = find(ids);

	if (n == 0)
		return 0;
	if (uk_plat_cpus_open(&at)) {
		uk_err("no memory where CPUs can start: goes on with one");
		return 0;
	}
	uk__smp_flush_start();
	start_all(ids, n, at);
	uk_plat_cpus_close();
	uk_info("%u CPUs", uk_smp_count());
	return 0;
}
UK_INIT(DEVICE, smp_start);
