/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the files of lib/smp share. */

#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/cpustart.h>
#include <uk/fault.h>
#include <uk/smp.h>

struct uk__smp_cpu {
	struct uk_smp_request *pending; /* newest first; pushed by all, taken by the CPU */
	uint32_t hardware;              /* its number for the controller */
	uint32_t running;               /* takes calls; written by the CPU itself */
	uint64_t kicks;                 /* interrupts from others; written by the CPU itself */
} uk_aligned(64);

extern struct uk__smp_cpu uk__smp_cpus[UK_CPUS_MAX];
extern const struct uk_smp_chip *uk__smp_chip;

/* The CPU answers calls. */
uk_inline bool uk__smp_is_running(unsigned int cpu)
{
	/* Acquire: pairs with the release in uk_smp_main(). */
	return cpu < UK_CPUS_MAX && uk_load_acquire(&uk__smp_cpus[cpu].running);
}

/* As uk_smp_call_all(), but for this CPU. */
void uk__smp_call_others(void (*fn)(void *arg), void *arg);
/* TLBs of other CPUs are flushed from now on. */
void uk__smp_flush_start(void);
