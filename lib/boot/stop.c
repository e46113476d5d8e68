/* SPDX-License-Identifier: BSD-3-Clause */
/* Somebody outside wants the image to end. */

#include <stdbool.h>
#include <uk/atomic.h>
#include <uk/boot.h>
#include <uk/log.h>

static void (*taker)(void);
static bool wanted;

void uk_boot_stop_request(const char *who)
{
	uk_warn("%s: stop", who);
	uk_store(&wanted, true);
	/* Sequential: here or in on_stop() one sees the other's store. */
	uk_mb();

	void (*fn)(void) = uk_load(&taker);

	if (fn)
		fn();
}

void uk_boot_on_stop(void (*fn)(void))
{
	uk_store(&taker, fn);
	uk_mb();
	if (uk_load(&wanted))
		fn();
}
