/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A variable that each CPU has for itself:
 *
 *	static UK_PERCPU(struct counters, counters);
 *	uk_percpu(counters)->calls++;
 *
 * Zero at first. Each CPU's has cache lines of its own. Without LIB_SMP it is a plain variable
 * and costs what that costs. Use it where the CPU cannot change: interrupts off, a spinlock held,
 * or in an interrupt.
 */

#include <uk/cpu.h>
#include <uk/defs.h>

#if CONFIG_LIB_SMP
#define UK_PERCPU(type, name) \
	struct uk_aligned(64) { \
		type value; \
	} name[UK_CPUS_MAX]
#define uk_percpu_of(name, cpu) (&(name)[cpu].value)
#define uk_percpu(name)         uk_percpu_of(name, uk_cpu_id())
#else
#define UK_PERCPU(type, name)   type name
#define uk_percpu_of(name, cpu) ((void)(cpu), &(name))
#define uk_percpu(name)         (&(name))
#endif
