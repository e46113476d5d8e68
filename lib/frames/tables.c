/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Page tables take their pages from here. While a zone grows, the allocator's lock is held and a
 * table may be needed to open the next memory: some pages are kept back for that. The very first
 * piece is opened with the tables that arch has in the image.
 */

#include "internal.h"
#include <uk/atomic.h>
#include <uk/init.h>
#include <uk/meminfo.h>
#include <uk/preempt.h>
#include <uk/string.h>

#define KEPT 3 /* a table for each level below the root */

static uk_paddr_t kept[KEPT];
static unsigned int nkept;
static unsigned int grower; /* number of the CPU in uk__frames_zone_grow() + 1, 0: none */
static bool source_set;
static size_t held; /* with those kept back */

UK_HOLDER(held, "page tables", NULL);

/* Only this CPU can have put its own number there. */
static bool is_growing(void)
{
	uk_preempt_disable();
	bool here = uk_load(&grower) == uk_cpu_id() + 1;
	uk_preempt_enable();
	return here;
}

static uk_paddr_t source(void)
{
	uk_paddr_t pa;

	if (is_growing()) {
		pa = nkept > 0 ? kept[--nkept] : 0;
	} else {
		pa = uk_frames_alloc(0);
		uk_holder_take(&held, pa != 0);
	}
	if (pa)
		memset(uk_phys_to_virt(pa), 0, UK_PAGE_SIZE);
	return pa;
}

static int attach(void)
{
	if (!source_set) {
		source_set = true;
		uk_paging_set_source(source);
	}
	return 0;
}

/* Early, so that tables of other mappings do not use up what the image has. */
#if CONFIG_FRAMES_EARLY
UK_INIT(EARLY, attach);
#endif

void uk__frames_growing(bool now)
{
	uk_store(&grower, now ? uk_cpu_id() + 1 : 0);
}

void uk__frames_tables_fill(void)
{
	while (nkept < KEPT) {
		uint64_t frame = uk__frames_buddy_alloc(0);

		if (!frame)
			break;
		kept[nkept++] = frame * UK_PAGE_SIZE;
		uk_holder_take(&held, 1);
	}
	attach();
}

void uk__frames_tables_reset(void)
{
	nkept = 0;
	source_set = false;
}
