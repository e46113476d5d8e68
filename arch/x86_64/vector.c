/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupt vectors, opened one by one. */

#include "arch.h"

#include <uk/cpu.h>
#include <uk/panic.h>
#include <uk/vector.h>

_Static_assert(offsetof(struct uk_cpu_block, preempt) == 12, "vectors.S has this as a number");
_Static_assert(UK_VECTOR_FIRST == 32 && UK_VECTOR_END == 96, "vectors.S has these as numbers");

void uk_vector_enable(unsigned int vector)
{
	UK_ASSERT(vector >= UK_VECTOR_FIRST && vector < UK_VECTOR_END);
	uk__x86_64_gate_set(vector, (uintptr_t)uk__x86_64_vectors + 8 * (vector - UK_VECTOR_FIRST),
			    IST_IRQ);
}
