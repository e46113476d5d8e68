/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Between thread.c and waitq.c. */

#include <uk/thread.h>

/* Sleep until *woken is not 0. Thread context; interrupts in any state. */
void uk__thread_block(uint32_t *woken);
/* Set *woken and make the thread ready if it sleeps on it. The caller holds the lock of the
 * waiter's queue, so that the thread cannot go away. Any context but NMI, interrupts off. */
void uk__thread_unblock(struct uk_thread *thread, uint32_t *woken);
