/* SPDX-License-Identifier: BSD-3-Clause */
/* At exit: all blocks are looked at, and those that are lost are told of. */

#include "internal.h"
#include <uk/init.h>
#include <uk/param.h>

#define LINES_MOST 30

static bool held;
UK_PARAM_BOOL(held, held, "also report what is still held at exit, by place");

/* The place with the most bytes, which is then done with; false: there is none left. */
static bool take_largest(struct uk__heap_debug_site *site)
{
	struct uk__heap_debug_site *most = NULL;

	uk_spin_lock(&uk__heap_debug_lock);
	for (uint32_t i = 0; i < uk__heap_debug_nsites; i++) {
		struct uk__heap_debug_site *one = &uk__heap_debug_sites[i];

		if (one->blocks > 0 && (!most || one->bytes > most->bytes))
			most = one;
	}
	if (most) {
		*site = *most;
		most->blocks = 0;
	}
	uk_spin_unlock(&uk__heap_debug_lock);
	return most != NULL;
}

static void tell(bool lost)
{
	struct uk__heap_debug_site site;
	char callers[UK_CALLERS_TEXT];
	int lines = 0;

	uk_spin_lock(&uk__heap_debug_lock);
	uk__heap_debug_count_sites(lost);
	uk_spin_unlock(&uk__heap_debug_lock);
	while (lines < LINES_MOST && take_largest(&site)) {
		uk_callers_report("leak: %s %zu bytes in %zu block%s, allocated by%s",
				  lost ? "lost" : "held", site.bytes, site.blocks,
				  site.blocks == 1 ? "" : "s",
				  uk_callers_text(callers, site.at, UK_CALLERS_MAX));
		lines++;
	}
}

static void report(void)
{
	struct uk_heap_debug_leaks leaks;

	uk_heap_debug_check();
	if (uk_heap_debug_leaks(&leaks)) {
		uk_callers_report("leak: no memory to look for what was lost");
		return;
	}
	if (leaks.lost > 0)
		tell(true);
	if (held)
		tell(false);
	if (leaks.lost > 0 || held)
		uk_callers_report("leak: %zu of %zu blocks lost, %zu of %zu bytes", leaks.lost,
				  leaks.held, leaks.lost_bytes, leaks.held_bytes);
}

UK_FINI(CORE, report);
