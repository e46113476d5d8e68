/* SPDX-License-Identifier: BSD-3-Clause */
/* What pages hold: forgetting it, and which there are. */

#include "internal.h"
#include <uk/frames.h>
#include <uk/string.h>

#define LARGE (UK_PAGE_SIZE << UK_FRAMES_ORDER_LARGE)

static bool is_ours(const struct uk_vm_area *area)
{
	return !(area->ops || area->object) || (CONFIG_VM_DEMAND && area->lazy);
}

/* Some of its pages go. Lock held. */
static int give_back(struct uk_vm_area *area, uintptr_t at, uintptr_t *end)
{
	at = uk__vm_skip_hole(at, *end);
	*end = UK_MIN(*end, UK_ALIGN_DOWN(at, LARGE) + LARGE);
	int err = uk__vm_split_page(at);

	if (!err)
		err = uk__vm_split_page(*end);
	if (!err)
		*end = uk__vm_release_some(area, at, *end);
	return err;
}

static void clear(uintptr_t at, uintptr_t *end)
{
	unsigned int prot;
	uk_paddr_t pa;

	*end = UK_MIN(*end, at + UK_VM_PIECE);
	for (; at < *end; at += UK_PAGE_SIZE) {
		if (uk_page_lookup(at, &pa, &prot))
			memset(uk_phys_to_virt(pa), 0, UK_PAGE_SIZE);
	}
}

/*
 * Some of [*at, end), and *at is behind that. Without access, or on demand, the pages go: they come
 * back with it, or with the next touch. What else has access keeps its frames, cleared, so that
 * this cannot run out of memory. Lock held.
 */
static int forget(uintptr_t *at, uintptr_t end)
{
	struct uk_vm_area *area = uk__vm_tree_at(uk__vm_user.root, *at);
	uintptr_t from, stop = end;
	int err = 0;

	if (area && area->start < end) {
		from = UK_MAX(*at, area->start);
		stop = UK_MIN(end, area->end);
		if (!area->touched || !is_ours(area) || (CONFIG_VM_DEMAND && area->shared))
			err = 0;
		else if ((area->prot & UK_PROT_NONE) || (CONFIG_VM_DEMAND && area->lazy))
			err = give_back(area, from, &stop);
		else
			clear(from, &stop);
	}
	*at = stop;
	return err;
}

/* It can be done, and what could fail is. Lock held. */
static int prepare(uintptr_t at, uintptr_t end)
{
	const struct uk_vm_area *area;

	for (uintptr_t i = at; (area = uk__vm_tree_at(uk__vm_user.root, i)) && area->start < end;
	     i = area->end) {
		if (!is_ours(area))
			return -EINVAL;
	}
	int err = uk__vm_split_page(at);

	return err ? err : uk__vm_split_page(end);
}

int uk_vm_discard(uintptr_t at, size_t len)
{
	uintptr_t end;

	if (!uk__vm_is_range(at, len, &end))
		return -EINVAL;
	uk_spin_lock(&uk__vm_lock);
	bool covered = uk__vm_is_covered(at, end);
	int err = prepare(at, end);

	while (!err && at < end) {
		err = forget(&at, end);
		/* Others may change what follows: it is looked at anew. */
		uk_spin_unlock(&uk__vm_lock);
		uk_spin_lock(&uk__vm_lock);
	}
	uk_spin_unlock(&uk__vm_lock);
	return err || covered ? err : -ENOMEM;
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
