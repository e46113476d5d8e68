/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The ACPI power-management timer (ACPI 6.4, section 4.8.3.3): 3.579545 MHz, 24 bits or 32.
 */

#include "timers.h"
#include <uk/acpi.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/ioport.h>

#define PM_HZ 3579545u

static uint16_t port;

static void read(struct uk_clock_sample *sample)
{
	sample->before = uk_cpu_cycles_ordered();
	sample->count = uk_port_in32(port);
	sample->after = uk_cpu_cycles_ordered();
}

static struct uk_clock_reference pmtimer = {
	.name = "acpi-pm",
	.hz = PM_HZ,
	.bits = 24,
	.read = read,
};

int uk__x86_timers_pmtimer(void)
{
	const struct uk_acpi_fadt *fadt = uk_acpi_fadt();

	if (!fadt || fadt->pm_timer.space != UK_ACPI_IO || fadt->pm_timer.address == 0 ||
	    fadt->pm_timer.address > UINT16_MAX - 3)
		return -ENODEV;
	port = (uint16_t)fadt->pm_timer.address;
	if (uk_port_in32(port) == ~0u)
		return -ENODEV;
	if (fadt->pm_timer_32bit)
		pmtimer.bits = 32;
	return uk_clock_reference_register(&pmtimer);
}
