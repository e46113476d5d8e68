/* SPDX-License-Identifier: BSD-3-Clause */
/* What the CPU can forbid, it does. */

#include <uk/cpuid.h>
#include <uk/msr.h>
#include <uk/test.h>

#define CR0_WP   (1ul << 16)
#define EFER_NXE (1ul << 11)

static unsigned long cr4_read(void)
{
	unsigned long cr4;

	__asm__ __volatile__("movq %%cr4, %0" : "=r"(cr4));
	return cr4;
}

UK_TEST(cpu, write_protection_and_no_execute)
{
	unsigned long cr0;

	__asm__ __volatile__("movq %%cr0, %0" : "=r"(cr0));
	UK_EXPECT(cr0 & CR0_WP);
	UK_EXPECT(uk_msr_read(UK_MSR_EFER) & EFER_NXE);
}

/* Intel SDM volume 2A, CPUID leaf 7; volume 3A, 2.5. */
UK_TEST(cpu, protections_that_it_has_are_on)
{
	struct uk_cpuid seven = { 0 };
	unsigned long cr4 = cr4_read();

	if (uk_cpuid(0, 0).eax >= 7)
		seven = uk_cpuid(7, 0);
	UK_EXPECT_EQ(cr4 >> 11 & 1, seven.ecx >> 2 & 1);  /* UMIP */
	UK_EXPECT_EQ(cr4 >> 20 & 1, seven.ebx >> 7 & 1);  /* SMEP */
	UK_EXPECT_EQ(cr4 >> 21 & 1, seven.ebx >> 20 & 1); /* SMAP */
}

/* A switch of threads saves what FXSAVE does. What lies beyond traps, and CPUID says so to who asks
 * (OSXSAVE; SDM volume 1, 14.3). */
UK_TEST(cpu, what_is_not_saved_is_off)
{
	UK_EXPECT_EQ(cr4_read() >> 18 & 1, 0);
	UK_EXPECT_EQ(uk_cpuid(1, 0).ecx >> 27 & 1, 0);
}
