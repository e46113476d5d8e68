/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What the platform's entry code calls to bring up the boot CPU. Boot context.
 */

#include <stdbool.h>
#include <uk/defs.h>

/* Ends (highest addresses, exclusive) of the stacks that exceptions run on. */
struct uk_x86_64_stacks {
	uintptr_t irq; /* 0 without LIB_IRQ */
	uintptr_t fault;
	uintptr_t double_fault;
	uintptr_t nmi;
	uintptr_t machine_check;
};

/*
 * Features, control registers, canary, descriptor tables. To be called by a function that has
 * no stack protector, before anything that has one.
 */
void uk_x86_64_init(const struct uk_x86_64_stacks *stacks);

/* True if the canary had to be taken from timing jitter: worth a warning. */
bool uk_x86_64_canary_weak(void);

/*
 * Another CPU, with LIB_SMP: prepared by one that runs, then entered on the CPU itself, which is in
 * long mode with the image's tables and a stack, before anything that asks for its number.
 */
void uk_x86_64_cpu_prepare(unsigned int cpu, const struct uk_x86_64_stacks *stacks);
void uk_x86_64_cpu_enter(unsigned int cpu);
