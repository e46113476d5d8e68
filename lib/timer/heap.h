/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Pairing heap of timers, by deadline (Fredman, Sedgewick, Sleator, Tarjan: "The Pairing Heap:
 * A New Form of Self-Adjusting Heap", Algorithmica 1, 1986). Intrusive; the caller locks.
 */

#include <uk/timer.h>

/* The new root. `timer` is in no heap. */
struct uk_timer *uk__timer_heap_insert(struct uk_timer *root, struct uk_timer *timer);
/* The new root, NULL when it was the last. `timer` is in the heap of `root`. */
struct uk_timer *uk__timer_heap_remove(struct uk_timer *root, struct uk_timer *timer);
