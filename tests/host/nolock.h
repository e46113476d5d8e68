/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The planted fault of the SMP tests: a library is compiled with this in front, all of its
 * spinlocks compiled out, and its test passes only if TSan reports a race.
 */

#include <uk/spinlock.h>

#define uk_spin_lock(lock)                     ((void)(lock))
#define uk_spin_unlock(lock)                   ((void)(lock))
#define uk_spin_trylock(lock)                  ((void)(lock), true)
#define uk_spin_lock_irqsave(lock)             ((void)(lock), (uk_irqflags_t)1)
#define uk_spin_unlock_irqrestore(lock, flags) ((void)(lock), (void)(flags))
