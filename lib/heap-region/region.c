/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory in a row. A block that is freed is only marked, unless it is the last one: then the row
 * ends before it, and before those in front of it that are marked. Chunks never go back: what
 * keeps the last block of one would keep it anyway, and looking costs more than it ever finds.
 */

#include <uk/heap-place.h>

#define CHUNK (64ul << 10) /* taken from the frames at a time, if no more is needed */

static struct uk_heap_block *rest; /* behind the last block: free, or the end of the chunk */

/* What is left of the old chunk is lost. */
static bool grow(size_t bytes)
{
	struct uk_heap_block *chunk = uk_heap_chunk_new(bytes, CHUNK);

	if (!chunk)
		return false;
	rest = chunk;
	uk_heap_block_set(rest, uk_heap_size(rest), UK_HEAP_FREE);
	return true;
}

static bool fits(size_t align, size_t size)
{
	return rest && uk_heap_lead(rest, align) + size <= uk_heap_size(rest);
}

struct uk_heap_block *uk_heap_place_get(size_t align, size_t size)
{
	if (!fits(align, size) && !grow(size + align))
		return NULL;

	size_t lead = uk_heap_lead(rest, align);
	struct uk_heap_block *block = rest;

	if (lead) {
		block = uk_heap_block_cut(rest, lead);
		uk_heap_block_set(rest, lead, UK_HEAP_FREE);
	}
	rest = uk_heap_block_cut(block, size);
	return block;
}

/* The block becomes free; if the rest is behind it, it becomes a part of that. */
void uk_heap_place_put(struct uk_heap_block *block)
{
	size_t before = uk_heap_before(block);
	bool is_last = uk_heap_after(block) == rest;

	uk_heap_block_set(block, uk_heap_size(block), UK_HEAP_FREE);
	if (!is_last)
		return;
	if (uk_heap_size(rest) > 0)
		uk_heap_block_join(block, rest);
	while (before && uk_heap_is_free(uk_heap_at(block, -before))) {
		struct uk_heap_block *prev = uk_heap_at(block, -before);

		before = uk_heap_before(prev);
		uk_heap_block_check_free(prev);
		uk_heap_block_join(prev, block);
		block = prev;
	}
	rest = block;
}

/* The last block grows where it is; every one may shrink. */
bool uk_heap_place_resize(struct uk_heap_block *block, size_t size)
{
	size_t old = uk_heap_size(block);

	if (size > old) {
		if (uk_heap_after(block) != rest || size - old > uk_heap_size(rest))
			return false;
		uk_heap_block_join(block, rest);
		rest = uk_heap_block_cut(block, size);
	} else if (size < old) {
		uk_heap_place_put(uk_heap_block_cut(block, size));
	}
	return true;
}

size_t uk_heap_place_free(void)
{
	return rest ? uk_heap_size(rest) : 0;
}
