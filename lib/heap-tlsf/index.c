/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists of free blocks, by powers of two and 16 steps in each; a bitmap over the powers and one
 * over the steps of each find a list that is not empty in two instructions.
 */

#include "internal.h"

#define STEP_BITS 4
#define STEPS     (1u << STEP_BITS)
#define SMALL     (UK_HEAP_GRAIN * STEPS) /* sizes below are one list for each grain */
#define SMALL_LOG 8
#define ROWS      (40 - SMALL_LOG + 1)

static struct uk_heap_block *lists[ROWS][STEPS];
static size_t bytes;         /* in all lists */
static uint64_t rows;        /* bit r: steps[r] is not 0 */
static uint16_t steps[ROWS]; /* bit s: lists[r][s] is not empty */

struct place {
	unsigned int row;
	unsigned int step;
};

static unsigned int log2_of(size_t n)
{
	return 63u - (unsigned int)__builtin_clzll(n);
}

static struct place place_of(size_t size)
{
	if (size < SMALL)
		return (struct place){ 0, (unsigned int)(size / UK_HEAP_GRAIN) };

	unsigned int log = log2_of(size);

	return (struct place){ log - SMALL_LOG + 1,
			       (unsigned int)(size >> (log - STEP_BITS)) & (STEPS - 1) };
}

void uk__heap_tlsf_index_insert(struct uk_heap_block *block)
{
	struct place at = place_of(uk_heap_size(block));
	struct uk_heap_block *first = lists[at.row][at.step];

	block->prev = NULL;
	block->next = first;
	if (first)
		first->prev = block;
	lists[at.row][at.step] = block;
	rows |= 1ull << at.row;
	steps[at.row] |= (uint16_t)(1u << at.step);
	bytes += uk_heap_size(block);
}

/* A link that somebody wrote over would make us write where it says. */
static bool is_linked(const struct uk_heap_block *block, const struct uk_heap_block *first)
{
	const struct uk_heap_block *next = block->next, *prev = block->prev;

	if (next && (uk_heap_is_outside(next) || next->prev != block))
		return false;
	return prev ? !uk_heap_is_outside(prev) && prev->next == block : first == block;
}

void uk__heap_tlsf_index_remove(struct uk_heap_block *block)
{
	uk_heap_block_check_free(block);

	struct place at = place_of(uk_heap_size(block));

	if (!is_linked(block, lists[at.row][at.step]))
		uk_heap_broken("a free block was overwritten");
	if (block->next)
		block->next->prev = block->prev;
	if (block->prev)
		block->prev->next = block->next;
	else
		lists[at.row][at.step] = block->next;
	if (!lists[at.row][at.step])
		steps[at.row] &= (uint16_t)~(1u << at.step);
	if (!steps[at.row])
		rows &= ~(1ull << at.row);
	bytes -= uk_heap_size(block);
}

size_t uk__heap_tlsf_index_bytes(void)
{
	return bytes;
}

bool uk__heap_tlsf_index_has(size_t size)
{
	return rows >> place_of(size).row;
}

/* From which list on every block is large enough: the size rounded up to the next step. */
static struct place place_for(size_t size)
{
	if (size >= SMALL)
		size += (1ul << (log2_of(size) - STEP_BITS)) - 1;
	return place_of(size);
}

struct uk_heap_block *uk__heap_tlsf_index_take(size_t size)
{
	struct place at = place_for(size);
	uint32_t fit = at.row < ROWS ? steps[at.row] & (~0u << at.step) : 0;

	if (!fit) {
		uint64_t above = at.row + 1 < ROWS ? rows & (~0ull << (at.row + 1)) : 0;

		if (!above)
			return NULL;
		at.row = (unsigned int)__builtin_ctzll(above);
		fit = steps[at.row];
	}

	struct uk_heap_block *block = lists[at.row][__builtin_ctz(fit)];

	uk__heap_tlsf_index_remove(block);
	return block;
}
