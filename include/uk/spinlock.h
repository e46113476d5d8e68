/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Spinlocks. With LIB_SMP a word that whoever comes first sets: not in turns, because the host may
 * have taken the CPU away whose turn it is. Without it nothing but, in the _irqsave form, the
 * interrupt flag. Holding one forbids sleeping and, with a preemptive scheduler, preemption
 * (<uk/preempt.h>). Take the _irqsave form where an interrupt handler takes the same lock. With
 * LOCKCHECK it is always a word, and watched. Any context.
 */

#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/defs.h>
#include <uk/lockcheck.h>
#include <uk/preempt.h>

struct uk_spinlock {
#if CONFIG_LIB_SMP || CONFIG_LOCKCHECK
	uint32_t taken;
#else
	char nothing[0];
#endif
};

#define UK_SPINLOCK_INIT \
	{ \
	}

#if CONFIG_LIB_SMP || CONFIG_LOCKCHECK
uk_inline void uk_spin_lock(struct uk_spinlock *lock)
{
	uk_preempt_disable();
	if (CONFIG_LOCKCHECK)
		uk_lockcheck_want(NULL, lock);
	/* Acquire: pairs with the release in uk_spin_unlock(). */
	while (uk_unlikely(uk_exchange(&lock->taken, 1u))) {
		while (uk_load(&lock->taken))
			uk_cpu_relax();
	}
	if (CONFIG_LOCKCHECK)
		uk_lockcheck_got(NULL, lock);
}

uk_inline bool uk_spin_trylock(struct uk_spinlock *lock)
{
	uk_preempt_disable();
	/* Acquire: pairs with the release in uk_spin_unlock(). */
	if (!uk_load(&lock->taken) && !uk_exchange(&lock->taken, 1u)) {
		if (CONFIG_LOCKCHECK)
			uk_lockcheck_got(NULL, lock);
		return true;
	}
	uk_preempt_enable();
	return false;
}

uk_inline void uk_spin_unlock(struct uk_spinlock *lock)
{
	if (CONFIG_LOCKCHECK)
		uk_lockcheck_left(NULL, lock);
	/* Release: what was done under the lock is seen by the next owner. */
	uk_store_release(&lock->taken, 0u);
	uk_preempt_enable();
}
#else
uk_inline void uk_spin_lock(struct uk_spinlock *lock)
{
	(void)lock;
	uk_preempt_disable();
	uk_compiler_barrier();
}

uk_inline bool uk_spin_trylock(struct uk_spinlock *lock)
{
	uk_spin_lock(lock);
	return true;
}

uk_inline void uk_spin_unlock(struct uk_spinlock *lock)
{
	(void)lock;
	uk_compiler_barrier();
	uk_preempt_enable();
}
#endif

uk_inline uk_nodiscard uk_irqflags_t uk_spin_lock_irqsave(struct uk_spinlock *lock)
{
	uk_irqflags_t flags = uk_cpu_irq_save();

	uk_spin_lock(lock);
	return flags;
}

uk_inline void uk_spin_unlock_irqrestore(struct uk_spinlock *lock, uk_irqflags_t flags)
{
	uk_spin_unlock(lock);
	uk_cpu_irq_restore(flags);
	uk_preempt_check();
}
