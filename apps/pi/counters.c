/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The one place that knows which system this is: POSIX has no such counters.
 */

#include "counters.h"

#if __has_include(<uk/irq.h>)

#include <uk/irq.h>
#include <uk/smp.h>
#include <uk/thread.h>

int counters_read(unsigned int cpu, struct counters *out)
{
	if (cpu >= UK_CPUS_MAX)
		return -1;
	*out = (struct counters){
		.interrupts = uk_irq_count_on(cpu),
		.ipis = uk_smp_kicks(cpu),
		.wakeups = uk_thread_wakeups(cpu),
	};
	return 0;
}

#else

int counters_read(unsigned int cpu, struct counters *out)
{
	(void)cpu;
	(void)out;
	return -1;
}

#endif
