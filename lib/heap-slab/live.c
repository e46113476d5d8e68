/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where blocks lie, and whether there is one. The way of heap.c for small blocks asks less: a
 * masked head in which 38 bits are 0 is no accident, and its guard is looked at, too.
 */

#include "internal.h"

uint64_t uk__heap_slab_secret;
uintptr_t uk__heap_slab_low = UINTPTR_MAX, uk__heap_slab_high;

static struct uk_spinlock lock = UK_SPINLOCK_INIT;

void uk__heap_slab_cover(const void *low, size_t size)
{
	uintptr_t from = (uintptr_t)low, end = from + size;

	uk_spin_lock(&lock);
	if (uk__heap_slab_high == 0)
		uk__heap_slab_secret = uk_heap_new_secret();
	/* Relaxed: who frees a block in this has it from somebody who knew. */
	uk_store(&uk__heap_slab_low, UK_MIN(uk__heap_slab_low, from));
	uk_store(&uk__heap_slab_high, UK_MAX(uk__heap_slab_high, end));
	uk_spin_unlock(&lock);
}

uint64_t uk__heap_slab_live(void *ptr)
{
	if (!UK_IS_ALIGNED((uintptr_t)ptr, 16) || uk__heap_slab_is_outside(ptr))
		uk_heap_broken("foreign pointer");

	uint64_t meta = uk__heap_slab_meta(ptr);
	size_t asked = uk__heap_slab_asked(meta);

	if (meta == 0)
		uk_heap_broken("double free");
	if ((meta & (NONE | UNDER)) ||
	    (meta >= SMALL_END ? !(meta & (LARGE | ALIGNED))
			       : uk__heap_slab_class_in(meta) - 1 >= CLASSES - 1) ||
	    uk__heap_slab_is_outside((char *)ptr + asked))
		uk_heap_broken("foreign pointer or overwritten header");
	if (!uk__heap_slab_has_guard(ptr, asked))
		uk_heap_broken("overflow of this block");
	return meta;
}
