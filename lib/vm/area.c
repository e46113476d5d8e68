/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"
#include <uk/frames.h>
#include <uk/panic.h>
#include <uk/string.h>

static struct uk_vm_area *unused; /* linked by `right` */
static size_t held;

UK_HOLDER(held, "records of mappings", NULL);

static bool refill(void)
{
	struct uk_vm_area *nodes = uk_pages_alloc(0);
	size_t n = nodes ? UK_PAGE_SIZE / sizeof(*nodes) : 0;

	if (nodes)
		uk_holder_take(&held, 1);
	while (n--)
		uk__vm_area_delete(&nodes[n]);
	return nodes;
}

/* The last two are for splits alone: who lacks memory must be able to give some back, which may
 * split an area at both ends. */
static struct uk_vm_area *take(bool to_split)
{
	bool last = !unused || !unused->right || !unused->right->right;

	if (last && !refill() && !to_split)
		return NULL;

	struct uk_vm_area *area = unused;

	if (area)
		unused = area->right;
	return area;
}

struct uk_vm_area *uk__vm_area_new(void)
{
	struct uk_vm_area *area = take(false);

	if (area)
		memset(area, 0, sizeof(*area));
	return area;
}

void uk__vm_area_delete(struct uk_vm_area *area)
{
	area->right = unused;
	unused = area;
}

void uk__vm_area_insert(struct space *space, struct uk_vm_area *area)
{
	space->root = uk__vm_tree_insert(space->root, area);
	uk__vm_stats.areas++;
	uk__vm_stats.mapped += area->end - area->start;
}

void uk__vm_area_remove(struct space *space, struct uk_vm_area *area)
{
	space->root = uk__vm_tree_remove(space->root, area);
	uk__vm_stats.areas--;
	uk__vm_stats.mapped -= area->end - area->start;
}

int uk__vm_area_split(struct space *space, uintptr_t at)
{
	struct uk_vm_area *area = uk__vm_tree_at(space->root, at);

	if (!area || area->start >= at)
		return 0;

	struct uk_vm_area *upper = take(true);

	if (!upper)
		return -ENOMEM;
	*upper = *area;
	uk__vm_object_hold(upper);
	upper->start = at;
	upper->offset += at - area->start;
	uk__vm_stats.mapped -= area->end - at;
	area->end = at;
	space->root = uk__vm_tree_update(space->root, area);
	uk__vm_area_insert(space, upper);
	return 0;
}
