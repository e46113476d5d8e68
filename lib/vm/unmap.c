/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unmapping takes time in proportion to the pages, and all CPUs may wait for the lock. So first the
 * areas become ones that go: nothing is placed there, and for everything else they are a hole.
 * Then their pages go, a piece at a time, the lock given up in between, and at last the areas,
 * whose objects are let go when nobody finds them any more: the last one frees all that an object
 * has. Who comes upon areas that go in its own range helps; areas that others have put into holes
 * of the range meanwhile stay.
 */

#include "internal.h"

/* Lock held, all that follow. */
static void mark(uintptr_t at, uintptr_t end)
{
	struct uk_vm_area *area;

	for (; (area = uk__vm_tree_at(uk__vm_user.root, at)) && area->start < end; at = area->end) {
		if (!area->going)
			area->going = area->start;
		area->prot = UK_PROT_NONE;
	}
}

/* A piece of what is still there, from *at on, which moves on. False: that was the last one. */
static bool release_some(uintptr_t *at, uintptr_t end)
{
	struct uk_vm_area *area = uk__vm_tree_at(uk__vm_user.root, *at);

	if (!area || area->start >= end)
		return false;
	*at = area->end;
	if (area->going && area->going < area->end) {
		/* Behind what others have done: the area may be another one by now, or a part. */
		*at = uk__vm_release_some(area, UK_MAX(area->going, area->start), area->end);
		area->going = *at;
	}
	return *at < end;
}

void uk__vm_let_go(struct uk_vm_area *gone)
{
	struct uk_vm_area *area;

	if (!CONFIG_VM_DEMAND || !gone)
		return;
	uk_spin_unlock(&uk__vm_lock);
	for (area = gone; area; area = area->right)
		uk__vm_object_drop(area);
	uk_spin_lock(&uk__vm_lock);
	while ((area = gone)) {
		gone = area->right;
		uk__vm_area_delete(area);
	}
}

static void remove(uintptr_t at, uintptr_t end, struct uk_vm_area **gone)
{
	struct uk_vm_area *area;

	while ((area = uk__vm_tree_at(uk__vm_user.root, at)) && area->start < end) {
		at = area->end;
		if (area->going < area->end)
			continue;
		uk__vm_area_remove(&uk__vm_user, area);
		if (CONFIG_VM_DEMAND && area->ops) {
			area->right = *gone;
			*gone = area;
		} else {
			uk__vm_area_delete(area);
		}
	}
}

int uk__vm_unmap(uintptr_t at, uintptr_t end, struct uk_vm_area **gone)
{
	uintptr_t next = at;
	int err = uk__vm_cut(at, end);

	if (err)
		return err;
	mark(at, end);
	while (release_some(&next, end)) {
		uk_spin_unlock(&uk__vm_lock);
		uk_spin_lock(&uk__vm_lock);
	}
	remove(at, end, gone);
	return 0;
}
