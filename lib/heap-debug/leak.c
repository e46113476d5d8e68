/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What nothing points to. From memory that is no block's, words that lead into a block reach it,
 * and from there its own words others; what remains is lost.
 */

#include "internal.h"
#include <uk/errno.h>

/* Lock held, all of it. */
static struct uk__heap_debug_block **blocks; /* by address */
static size_t nblocks;
static struct uk__heap_debug_block *todo;

static uintptr_t start_of(size_t i)
{
	return (uintptr_t)uk__heap_debug_payload(blocks[i]);
}

/* The first block that starts above; nblocks: none does. */
static size_t above(uintptr_t address)
{
	size_t low = 0, high = nblocks;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (start_of(middle) > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static void look_at(uintptr_t word)
{
	if (word < start_of(0))
		return;

	struct uk__heap_debug_block *block = blocks[above(word) - 1];

	/* The end is the block's, too: where a loop over it leaves its pointer. */
	if (block->reached || word - (uintptr_t)uk__heap_debug_payload(block) > block->size)
		return;
	block->reached = 1;
	block->next = todo;
	todo = block;
}

/* Words of somebody else's, which he may be writing. */
__attribute__((no_sanitize("address", "thread"))) static void scan_words(uintptr_t low,
									 uintptr_t high)
{
	for (uintptr_t at = UK_ALIGN_UP(low, 8); at + 8 <= high; at += 8)
		look_at(*(const volatile uintptr_t *)at);
}

/* Blocks aside. */
static void scan(uintptr_t low, uintptr_t high)
{
	for (size_t i = above(low); i < nblocks && low < high; i++) {
		uintptr_t start = start_of(i) - sizeof(struct uk__heap_debug_block);

		if (start >= high)
			break;
		if (start > low)
			scan_words(low, start);
		low = start_of(i) + blocks[i]->size;
	}
	if (low < high)
		scan_words(low, high);
}

static void sift(size_t root, size_t end)
{
	for (size_t child; (child = 2 * root + 1) < end; root = child) {
		if (child + 1 < end && blocks[child + 1] > blocks[child])
			child++;
		if (blocks[root] >= blocks[child])
			return;

		struct uk__heap_debug_block *other = blocks[root];

		blocks[root] = blocks[child];
		blocks[child] = other;
	}
}

/* Heap sort (J. W. J. Williams, 1964): no recursion, no memory. */
static void sort(void)
{
	for (size_t i = nblocks / 2; i-- > 0;)
		sift(i, nblocks);
	for (size_t end = nblocks; end-- > 1;) {
		struct uk__heap_debug_block *most = blocks[0];

		blocks[0] = blocks[end];
		blocks[end] = most;
		sift(0, end);
	}
}

static size_t collect(size_t most)
{
	size_t n = 0;

	UK_LIST_FOREACH(node, &uk__heap_debug_live) {
		if (n == most)
			break;
		blocks[n] = UK_LIST_ENTRY(node, struct uk__heap_debug_block, node);
		blocks[n++]->reached = 0;
	}
	return n;
}

static void count(struct uk_heap_debug_leaks *leaks)
{
	for (size_t i = 0; i < nblocks; i++) {
		leaks->held++;
		leaks->held_bytes += blocks[i]->size;
		if (!blocks[i]->reached) {
			leaks->lost++;
			leaks->lost_bytes += blocks[i]->size;
		}
	}
}

/* Lock held. */
static void reach(struct uk_heap_debug_leaks *leaks)
{
	sort();
	todo = NULL;
	if (nblocks > 0)
		uk__heap_debug_roots(scan);
	while (todo) {
		uintptr_t start = (uintptr_t)uk__heap_debug_payload(todo);
		size_t size = todo->size;

		todo = todo->next;
		scan_words(start, start + size);
	}
	count(leaks);
}

int uk__heap_debug_mark(struct uk_heap_debug_leaks *leaks)
{
	struct uk_heap_stats stats;

	*leaks = (struct uk_heap_debug_leaks){ 0 };
	uk_heap_stats(&stats);

	size_t most = stats.blocks + 64; /* others may allocate meanwhile */
	void *list = uk_heap_below_alloc(most * sizeof(blocks[0]));

	if (!list)
		return -ENOMEM;
	uk_spin_lock(&uk__heap_debug_lock);
	blocks = list;
	nblocks = collect(most);
	reach(leaks);
	nblocks = 0;
	blocks = NULL;
	uk_spin_unlock(&uk__heap_debug_lock);
	uk_heap_below_free(list);
	return 0;
}

void uk__heap_debug_count_sites(bool lost)
{
	for (uint32_t i = 0; i < uk__heap_debug_nsites; i++)
		uk__heap_debug_sites[i].blocks = uk__heap_debug_sites[i].bytes = 0;
	UK_LIST_FOREACH(node, &uk__heap_debug_live) {
		struct uk__heap_debug_block *block =
			UK_LIST_ENTRY(node, struct uk__heap_debug_block, node);
		struct uk__heap_debug_site *site = &uk__heap_debug_sites[block->site];

		if (lost && block->reached)
			continue;
		site->blocks++;
		site->bytes += block->size;
	}
}

int uk_heap_debug_leaks(struct uk_heap_debug_leaks *leaks)
{
	return uk__heap_debug_mark(leaks);
}
