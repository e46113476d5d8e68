/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Between thread.c, waitq.c and their tests. */

#include <uk/thread.h>

/* Sleep until *woken is not 0. Thread context; interrupts in any state. */
void uk__thread_block(uint32_t *woken);
/* The same, or until the thread is interrupted. */
void uk__thread_block_interruptible(uint32_t *woken);
/* Set *woken and make the thread ready if it sleeps on it. The caller holds the lock of the
 * waiter's queue, so that the thread cannot go away. Any context but NMI, interrupts off. */
void uk__thread_unblock(struct uk_thread *thread, uint32_t *woken);

/* Lowest words of a stack (THREAD_DEBUG), or all of it (THREAD_REPORT). */
#define UK__THREAD_STACK_MARK 0x5afe57ac5afe57acull

/* stacks.c, THREAD_REPORT: a stack of the kernel's is new; main goes on below here; the calling
 * thread ends, which is told of at exit. */
void uk__thread_stack_fill(struct uk_thread *thread);
void uk__thread_stack_main(void);
void uk__thread_stack_ends(void);

/* The calling CPU's own context becomes `self`, its idle thread. */
void uk__thread_cpu_init(struct uk_thread *self);
/* By the idle thread: run another one until this CPU has none, or sleep for an interrupt. */
void uk__thread_idle_turn(void);
