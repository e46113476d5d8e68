/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"

/* A used block becomes free, melts with free neighbours and goes into the index, or its whole
 * chunk goes back. */
void uk_heap_place_put(struct uk_heap_block *block)
{
	struct uk_heap_block *next = uk_heap_after(block);
	size_t before = uk_heap_before(block);

	uk_heap_block_set(block, uk_heap_size(block), UK_HEAP_FREE);
	if (uk_heap_is_free(next)) {
		uk__heap_tlsf_index_remove(next);
		uk_heap_block_join(block, next);
	}
	if (before) {
		struct uk_heap_block *prev = uk_heap_at(block, -before);

		if (uk_heap_is_free(prev)) {
			uk__heap_tlsf_index_remove(prev);
			uk_heap_block_join(prev, block);
			block = prev;
		}
	}
	uk__heap_tlsf_chunk_put(block);
}

/* The rest of it becomes free, if it is worth a block. */
static void trim(struct uk_heap_block *block, size_t size)
{
	if (uk_heap_size(block) - size >= SIZE_MIN)
		uk_heap_place_put(uk_heap_block_cut(block, size));
}

/* The first `lead` bytes become a free block; returns what is left. */
static struct uk_heap_block *behead(struct uk_heap_block *block, size_t lead)
{
	struct uk_heap_block *rest = uk_heap_block_cut(block, lead);

	uk_heap_block_set(rest, uk_heap_size(rest), 0);
	uk_heap_place_put(block);
	return rest;
}

struct uk_heap_block *uk_heap_place_get(size_t align, size_t size)
{
	bool aligned = align > UK_HEAP_GRAIN;
	size_t with_lead = aligned ? size + align + SIZE_MIN : size;
	struct uk_heap_block *block = uk__heap_tlsf_index_take(with_lead);

	if (block) {
		uk_heap_block_set(block, uk_heap_size(block), 0);
	} else {
		block = uk__heap_tlsf_chunk_new(with_lead);
	}
	if (block && aligned) {
		size_t lead = uk_heap_lead(block, align);

		if (lead)
			block = behead(block, lead < SIZE_MIN ? lead + align : lead);
	}
	if (block)
		trim(block, size);
	return block;
}

bool uk_heap_place_resize(struct uk_heap_block *block, size_t size)
{
	struct uk_heap_block *next = uk_heap_after(block);
	size_t old = uk_heap_size(block);

	if (size > old) {
		if (!uk_heap_is_free(next) || old + uk_heap_size(next) < size)
			return false;
		uk__heap_tlsf_index_remove(next);
		uk_heap_block_join(block, next);
	}
	trim(block, size);
	return true;
}
