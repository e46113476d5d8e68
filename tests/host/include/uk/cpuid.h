/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* In the place of arch's: a CPU that says nothing of itself. */

#include <uk/defs.h>

#define UK_CPU_TSC_DEADLINE (1u << 3)
#define UK_CPU_HYPERVISOR   (1u << 4)

static const uint32_t uk_cpu_features;

struct uk_cpuid {
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

uk_inline struct uk_cpuid uk_cpuid(uint32_t leaf uk_unused, uint32_t subleaf uk_unused)
{
	return (struct uk_cpuid){ 0 };
}
