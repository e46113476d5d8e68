/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A lack of memory where a test wants it; with HEAP_FAIL. Any context.
 */

#include <stdbool.h>

/* The n-th allocation from now on (0: the next) fails, and only that; negative: none does. */
void uk_heap_fail_at(long n);
/* It has come to that. */
bool uk_heap_fail_done(void);
/* Asked once for each allocation, by the heap. */
bool uk_heap_fail_now(void);
