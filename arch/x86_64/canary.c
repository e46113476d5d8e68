/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The stack protector's canary: new in each boot, with a zero byte that stops strings. It and
 * random places take the best source that the CPU has, at last the jitter of memory and clock.
 */

#include "arch.h"

#include <uk/cpu.h>
#include <uk/x86_64.h>

#define JITTER_ROUNDS 64

/* The name is the compiler's. */
extern uintptr_t __stack_chk_guard;
__attribute__((used)) uintptr_t __stack_chk_guard;

static bool weak;

static uint64_t jitter(void)
{
	uint64_t mix = (uintptr_t)&mix;

	for (int i = 0; i < JITTER_ROUNDS; i++) {
		mix ^= uk_cpu_cycles_ordered();
		mix *= 0x9e3779b97f4a7c15u; /* 2^64 divided by the golden ratio: spreads bits */
		mix ^= mix >> 29;
	}
	return mix;
}

__attribute__((no_stack_protector)) uint64_t uk_cpu_random_weak(void)
{
	uint64_t word;

	if (!uk_cpu_random(&word)) {
		weak = true;
		word = jitter();
	}
	return word;
}

__attribute__((no_stack_protector)) void uk__x86_64_canary_set(void)
{
	__stack_chk_guard = uk_cpu_random_weak() << 8;
}

bool uk_x86_64_canary_weak(void)
{
	return weak;
}
