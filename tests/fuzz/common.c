/* SPDX-License-Identifier: BSD-3-Clause */
/* What all fuzz targets share: the log is written, and goes nowhere; waiting is no waiting. */

#include "common.h"
#include <uk/host.h>

void (*fuzz_waits)(void);

/* What uk_cpu_relax() calls here: whoever plays the device may make the wait end. */
int fuzz_yield(void)
{
	if (fuzz_waits)
		fuzz_waits();
	return 0;
}

__attribute__((constructor)) static void be_quiet(void)
{
	static char some[64];

	uk_host_console_capture(some, sizeof(some));
}
