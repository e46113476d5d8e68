/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Model-specific registers (Intel SDM volume 4). An unknown one is a general protection
 * fault: look at CPUID first. Any context.
 */

#include <uk/defs.h>

#define UK_MSR_TSC_DEADLINE 0x6e0u
#define UK_MSR_APIC_BASE    0x1bu
#define UK_MSR_EFER         0xc0000080u
#define UK_MSR_FS_BASE      0xc0000100u
#define UK_MSR_GS_BASE      0xc0000101u

uk_inline uint64_t uk_msr_read(uint32_t msr)
{
	uint32_t low, high;

	__asm__ __volatile__("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (uint64_t)high << 32 | low;
}

uk_inline void uk_msr_write(uint32_t msr, uint64_t value)
{
	__asm__ __volatile__("wrmsr"
			     :
			     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			     : "memory");
}
