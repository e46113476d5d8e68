/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * For tests: pairs of functions. Without LIB_SMP (and LOCKCHECK, and whatever preempts) those of a
 * pair have the same size, for a lock and what says which CPU's a variable is are no code, and a
 * lock is no byte either.
 */

#include <uk/percpu.h>
#include <uk/spinlock.h>

_Static_assert(CONFIG_LIB_SMP || CONFIG_LOCKCHECK || sizeof(struct uk_spinlock) == 0, "a lock");
_Static_assert(!CONFIG_LIB_SMP || sizeof(struct uk_spinlock) == 4, "a lock");

#define KEPT __attribute__((used, retain, noinline))

struct guarded {
	struct uk_spinlock lock;
	int value; /* lock */
};

struct plain {
	int value;
};

KEPT void pair_lock(struct guarded *g);
KEPT void pair_lock_without(struct plain *p);
KEPT int *pair_cpu(void);
KEPT int *pair_cpu_without(void);

void pair_lock(struct guarded *g)
{
	uk_spin_lock(&g->lock);
	g->value = 1;
	uk_spin_unlock(&g->lock);
}

void pair_lock_without(struct plain *p)
{
	p->value = 1;
}

static UK_PERCPU(int, of_cpu);

int *pair_cpu(void)
{
	return uk_percpu(of_cpu);
}

static int of_all;

int *pair_cpu_without(void)
{
	return &of_all;
}
