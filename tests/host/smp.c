/* SPDX-License-Identifier: BSD-3-Clause */
/* Kicks between the host's CPUs: noted, and served where a test says that interrupts come. */

#include "host.h"
#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/cpustart.h>
#include <uk/host.h>
#include <uk/preempt.h>
#include <uk/sched.h>

static uint32_t kicked[UK_CPUS_MAX];

void uk_smp_kick(unsigned int cpu)
{
	uk_store_release(&kicked[cpu], 1u);
}

void uk_host_interrupts(void)
{
	uk_cpu_irq_disable();
	if (uk_exchange(&kicked[uk_cpu_id()], 0u))
		uk_sched_kicked();
	uk_cpu_irq_enable();
	uk_preempt_check();
}
