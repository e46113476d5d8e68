/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Who knows the rate of the cycle counter: the hypervisor's timing leaf (VMware's "CPUID leaf
 * 0x40000010", also of QEMU with KVM), KVM's clock, the CPU (Intel SDM volume 2A, leaf 0x15).
 */

#include "pvclock.h"
#include <uk/clock_source.h>
#include <uk/cpu.h>
#include <uk/cpuid.h>
#include <uk/init.h>

#define LEAF_HYPERVISOR 0x40000000u
#define LEAF_TIMING     0x40000010u
#define LEAF_TSC        0x15u

static uint64_t by_timing_leaf(uint32_t highest)
{
	if (highest < LEAF_TIMING)
		return 0;
	return uk_cpuid(LEAF_TIMING, 0).eax * 1000ull;
}

static uint64_t by_cpu(void)
{
	if (uk_cpuid(0, 0).eax < LEAF_TSC)
		return 0;
	struct uk_cpuid r = uk_cpuid(LEAF_TSC, 0);

	return r.eax && r.ebx ? (uint64_t)r.ecx * r.ebx / r.eax : 0;
}

static int pvclock_init(void)
{
	uint64_t hz = 0;
	const char *who = "hypervisor";

	if (uk_cpu_features & UK_CPU_HYPERVISOR) {
		uint32_t highest = uk_cpuid(LEAF_HYPERVISOR, 0).eax;
		uint64_t kvm = uk__pvclock_kvm(highest);

		hz = by_timing_leaf(highest);
		if (hz == 0)
			hz = kvm;
	}
	if (hz == 0) {
		hz = by_cpu();
		who = "CPU";
	}
	if (hz != 0)
		uk_clock_set_rate(hz, who);
	return 0;
}
UK_INIT(CORE, pvclock_init);
