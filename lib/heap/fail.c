/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/atomic.h>
#include <uk/heap-fail.h>

static long countdown = -1; /* the allocation after which there is none to fail */
static bool done;

void uk_heap_fail_at(long n)
{
	uk_store(&done, false);
	uk_store(&countdown, n);
}

bool uk_heap_fail_done(void)
{
	return uk_load(&done);
}

bool uk_heap_fail_now(void)
{
	if (uk_load(&countdown) < 0 || uk_fetch_sub(&countdown, 1) != 0)
		return false;
	uk_store(&done, true);
	return true;
}
