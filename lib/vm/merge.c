/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Neighbours that are alike become one area: a heap that grows by pieces stays one area, and
 * what was split for a moment is whole again.
 */

#include "internal.h"

/* An area that has pages stays apart from one that never had: the latter may be huge. On demand
 * what is huge is skipped in large steps. */
bool uk__vm_continues(const struct uk_vm_area *area, const struct uk_vm_area *next)
{
	if (area->end != next->start || area->prot != next->prot || area->ops != next->ops ||
	    area->object != next->object || area->going || next->going ||
	    (area->touched != next->touched && !(CONFIG_VM_DEMAND && area->lazy)))
		return false;
	if (CONFIG_VM_DEMAND &&
	    (area->lazy != next->lazy || area->copies != next->copies || area->huge != next->huge ||
	     area->read_only != next->read_only || area->unlimited != next->unlimited ||
	     area->shared != next->shared))
		return false;
	return !area->ops || area->offset + (area->end - area->start) == next->offset;
}

static void append(struct space *space, struct uk_vm_area *area, struct uk_vm_area *next)
{
	uk__vm_area_remove(space, next);
	uk__vm_stats.mapped += next->end - next->start;
	area->end = next->end;
	if (CONFIG_VM_DEMAND)
		area->touched |= next->touched;
	space->root = uk__vm_tree_update(space->root, area);
	uk__vm_object_drop(next);
	uk__vm_area_delete(next);
}

void uk__vm_merge(struct space *space, uintptr_t at, uintptr_t end)
{
	struct uk_vm_area *area = uk__vm_tree_at(space->root, at - 1);

	while (area && area->start < end) {
		struct uk_vm_area *next = uk__vm_tree_at(space->root, area->end);

		if (next && uk__vm_continues(area, next))
			append(space, area, next);
		else
			area = next;
	}
}
