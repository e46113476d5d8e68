/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Corrected machine checks raise nothing: they stand in the banks until somebody looks (Intel SDM
 * volume 3B, sections 15.3 and 15.5).
 */

#include <uk/clock.h>
#include <uk/cpuid.h>
#include <uk/init.h>
#include <uk/log.h>
#include <uk/msr.h>
#include <uk/timer.h>

#define CPUID_MCA     (1u << 14) /* leaf 1, edx */
#define MSR_MCG_CAP   0x179u
#define MSR_STATUS(i) (0x401u + 4 * (i))
#define STATUS_VALID  (1ull << 63)
#define EVERY         (10 * (uk_nsec_t)UK_NSEC_PER_SEC)
#define BANKS_MAX     32u

static void look(void *arg);

static struct uk_timer timer = UK_TIMER_INIT(look, NULL);
static uint32_t banks;

static void look(void *arg uk_unused)
{
	for (uint32_t i = 0; i < banks; i++) {
		uint64_t status = uk_msr_read(MSR_STATUS(i));

		if (!(status & STATUS_VALID))
			continue;
		uk_msr_write(MSR_STATUS(i), 0);
		uk_warn("corrected: bank %u, status 0x%llx", i, (unsigned long long)status);
	}
	uk_timer_start(&timer, uk_clock_now() + EVERY);
}

static int machine_check_init(void)
{
	if (uk_cpuid(1, 0).edx & CPUID_MCA)
		banks = (uint32_t)uk_msr_read(MSR_MCG_CAP) & 0xff;
	banks = UK_MIN(banks, BANKS_MAX);
	if (banks > 0)
		uk_timer_start(&timer, uk_clock_now() + EVERY);
	return 0;
}
UK_INIT(DEVICE, machine_check_init);
