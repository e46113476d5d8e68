/* SPDX-License-Identifier: BSD-3-Clause */

#include <uk/netguard.h>

#define PERIOD_SHIFT 7 /* 128 ms */

bool uk_netguard_within(struct uk_netguard_limit *limit, uint32_t now, uint32_t most,
			uint32_t (*random)(void))
{
	uint32_t period = (now >> PERIOD_SHIFT) + 1;

	if (limit->period != period) {
		limit->period = period;
		limit->left = most - random() % (most / 2 + 1);
	}
	if (!limit->left)
		return false;
	limit->left--;
	return true;
}
