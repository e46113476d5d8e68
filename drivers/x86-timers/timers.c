/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The first of these that the machine has. The PM timer is one read of a port and needs no
 * mapping; the HPET is finer; the PIT takes three accesses and wraps every 55 ms.
 */

#include "timers.h"
#include <uk/init.h>

static int timers_init(void)
{
	if (uk_clock_has_rate())
		return 0;
	if (CONFIG_LIB_ACPI && uk__x86_timers_pmtimer() == 0)
		return 0;
	if (CONFIG_LIB_ACPI && uk__x86_timers_hpet() == 0)
		return 0;
	/* Without any the clock says so when it is used. */
	(void)uk__x86_timers_pit();
	return 0;
}
UK_INIT(CORE, timers_init);
