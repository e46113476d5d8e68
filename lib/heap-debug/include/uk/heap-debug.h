/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The heap of debug builds (HEAP_DEBUG): a layer that implements <uk/heap.h> over the configured
 * member. Around each block lie red zones; what is freed is filled with UK_HEAP_DEBUG_FREED and
 * held back for a while. A changed zone or freed byte, a block freed twice, a foreign pointer: a
 * panic that names the size of the block and who allocated and freed it. A block is looked at when
 * it is freed or resized, a freed one when it leaves the quarantine, and all by
 * uk_heap_debug_check() and at exit. An address that is made of one of the patterns faults, and the
 * panic says which.
 *
 * At exit lines `[ashlar] leak: ...` tell which blocks nothing points to any more: no word of
 * memory, but of the heap's blocks only those that are found themselves. A word that looks like a
 * pointer counts as one. The parameter heap-debug.held=1 also names the places of those that are
 * still held.
 */

#include <stddef.h>

/* No addresses of x86_64 or arm64, wherever they are used as such. */
#define UK_HEAP_DEBUG_NEW   0xa5 /* what fresh memory holds */
#define UK_HEAP_DEBUG_FREED 0x5e
#define UK_HEAP_DEBUG_ZONE  0xe9

/* Looks at all blocks and at all that is in quarantine; panics at the first that is not as it must
 * be. Returns how many there were. Thread context. */
size_t uk_heap_debug_check(void);

struct uk_heap_debug_leaks {
	size_t held; /* live blocks */
	size_t held_bytes;
	size_t lost; /* of them, those that nothing points to */
	size_t lost_bytes;
};
/* Looks for them. 0, or -ENOMEM: not even for a list of them. Thread context. */
int uk_heap_debug_leaks(struct uk_heap_debug_leaks *leaks);
