/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The high-precision event timer's main counter (IA-PC HPET Specification 1.0a, section 2.3).
 * The low 32 bits are enough, and one access.
 */

#include "timers.h"
#include <uk/acpi.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/mmio.h>
#include <uk/mmu.h>

#define PERIOD        0x004 /* high half of the capabilities: femtoseconds per tick */
#define CONFIGURATION 0x010
#define COUNTER       0x0f0
#define ENABLE        1u
#define FSEC_PER_SEC  1000000000000000ull
#define PERIOD_MAX    100000000u /* the specification's bound: 10 MHz at least */

static volatile char *regs;

static void read(struct uk_clock_sample *sample)
{
	sample->before = uk_cpu_cycles_ordered();
	sample->count = uk_mmio_read32(regs + COUNTER);
	sample->after = uk_cpu_cycles_ordered();
}

static struct uk_clock_reference hpet = { .name = "hpet", .bits = 32, .read = read };

int uk__x86_timers_hpet(void)
{
	const struct uk_acpi_table *table = uk_acpi_find("HPET");
	uint64_t address = table ? uk_acpi_parse_hpet(table) : 0;

	if (address == 0)
		return -ENODEV;
	regs = uk_mmio_map(address, UK_PAGE_SIZE);
	if (!regs)
		return -ENODEV;
	uint32_t period = uk_mmio_read32(regs + PERIOD);

	if (period < 1000000 || period > PERIOD_MAX)
		return -ENODEV;
	hpet.hz = (uint32_t)(FSEC_PER_SEC / period);
	uk_mmio_write32(regs + CONFIGURATION, uk_mmio_read32(regs + CONFIGURATION) | ENABLE);
	return uk_clock_reference_register(&hpet);
}
