/* SPDX-License-Identifier: BSD-3-Clause */
/* Page tables, one table at a time; and where their pages come from. */

#include "arch.h"

#include <uk/atomic.h>
#include <uk/errno.h>
#include <uk/image.h>
#include <uk/mmu.h>
#include <uk/preempt.h>

static char reserve[CONFIG_PAGING_RESERVE][UK_PAGE_SIZE] UK_IMAGE_PAGES;
static unsigned int reserve_used;
/* volatile: else the optimiser, which sees one value, calls it and keeps all of the frames in an
 * image that never allocates. */
static uk_paddr_t (*volatile source)(void);

void uk_paging_set_source(uk_paddr_t (*fn)(void))
{
	source = fn;
}

/* Callers may be on several CPUs, with tables of different regions. */
static uk_paddr_t reserve_alloc(void)
{
	unsigned int used = uk_load(&reserve_used);

	while (used < CONFIG_PAGING_RESERVE) {
		if (!UK_CONCURRENT) {
			reserve_used = used + 1;
			return uk_virt_to_phys(reserve[used]);
		}
		if (uk_compare_exchange(&reserve_used, &used, used + 1))
			return uk_virt_to_phys(reserve[used]);
	}
	return 0;
}

static uk_paddr_t table_alloc(void)
{
	uk_paddr_t (*now)(void) = source;
	uk_paddr_t pa = now ? now() : 0;

	if (!pa)
		pa = reserve_alloc();
	if (pa)
		uk_mmu_table_make(pa);
	return pa;
}

unsigned int uk__x86_64_span_level(uintptr_t va, uk_paddr_t pa, size_t len)
{
	size_t large = 1ul << UK_MMU_SHIFT(2);

	return UK_IS_ALIGNED(va | pa, large) && len >= large ? 2 : 1;
}

int uk__x86_64_span_find(uintptr_t va, size_t len, unsigned int level, bool create,
			 struct span *span)
{
	uk_paddr_t table = uk_mmu_root();
	unsigned int at = UK_MMU_LEVELS;
	uk_pte_t *slot;

	for (;; at--) {
		slot = (uk_pte_t *)uk_phys_to_virt(table) + UK_MMU_INDEX(va, at);
		if (at == level || (uk_pte_present(*slot) && uk_pte_leaf(*slot, at)))
			break;
		if (uk_pte_present(*slot)) {
			table = uk_pte_paddr(*slot);
			continue;
		}
		if (!create)
			break;

		uk_paddr_t fresh = table_alloc();

		if (!fresh)
			return -ENOMEM;
		/* To find a page the frames may have opened memory, and so made this very table;
		 * or another thread came first, which maps in another region under another lock:
		 * look again. The page is lost; it happens where memory is first used. */
		if (uk_pte_present(*slot) || !uk_pte_fill(slot, uk_pte_table(fresh))) {
			at++;
			continue;
		}
		table = fresh;
	}

	size_t here = 1ul << UK_MMU_SHIFT(at);
	size_t covered = UK_ALIGN_UP((va & (here - 1)) + len, here) >> UK_MMU_SHIFT(at);

	span->slot = slot;
	span->level = at;
	span->count = UK_MIN(covered, UK_MMU_ENTRIES - UK_MMU_INDEX(va, at));
	return 0;
}

int uk__x86_64_span_split(struct span *span)
{
	uk_pte_t old = *span->slot;
	uk_paddr_t table = table_alloc();

	if (!table)
		return -ENOMEM;

	uk_pte_t *entries = uk_phys_to_virt(table);

	for (size_t i = 0; i < UK_MMU_ENTRIES; i++)
		entries[i] = uk_pte_make(uk_pte_paddr(old) + i * UK_PAGE_SIZE, uk_pte_prot(old), 1);
	uk_pte_write(span->slot, uk_pte_table(table));
	return 0;
}
