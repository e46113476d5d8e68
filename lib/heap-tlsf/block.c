/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"

void uk__heap_tlsf_block_write(struct block *block, size_t before, size_t size)
{
	block->before = before;
	block->head = MAGIC | size;
}

static void set_size(struct block *block, size_t size)
{
	block->head = MAGIC | size;
	block_after(block)->before = size;
}

/* `next` becomes a part of `block`; its header is no header any more. */
static void swallow(struct block *block, struct block *next)
{
	size_t size = size_of(block) + size_of(next);

	next->head = 0;
	set_size(block, size);
}

void uk__heap_tlsf_block_trim(struct block *block, size_t size)
{
	size_t rest = size_of(block) - size;

	if (rest < SIZE_MIN)
		return;
	set_size(block, size);

	struct block *tail = block_after(block);

	uk__heap_tlsf_block_write(tail, size, rest);
	set_size(tail, rest);
	uk__heap_tlsf_block_release(tail);
}

void uk__heap_tlsf_block_release(struct block *block)
{
	struct block *next = block_after(block);

	if (is_free(next)) {
		uk__heap_tlsf_index_remove(next);
		swallow(block, next);
	}
	if (block->before) {
		struct block *prev = block_before(block);

		if (is_free(prev)) {
			uk__heap_tlsf_index_remove(prev);
			swallow(prev, block);
			block = prev;
		}
	}
	block->head |= BIT_FREE;
	if (!uk__heap_tlsf_chunk_give_back(block))
		uk__heap_tlsf_index_insert(block);
}

bool uk__heap_tlsf_block_extend(struct block *block, size_t size)
{
	struct block *next = block_after(block);

	if (!is_free(next) || size_of(block) + size_of(next) < size)
		return false;
	uk__heap_tlsf_index_remove(next);
	swallow(block, next);
	uk__heap_tlsf_block_trim(block, size);
	return true;
}

struct block *uk__heap_tlsf_block_behead(struct block *block, size_t lead)
{
	struct block *rest = (struct block *)((char *)block + lead);

	uk__heap_tlsf_block_write(rest, lead, size_of(block) - lead);
	set_size(rest, size_of(block) - lead);
	set_size(block, lead);
	uk__heap_tlsf_block_release(block);
	return rest;
}
