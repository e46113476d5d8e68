/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Atomic access (C11 memory model, section 5.1.2.4) by the compiler's builtins; any context.
 * The plain uk_load/uk_store are single accesses without order: for flags and for memory that
 * a device writes. Every acquire or release at a call says which one it pairs with.
 */

#define uk_load(p)             __atomic_load_n((p), __ATOMIC_RELAXED)
#define uk_load_acquire(p)     __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define uk_store(p, v)         __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define uk_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define uk_fetch_add(p, v)     __atomic_fetch_add((p), (v), __ATOMIC_ACQ_REL)
#define uk_fetch_sub(p, v)     __atomic_fetch_sub((p), (v), __ATOMIC_ACQ_REL)
#define uk_fetch_or(p, v)      __atomic_fetch_or((p), (v), __ATOMIC_ACQ_REL)
#define uk_fetch_and(p, v)     __atomic_fetch_and((p), (v), __ATOMIC_ACQ_REL)
#define uk_exchange(p, v)      __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL)
/* *old is updated on failure; true on success. */
#define uk_compare_exchange(p, old, v) \
	__atomic_compare_exchange_n((p), (old), (v), 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)

/* Full barrier between CPUs and devices. */
#define uk_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
/* Orders for the compiler only; the second form also keeps what was written at p. */
#define uk_compiler_barrier()     __asm__ __volatile__("" ::: "memory")
#define uk_compiler_barrier_at(p) __asm__ __volatile__("" ::"r"(p) : "memory")
