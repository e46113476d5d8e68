/* SPDX-License-Identifier: BSD-3-Clause */
/* One block: its zones, and what it looks like when it is freed. */

#include "internal.h"
#include <uk/panic.h>
#include <uk/string.h>

/* With the block's address: neither is there by accident. */
#define LIVE  0x6c6976652d68656full
#define FREED 0x66726565642d6865ull

#define SIZE_LIMIT (1ul << 40)

struct uk__heap_debug_block *uk__heap_debug_culprit;

void *uk__heap_debug_payload(struct uk__heap_debug_block *block)
{
	return block + 1;
}

void uk__heap_debug_broken(struct uk__heap_debug_block *block, const char *what)
{
	uk__heap_debug_culprit = block;
	if (block)
		uk_panic("heap: %s (%zu bytes)", what, block->size);
	uk_panic("heap: %s", what);
}

/* Of the zone behind. */
static size_t behind(size_t size)
{
	return UK_ALIGN_UP(size, 16) - size + UK__HEAP_DEBUG_BEHIND;
}

size_t uk__heap_debug_need(size_t align, size_t size, size_t *lead)
{
	if (size > SIZE_LIMIT || align > SIZE_LIMIT)
		return 0;
	*lead = UK_ALIGN_UP(sizeof(struct uk__heap_debug_block), UK_MAX(align, 16ul));
	return *lead + size + behind(size);
}

struct uk__heap_debug_block *uk__heap_debug_make(void *base, size_t lead, size_t size)
{
	struct uk__heap_debug_block *block =
		(struct uk__heap_debug_block *)((char *)base + lead) - 1;
	char *payload = uk__heap_debug_payload(block);

	*block = (struct uk__heap_debug_block){
		.size = size,
		.lead = (uint32_t)lead,
		.magic = LIVE ^ (uintptr_t)block,
	};
	memset(block->zone, UK_HEAP_DEBUG_ZONE, sizeof(block->zone));
	memset(payload, UK_HEAP_DEBUG_NEW, size);
	memset(payload + size, UK_HEAP_DEBUG_ZONE, behind(size));
	return block;
}

static bool is_filled(const unsigned char *at, size_t size, unsigned char with)
{
	for (size_t i = 0; i < size; i++) {
		if (at[i] != with)
			return false;
	}
	return true;
}

void uk__heap_debug_check_zones(struct uk__heap_debug_block *block)
{
	const unsigned char *payload = uk__heap_debug_payload(block);

	if (!is_filled(payload + block->size, behind(block->size), UK_HEAP_DEBUG_ZONE))
		uk__heap_debug_broken(block, "overflow of this block");
	if (!is_filled(block->zone, sizeof(block->zone), UK_HEAP_DEBUG_ZONE))
		uk__heap_debug_broken(block, "write before this block");
}

struct uk__heap_debug_block *uk__heap_debug_at(void *ptr)
{
	struct uk__heap_debug_block *block = (struct uk__heap_debug_block *)ptr - 1;

	if (!UK_IS_ALIGNED((uintptr_t)ptr, 16))
		uk__heap_debug_broken(NULL, "foreign pointer");
	if (block->magic == (FREED ^ (uintptr_t)block))
		uk__heap_debug_broken(block, "double free");
	if (block->magic != (LIVE ^ (uintptr_t)block))
		uk__heap_debug_broken(NULL, "foreign pointer or overwritten header");
	uk__heap_debug_check_zones(block);
	return block;
}

void uk__heap_debug_bury(struct uk__heap_debug_block *block)
{
	block->magic = FREED ^ (uintptr_t)block;
	if (CONFIG_LOCKCHECK)
		uk_lockcheck_forget(uk__heap_debug_payload(block), block->size);
	memset(uk__heap_debug_payload(block), UK_HEAP_DEBUG_FREED, block->size);
}

void uk__heap_debug_check_buried(struct uk__heap_debug_block *block)
{
	if (!is_filled(uk__heap_debug_payload(block), block->size, UK_HEAP_DEBUG_FREED))
		uk__heap_debug_broken(block, "use after free: a free block was overwritten");
	uk__heap_debug_check_zones(block);
}

void uk__heap_debug_release(struct uk__heap_debug_block *block)
{
	char *base = (char *)uk__heap_debug_payload(block) - block->lead;

	block->magic = 0;
	uk_heap_below_free(base);
}
