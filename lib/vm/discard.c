/* SPDX-License-Identifier: BSD-3-Clause */
/* What pages hold: forgetting it, and which there are. */

#include "internal.h"
#include <uk/string.h>

/*
 * Without access, or on demand, the pages go: they come back with it, or with the next touch. What
 * else has access keeps its frames, cleared, so that this cannot run out of memory. Lock held; the
 * borders of large pages are cut.
 */
static void forget(struct uk_vm_area *area, uintptr_t at, uintptr_t end)
{
	unsigned int prot;
	uk_paddr_t pa;

	if (!area->touched)
		return;
	if ((area->prot & UK_PROT_NONE) || (CONFIG_VM_DEMAND && area->lazy)) {
		uk__vm_release(area, at, end);
		return;
	}
	for (; at < end; at += UK_PAGE_SIZE) {
		if (uk_page_lookup(at, &pa, &prot))
			memset(uk_phys_to_virt(pa), 0, UK_PAGE_SIZE);
	}
}

/* Lock held. */
static int discard(uintptr_t at, uintptr_t end)
{
	struct uk_vm_area *area;
	bool covered = uk__vm_is_covered(at, end);

	for (uintptr_t i = at; (area = uk__vm_tree_at(uk__vm_user.root, i)) && area->start < end;
	     i = area->end) {
		if ((area->ops || area->object) && !(CONFIG_VM_DEMAND && area->lazy))
			return -EINVAL;
	}

	int err = uk__vm_split_page(at);

	if (!err)
		err = uk__vm_split_page(end);
	if (err)
		return err;
	for (; (area = uk__vm_tree_at(uk__vm_user.root, at)) && area->start < end; at = area->end)
		forget(area, UK_MAX(at, area->start), UK_MIN(end, area->end));
	return covered ? 0 : -ENOMEM;
}

int uk_vm_discard(uintptr_t at, size_t len)
{
	uintptr_t end;

	if (!uk__vm_is_range(at, len, &end))
		return -EINVAL;
	uk_spin_lock(&uk__vm_lock);
	int err = discard(at, end);

	uk_spin_unlock(&uk__vm_lock);
	return err;
}

int uk_vm_resident(uintptr_t at, size_t pages, unsigned char *there)
{
	unsigned int prot;
	uintptr_t end;
	uk_paddr_t pa;

	if (pages > UK_VM_HIGH / UK_PAGE_SIZE || !uk__vm_is_range(at, pages * UK_PAGE_SIZE, &end))
		return -EINVAL;
	uk_spin_lock(&uk__vm_lock);
	bool covered = uk__vm_is_covered(at, end);

	for (size_t i = 0; covered && there && i < pages; i++)
		there[i] = uk_page_lookup(at + i * UK_PAGE_SIZE, &pa, &prot);
	uk_spin_unlock(&uk__vm_lock);
	return covered ? 0 : -ENOMEM;
}
