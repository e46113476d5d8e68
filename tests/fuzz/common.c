/* SPDX-License-Identifier: BSD-3-Clause */
/* What all fuzz targets share: the log is written, and goes nowhere. */

#include <uk/host.h>

__attribute__((constructor)) static void be_quiet(void)
{
	static char some[64];

	uk_host_console_capture(some, sizeof(some));
}
