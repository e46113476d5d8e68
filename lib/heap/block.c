/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Headers, and the chunks that they lie in.
 */

#include <uk/cpu.h>
#include <uk/frames.h>
#include <uk/heap-place.h>
#include <uk/meminfo.h>
#include <uk/panic.h>

uintptr_t uk_heap_secret;
uintptr_t uk_heap_low, uk_heap_high;
size_t uk_heap_pages;

/* No address: they are random, and whoever sees this may be who broke it. */
void uk_heap_broken(const char *what)
{
	uk_panic("heap: %s", what);
}

/* Not inlined, as it is in all that follows. */
uk_noinline void uk_heap_block_set(struct uk_heap_block *block, size_t size, size_t flags)
{
	struct uk_heap_block *after = uk_heap_at(block, size);

	block->head = uk_heap_mask(block) ^ (size << UK_HEAP_SHIFT | flags);
	after->before = uk_heap_mask(after) ^ size;
}

struct uk_heap_block *uk_heap_block_cut(struct uk_heap_block *block, size_t size)
{
	struct uk_heap_block *rest = uk_heap_at(block, size);
	size_t left = uk_heap_size(block) - size;

	if (left > 0)
		uk_heap_block_set(rest, left, UK_HEAP_FREE);
	uk_heap_block_set(block, size, 0);
	return rest;
}

/* Who still has a pointer to the second one, and frees it again, shall hear that. */
void uk_heap_block_join(struct uk_heap_block *block, struct uk_heap_block *next)
{
	uk_heap_block_set(block, uk_heap_size(block) + uk_heap_size(next), UK_HEAP_FREE);
	next->head = uk_heap_mask(next) ^ UK_HEAP_FREE;
}

void uk_heap_block_check_free(struct uk_heap_block *block)
{
	size_t size = uk_heap_size(block);
	struct uk_heap_block *after = uk_heap_at(block, size);

	if ((uk_heap_head(block) & (UK_HEAP_NONE | UK_HEAP_SLACK | UK_HEAP_FREE)) != UK_HEAP_FREE ||
	    uk_heap_is_outside(after) || uk_heap_before(after) != size)
		uk_heap_broken("a free block was overwritten");
}

uint64_t uk_heap_new_secret(void)
{
	uint64_t word;

	if (!uk_cpu_random_seed(&word) && !uk_cpu_random(&word))
		word = uk_cpu_cycles_ordered() * 0x9e3779b97f4a7c15ull; /* spreads its bits */
	return word | (UK_HEAP_GRAIN - 1);
}

/* The heap's memory lies between two addresses; other things may lie there too. */
static void cover(uintptr_t low, uintptr_t high)
{
	if (uk_heap_high == 0) {
		uk_heap_secret = uk_heap_new_secret();
		uk_heap_low = low;
	}
	uk_heap_low = UK_MIN(uk_heap_low, low);
	uk_heap_high = UK_MAX(uk_heap_high, high);
}

uk_noinline struct uk_heap_block *uk_heap_chunk_new(size_t size, size_t wish)
{
	size_t least = (size + UK_HEAP_HEADER + UK_PAGE_SIZE - 1) / UK_PAGE_SIZE;
	size_t pages = UK_MAX(wish / UK_PAGE_SIZE, least);
	uk_paddr_t pa = uk_frames_alloc_run(pages);

	if (!pa && pages > least) {
		pages = least;
		pa = uk_frames_alloc_run(pages);
	}
	if (!pa)
		return NULL;
	uk_holder_take(&uk_heap_pages, pages);

	struct uk_heap_block *block = uk_phys_to_virt(pa);
	size_t bytes = pages * UK_PAGE_SIZE - UK_HEAP_HEADER;
	struct uk_heap_block *end = uk_heap_at(block, bytes);

	cover((uintptr_t)block, (uintptr_t)end + UK_HEAP_HEADER);
	block->before = uk_heap_mask(block);
	uk_heap_block_set(block, bytes, 0);
	end->head = uk_heap_mask(end);
	return block;
}

void uk_heap_chunk_free(struct uk_heap_block *block)
{
	size_t bytes = uk_heap_size(block) + UK_HEAP_HEADER;

	uk_holder_give(&uk_heap_pages, bytes / UK_PAGE_SIZE);
	uk_frames_free_run(uk_virt_to_phys(block), bytes / UK_PAGE_SIZE);
}
