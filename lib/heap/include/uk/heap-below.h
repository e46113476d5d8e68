/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The heap's names where heap-debug stands in front of the member: what a member defines as
 * uk_heap_alloc() is uk_heap_below_alloc() to all others. Members see this through
 * <uk/heap-place.h>, before <uk/heap.h>.
 */

#if CONFIG_HEAP_DEBUG
#define uk_heap_alloc         uk_heap_below_alloc
#define uk_heap_aligned_alloc uk_heap_below_aligned_alloc
#define uk_heap_realloc       uk_heap_below_realloc
#define uk_heap_free          uk_heap_below_free
#define uk_heap_usable_size   uk_heap_below_usable_size
#define uk_heap_stats         uk_heap_below_stats
#endif
