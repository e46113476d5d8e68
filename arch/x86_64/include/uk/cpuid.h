/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * CPUID (Intel SDM volume 2A; hypervisor leaves from 0x40000000). Any context. Under a
 * hypervisor each one is an exit: what is asked often is kept in uk_cpu_features
 * (<uk/member/cpu.h>).
 */

#include <uk/defs.h>

struct uk_cpuid {
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

/* The caller has checked that the leaf exists (leaf 0, 0x80000000 or 0x40000000 in eax). */
uk_inline struct uk_cpuid uk_cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct uk_cpuid r;

	__asm__ __volatile__("cpuid"
			     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			     : "a"(leaf), "c"(subleaf));
	return r;
}
