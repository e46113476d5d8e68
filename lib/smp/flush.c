/* SPDX-License-Identifier: BSD-3-Clause */
/* All CPUs share one address space: what changes in it goes out of every TLB. */

#include "smp.h"

#include <uk/mmu.h>

struct range {
	uintptr_t va;
	size_t len;
};

static void flush_here(void *arg)
{
	const struct range *range = arg;

	uk_page_flush(range->va, range->len);
}

static void flush_others(uintptr_t va, size_t len)
{
	struct range range = { va, len };

	if (uk_smp_count() > 1)
		uk__smp_call_others(flush_here, &range);
}

void uk__smp_flush_start(void)
{
	uk_paging_set_flusher(flush_others);
}
