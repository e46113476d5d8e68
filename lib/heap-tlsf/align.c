/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"
#include <uk/panic.h>

/* Distance from the payload to the next aligned place that leaves room for a block before it. */
static size_t lead_of(struct block *block, size_t align)
{
	uintptr_t payload = (uintptr_t)payload_of(block);
	uintptr_t at = UK_ALIGN_UP(payload, align);

	if (at != payload && at - payload < SIZE_MIN)
		at += align;
	return at - payload;
}

void *uk_heap_aligned_alloc(size_t align, size_t payload)
{
	UK_ASSERT(UK_IS_POW2(align));
	if (align <= GRAIN)
		return uk_heap_alloc(payload);

	size_t size = uk__heap_tlsf_need(payload);

	if (!size || align > SIZE_LIMIT / 4)
		return NULL;
	uk_spin_lock(&uk__heap_tlsf_lock);
	struct block *block = uk__heap_tlsf_get(size + align + SIZE_MIN);

	if (block) {
		size_t lead = lead_of(block, align);

		if (lead)
			block = uk__heap_tlsf_block_behead(block, lead);
		uk__heap_tlsf_block_trim(block, size);
		uk__heap_tlsf_count(block);
	}
	uk_spin_unlock(&uk__heap_tlsf_lock);
	return block ? payload_of(block) : NULL;
}
