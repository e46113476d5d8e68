/* SPDX-License-Identifier: BSD-3-Clause */
/* The registers of the real-time clock. */

#include "drivers/rtc/decode.h"
#include "input.h"
#include <uk/errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct uk__rtc_registers raw;
	int64_t seconds;

	in_copy(&in, &raw, sizeof(raw));
	seconds = uk__rtc_decode(&raw);
	MUST(seconds == -EINVAL || (seconds >= 0 && seconds < 253402300800));
	return 0;
}
