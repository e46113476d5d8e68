/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What the option LOCKCHECK calls: implemented by lib/lockcheck, from spinlocks, lib/sync's
 * mutexes, the interrupt flag, and whatever sleeps. Without LOCKCHECK nobody calls any of
 * it. What is wrong ends in a panic that names the calls which took the locks:
 *
 *	a lock is wanted while another is held, and elsewhere it is the other way round
 *	it is wanted by who has it; it is released by who has not
 *	one that an interrupt handler takes is taken with interrupts on
 *	a thread may sleep in an interrupt, or with a spinlock held
 *
 * Each lock is known by its address. Any context but NMI.
 */

#include <uk/callers.h>
#include <uk/defs.h>

#define UK_LOCKCHECK_HELD  16u /* locks that one holds at a time, at most */
#define UK_LOCKCHECK_DEPTH 3u  /* callers that are kept of each */

/* What somebody holds, in order. All zero: nothing. */
struct uk_lockcheck_held {
	unsigned int count;
	struct uk_lockcheck_lock {
		const void *lock;
		uintptr_t at[UK_LOCKCHECK_DEPTH]; /* who took it */
	} locks[UK_LOCKCHECK_HELD];
};

/*
 * About to wait for a lock; have got it (by trying, too); about to release it. held: the thread's,
 * for what sleeps; NULL: it is a spinlock, which is its CPU's, preemption off.
 */
void uk_lockcheck_want(struct uk_lockcheck_held *held, const void *lock);
void uk_lockcheck_got(struct uk_lockcheck_held *held, const void *lock);
void uk_lockcheck_left(struct uk_lockcheck_held *held, const void *lock);

/* This call may sleep. Thread context is what it needs. */
void uk_lockcheck_may_sleep(void);

/* The memory is used for something else from now on: locks in it are others. */
void uk_lockcheck_forget(const void *low, size_t size);

/* An interrupt handler begins, ends. */
void uk_lockcheck_irq_enter(void);
void uk_lockcheck_irq_leave(void);

/*
 * Interrupts have been turned off; are about to be turned on. The longest time between the two, in
 * cycles (instructions under -icount), is told at exit with both places; more than the parameter
 * lockcheck.irqs_off panics.
 */
void uk_lockcheck_irqs_off(void);
void uk_lockcheck_irqs_on(void);

/*
 * Every thread of the application waits for ever, for another one to wake it: panics, unless the
 * parameter lockcheck.deadlock=0 says that something else will. Thread context.
 */
void uk_lockcheck_stuck(void);

/* No more checks: a panic is on its way. */
void uk_lockcheck_end(void);
