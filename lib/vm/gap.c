/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"

struct wish {
	uintptr_t from;
	size_t len;
	size_t align;
};

/* The lowest place in the hole [low, high), or 0. */
static uintptr_t fit(const struct wish *wish, uintptr_t low, uintptr_t high)
{
	uintptr_t at = UK_ALIGN_UP(UK_MAX(low, wish->from), wish->align);

	return at >= low && at <= high && wish->len <= high - at ? at : 0;
}

/* [low, high) is free but for the areas of the subtree. */
static uintptr_t search(const struct wish *wish, const struct uk_vm_area *node, uintptr_t low,
			uintptr_t high)
{
	if (!node)
		return fit(wish, low, high);
	if (high <= wish->from ||
	    (node->gap < wish->len && node->low - low < wish->len && high - node->high < wish->len))
		return 0;

	uintptr_t at = search(wish, node->left, low, node->start);

	return at ? at : search(wish, node->right, node->end, high);
}

uintptr_t uk__vm_gap(const struct space *space, uintptr_t from, size_t len, size_t align)
{
	uintptr_t low = UK_MAX(from, space->low);
	struct wish wish = { low, len, align };

	return search(&wish, space->root, space->low, space->high);
}
