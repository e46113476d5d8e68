/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * brk (Linux, brk(2)): addresses are reserved at the first call, memory is taken as it grows.
 */

#include "mem.h"
#include <uk/mmu.h>
#include <uk/spinlock.h>
#include <uk/syscall.h>
#include <uk/vm.h>

#define ROOM (1ul << 30) /* of addresses */

static struct {
	struct uk_spinlock lock;
	uintptr_t base; /* 0: not reserved yet */
	uintptr_t now;  /* the break */
} heap;

/* Lock held. */
static bool reserve(void)
{
	intptr_t at;

	if (heap.base != 0)
		return true;
	at = uk_vm_map(0, ROOM, UK_PROT_NONE, ON_DEMAND);
	if (at < 0)
		return false;
	heap.base = heap.now = (uintptr_t)at;
	return true;
}

/* Lock held. */
static bool move_to(uintptr_t wanted)
{
	uintptr_t from = UK_ALIGN_UP(heap.now, UK_PAGE_SIZE);
	uintptr_t to = UK_ALIGN_UP(wanted, UK_PAGE_SIZE);

	/* What is given back comes again as zeros. */
	if (to < from)
		return uk_vm_decommit(to, from - to) == 0;
	if (!uk__posix_mem_fits(to - heap.base))
		return false;
	if (to == from || uk_vm_protect(from, to - from, UK_PROT_WRITE) == 0)
		return true;
	/* Memory ran out on the way. */
	uk_vm_decommit(from, to - from);
	return false;
}

/* The break as it is then; unchanged if it cannot be what was wanted. */
UK_SYSCALL_FULL1(brk, uintptr_t, wanted)
{
	uintptr_t now;

	uk_spin_lock(&heap.lock);
	if (reserve() && wanted >= heap.base && wanted <= heap.base + ROOM && move_to(wanted))
		heap.now = wanted;
	now = heap.now;
	uk_spin_unlock(&heap.lock);
	return (long)now;
}
