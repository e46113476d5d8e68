/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long interrupts are off. All with interrupts off, and of this CPU, but for the longest time;
 * nothing here turns them on or off, which would end here again.
 */

#include "internal.h"
#include <uk/param.h>

struct uk__lockcheck_longest uk__lockcheck_longest;

static uint32_t guard;

static uint64_t irqs_off; /* 0: without a limit */
UK_PARAM_UINT(irqs_off, irqs_off, "cycles that interrupts may be off; more panics");

void uk_lockcheck_irqs_off(void)
{
	struct uk__lockcheck_cpu *cpu;

	if (!uk_load(&uk__lockcheck_on))
		return;
	cpu = uk__lockcheck_cpu();
	if (cpu->inside)
		return;
	cpu->off = (struct uk__lockcheck_site){ { 0 } };
	uk_callers(__builtin_frame_address(0), cpu->off.at, UK_LOCKCHECK_DEPTH);
	cpu->since = uk_cpu_cycles();
}

static void too_long(const struct uk__lockcheck_longest *one)
{
	uk__lockcheck_note_add("they were turned off", &one->off);
	uk__lockcheck_note_add("they are turned on", &one->on);
	uk__lockcheck_wrong("interrupts were off for too long");
}

void uk_lockcheck_irqs_on(void)
{
	struct uk__lockcheck_longest one = { 0 };
	struct uk__lockcheck_cpu *cpu;

	if (!uk_load(&uk__lockcheck_on))
		return;
	cpu = uk__lockcheck_cpu();
	if (!cpu->since || cpu->inside)
		return;
	one.cycles = uk_cpu_cycles() - cpu->since;
	cpu->since = 0;
	/* A thread that was preempted goes on with interrupts on, of which nobody tells. */
	if (uk_cpu_irq_enabled() || one.cycles <= uk_load(&uk__lockcheck_longest.cycles))
		return;
	one.off = cpu->off;
	uk_callers(__builtin_frame_address(0), one.on.at, UK_LOCKCHECK_DEPTH);
	if (irqs_off && one.cycles > irqs_off)
		too_long(&one);
	/* Acquire and release: who comes at the same time goes without. */
	if (uk_exchange(&guard, 1u))
		return;
	uk__lockcheck_longest = one;
	uk_store_release(&guard, 0u);
}
