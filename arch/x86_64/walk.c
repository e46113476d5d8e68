/* SPDX-License-Identifier: BSD-3-Clause */
/* All mappings in address order, for tests and dumps. */

#include <uk/mmu.h>

struct walk {
	struct uk_page_run run; /* collected, not yet told */
	void (*fn)(const struct uk_page_run *run, void *arg);
	void *arg;
};

static void leaf(struct walk *w, uintptr_t va, uk_pte_t pte, size_t size)
{
	struct uk_page_run *run = &w->run;
	uk_paddr_t pa = uk_pte_paddr(pte);
	unsigned int prot = uk_pte_prot(pte);

	if (run->len && run->va + run->len == va && run->pa + run->len == pa && run->prot == prot) {
		run->len += size;
		return;
	}
	if (run->len)
		w->fn(run, w->arg);
	*run = (struct uk_page_run){ .va = va, .pa = pa, .len = size, .prot = prot };
}

/* Depth is bounded by the number of levels. */
static void table(struct walk *w, uk_paddr_t pa, uintptr_t va, unsigned int level)
{
	const uk_pte_t *slots = uk_phys_to_virt(pa);
	size_t size = 1ul << UK_MMU_SHIFT(level);

	for (size_t i = 0; i < UK_MMU_ENTRIES; i++, va += size) {
		/* Addresses are sign-extended from bit 47. */
		if (level == UK_MMU_LEVELS && i == UK_MMU_ENTRIES / 2)
			va |= 0xffff000000000000ul;
		if (!uk_pte_present(slots[i]))
			continue;
		if (uk_pte_leaf(slots[i], level))
			leaf(w, va, slots[i], size);
		else
			table(w, uk_pte_paddr(slots[i]), va, level - 1);
	}
}

void uk_page_walk(void (*fn)(const struct uk_page_run *run, void *arg), void *arg)
{
	struct walk w = { .fn = fn, .arg = arg };

	table(&w, uk_mmu_root(), 0, UK_MMU_LEVELS);
	if (w.run.len)
		fn(&w.run, arg);
}
