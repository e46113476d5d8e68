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
	uintptr_t base;      /* 0: not reserved yet */
	uintptr_t now;       /* the break */
	unsigned long moves; /* of the break, and of what lies behind it */
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
static void set(uintptr_t now)
{
	heap.now = now;
	heap.moves++;
}

/* [from, to) is behind the break. False: there is not enough memory. */
static bool fill(uintptr_t from, uintptr_t to)
{
	return uk__posix_mem_fits(to - heap.base) &&
	       uk_vm_protect(from, to - from, UK_PROT_WRITE) == 0;
}

static uintptr_t piece_below(uintptr_t from, uintptr_t to)
{
	return from - to > UK_VM_PIECE ? from - UK_VM_PIECE : to;
}

/* What lies behind the break goes, to `end`. Who fills that at the same time begins again, as
 * nobody knows how much of it is left. Lock held, given up in between. */
static void give_back(uintptr_t end)
{
	uintptr_t from;

	while ((from = UK_ALIGN_UP(heap.now, UK_PAGE_SIZE)) < end) {
		uintptr_t down = piece_below(end, from);

		uk_vm_decommit(down, end - down);
		end = down;
		heap.moves++;
		uk_spin_unlock(&heap.lock);
		uk_spin_lock(&heap.lock);
	}
}

/*
 * Memory is filled without the lock, as that takes the longer the more it is. What somebody else
 * has filled meanwhile stays so: true, once more. Lock held, before and after.
 */
static bool grow(uintptr_t from, uintptr_t to, uintptr_t wanted)
{
	unsigned long moves = heap.moves;

	uk_spin_unlock(&heap.lock);
	bool filled = fill(from, to);

	uk_spin_lock(&heap.lock);
	if (!filled) { /* memory ran out on the way, and would again */
		give_back(to);
		return false;
	}
	if (heap.moves != moves)
		return true;
	set(wanted);
	return false;
}

/* A piece of what is above. True: once more. Lock held. */
static bool shrink(uintptr_t from, uintptr_t to, uintptr_t wanted)
{
	uintptr_t down = piece_below(from, to);

	if (uk_vm_decommit(down, from - down))
		return false;
	set(down == to ? wanted : down);
	if (down == to)
		return false;
	uk_spin_unlock(&heap.lock);
	uk_spin_lock(&heap.lock);
	return true;
}

/* True: once more: there is more to do, or somebody else was faster. Lock held. */
static bool move_to(uintptr_t wanted)
{
	uintptr_t from = UK_ALIGN_UP(heap.now, UK_PAGE_SIZE);
	uintptr_t to = UK_ALIGN_UP(wanted, UK_PAGE_SIZE);

	if (to > from)
		return grow(from, to, wanted);
	/* What is given back comes again as zeros. */
	if (to < from)
		return shrink(from, to, wanted);
	set(wanted);
	return false;
}

/* The break as it is then; unchanged if it cannot be what was wanted. */
UK_SYSCALL_FULL1(brk, uintptr_t, wanted)
{
	uintptr_t now;

	uk_spin_lock(&heap.lock);
	if (reserve() && wanted >= heap.base && wanted <= heap.base + ROOM) {
		while (move_to(wanted))
			continue;
	}
	now = heap.now;
	uk_spin_unlock(&heap.lock);
	return (long)now;
}
