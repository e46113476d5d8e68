/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Spinlocks. With LIB_SMP a ticket lock; without it nothing but, in the _irqsave form, the
 * interrupt flag. Holding one forbids sleeping (and, with a preemptive scheduler, preemption).
 * Take the _irqsave form where an interrupt handler takes the same lock. Any context.
 */

#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/defs.h>

struct uk_spinlock {
#if CONFIG_LIB_SMP
	uint32_t next;  /* ticket for the next comer */
	uint32_t owner; /* ticket being served */
#else
	char nothing[0];
#endif
};

#define UK_SPINLOCK_INIT \
	{ \
	}

#if CONFIG_LIB_SMP
uk_inline void uk_spin_lock(struct uk_spinlock *lock)
{
	uint32_t ticket = uk_fetch_add(&lock->next, 1);

	/* Acquire: pairs with the release in uk_spin_unlock(). */
	while (uk_load_acquire(&lock->owner) != ticket)
		uk_cpu_relax();
}

uk_inline bool uk_spin_trylock(struct uk_spinlock *lock)
{
	/* Acquire: pairs with the release in uk_spin_unlock(). */
	uint32_t ticket = uk_load_acquire(&lock->owner);

	return uk_compare_exchange(&lock->next, &ticket, ticket + 1);
}

uk_inline void uk_spin_unlock(struct uk_spinlock *lock)
{
	/* Release: what was done under the lock is seen by the next owner. */
	uk_store_release(&lock->owner, lock->owner + 1);
}
#else
uk_inline void uk_spin_lock(struct uk_spinlock *lock)
{
	(void)lock;
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
}
