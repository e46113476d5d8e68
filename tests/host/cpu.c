/* SPDX-License-Identifier: BSD-3-Clause */
/* Contract cpu.h on the host: see <uk/member/cpu.h> beside this file. */

#include "host.h"
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <uk/cpu.h>
#include <uk/host.h>

static __thread struct {
	unsigned int id;
	bool irq_off;
	void *tls;
	struct uk_thread *thread;
	unsigned int preempt_depth;
	bool preempt_wanted;
	unsigned int turns; /* of loops that wait */
} cpu;

void host_cpu_set(unsigned int id)
{
	cpu.id = id;
}

uk_irqflags_t uk_cpu_irq_save(void)
{
	uk_irqflags_t flags = !cpu.irq_off;

	cpu.irq_off = true;
	return flags;
}

void uk_cpu_irq_restore(uk_irqflags_t flags)
{
	cpu.irq_off = !flags;
}

void uk_cpu_irq_enable(void)
{
	cpu.irq_off = false;
}

void uk_cpu_irq_disable(void)
{
	cpu.irq_off = true;
}

bool uk_cpu_irq_enabled(void)
{
	return !cpu.irq_off;
}

void uk_cpu_wait(void)
{
	cpu.irq_off = false;
	sched_yield();
}

void (*uk_host_relax)(void);

/*
 * Threads of the host are preempted with a ticket in hand: let the owner run. By a sleep: who
 * yields is last among all that run on a busy host, and locks that are handed on in order stand
 * still.
 */
void uk_cpu_relax(void)
{
	static const struct timespec moment = { .tv_nsec = 1 };

	if (uk_host_relax)
		uk_host_relax();
	if (CONFIG_LIB_SMP && ++cpu.turns % 64 == 0) /* alone, nobody else would do it */
		nanosleep(&moment, NULL);
}

void uk_cpu_stop(void)
{
	abort();
}

uint64_t uk_host_cycles_behind;

uint64_t uk_cpu_cycles(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec - uk_host_cycles_behind;
}

uint64_t uk_cpu_cycles_ordered(void)
{
	return uk_cpu_cycles();
}

bool uk_cpu_random_seed(uint64_t *word)
{
	(void)word;
	return false;
}

bool uk_cpu_random(uint64_t *word)
{
	(void)word;
	return false;
}

uint64_t uk_cpu_random_weak(void)
{
	return uk_cpu_cycles() * 0x9e3779b97f4a7c15u;
}

void uk_cpu_tls_set(void *base)
{
	cpu.tls = base;
}

void *uk_cpu_tls(void)
{
	return cpu.tls;
}

unsigned int uk_cpu_id(void)
{
	return cpu.id;
}

struct uk_thread *uk_cpu_thread(void)
{
	return cpu.thread;
}

void uk_cpu_thread_set(struct uk_thread *thread)
{
	cpu.thread = thread;
}

uint64_t uk_cpu_stack(void)
{
	return (uint64_t)__builtin_frame_address(0);
}

void uk_cpu_preempt_disable(void)
{
	cpu.preempt_depth++;
}

bool uk_cpu_preempt_enable(void)
{
	cpu.preempt_depth--;
	return uk_cpu_preempt_due();
}

void uk_cpu_preempt_want(bool want)
{
	cpu.preempt_wanted = want;
}

bool uk_cpu_preempt_due(void)
{
	return cpu.preempt_depth == 0 && cpu.preempt_wanted;
}

unsigned int uk_cpu_preempt_depth(void)
{
	return cpu.preempt_depth;
}
