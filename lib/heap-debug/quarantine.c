/* SPDX-License-Identifier: BSD-3-Clause */
/* Freed blocks that are held back, the oldest first. */

#include "internal.h"

#define MOST (CONFIG_HEAP_DEBUG_QUARANTINE_KIB * 1024ul)

static struct uk_list retired = UK_LIST_INIT(retired);
static size_t bytes; /* lock */

static size_t weight(const struct uk__heap_debug_block *block)
{
	return block->size + block->lead;
}

/* The oldest if there is more than `most`; NULL: there is not. */
static struct uk__heap_debug_block *oldest(size_t most)
{
	struct uk__heap_debug_block *block = NULL;

	uk_spin_lock(&uk__heap_debug_lock);
	if (bytes > most) {
		block = UK_LIST_FIRST(&retired, struct uk__heap_debug_block, node);
		uk_list_remove(&block->node);
		bytes -= weight(block);
	}
	uk_spin_unlock(&uk__heap_debug_lock);
	return block;
}

static bool shrink(size_t most)
{
	struct uk__heap_debug_block *block;
	bool any = false;

	while ((block = oldest(most))) {
		uk__heap_debug_check_buried(block);
		uk__heap_debug_release(block);
		any = true;
	}
	return any;
}

void uk__heap_debug_retire(struct uk__heap_debug_block *block)
{
	uk_spin_lock(&uk__heap_debug_lock);
	uk_list_append(&retired, &block->node);
	bytes += weight(block);
	uk_spin_unlock(&uk__heap_debug_lock);
	shrink(MOST);
}

bool uk__heap_debug_let_go(void)
{
	return shrink(0);
}

size_t uk__heap_debug_check_retired(void)
{
	size_t n = 0;

	UK_LIST_FOREACH(node, &retired) {
		uk__heap_debug_check_buried(UK_LIST_ENTRY(node, struct uk__heap_debug_block, node));
		n++;
	}
	return n;
}
