/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stacks for kernel threads, in a space of their own in the upper half. Below each lies at least
 * one page that is never mapped. They are never a power of two apart, or the tops of all would
 * compete for the same few entries of the TLB.
 */

#include "internal.h"
#include <uk/panic.h>

#define LOW  0xffffd00000000000ul
#define HIGH 0xffffd10000000000ul
#define KEPT 4

#define LARGE (2ul << 20)

struct space uk__vm_stacks = { .low = LOW, .high = HIGH };

static uintptr_t base; /* they begin here; 0: not chosen yet */

/* Stacks that nobody uses, still mapped: interrupts off guard the CPU's own. */
static struct cache {
	struct {
		void *stack;
		size_t size;
	} kept[KEPT];
} caches[UK_CPUS_MAX];

static void *take_kept(size_t size)
{
	uk_irqflags_t flags = uk_cpu_irq_save();
	struct cache *cache = &caches[uk_cpu_id()];
	void *stack = NULL;

	for (unsigned int i = 0; i < KEPT && !stack; i++) {
		if (cache->kept[i].stack && cache->kept[i].size == size) {
			stack = cache->kept[i].stack;
			cache->kept[i].stack = NULL;
		}
	}
	uk_cpu_irq_restore(flags);
	return stack;
}

static bool keep(void *stack, size_t size)
{
	uk_irqflags_t flags = uk_cpu_irq_save();
	struct cache *cache = &caches[uk_cpu_id()];
	bool done = false;

	for (unsigned int i = 0; i < KEPT && !done; i++) {
		if (!cache->kept[i].stack) {
			cache->kept[i].stack = stack;
			cache->kept[i].size = size;
			done = true;
		}
	}
	uk_cpu_irq_restore(flags);
	return done;
}

static size_t guard_size(size_t size)
{
	return UK_IS_POW2(size + UK_PAGE_SIZE) ? 2 * UK_PAGE_SIZE : UK_PAGE_SIZE;
}

/*
 * Room for len bytes, or 0: in each boot elsewhere in the lower half, and within the first MiB of
 * what one table maps, so that few stacks need one table. Lock held.
 */
static uintptr_t place(size_t len)
{
	if (!base) {
		uint64_t word = uk__vm_random();

		base = LOW + (word >> 8) % ((HIGH - LOW) / 2 / LARGE) * LARGE +
		       (word & 0xff) * UK_PAGE_SIZE;
	}

	uintptr_t at = uk__vm_gap(&uk__vm_stacks, base, len, UK_PAGE_SIZE);

	return at ? at : uk__vm_gap(&uk__vm_stacks, LOW, len, UK_PAGE_SIZE);
}

/* The area of a new stack, or 0. Lock held. */
static uintptr_t insert(size_t size)
{
	struct uk_vm_area *area = uk__vm_area_new();
	size_t guard = guard_size(size);
	uintptr_t at = area ? place(guard + size) : 0;

	if (!at) {
		if (area)
			uk__vm_area_delete(area);
		return 0;
	}
	area->start = at + guard;
	area->end = at + guard + size;
	area->prot = UK_PROT_WRITE;
	area->uncleared = true;
	uk__vm_area_insert(&uk__vm_stacks, area);
	return area->start;
}

static void unmap(uintptr_t at, size_t size)
{
	uk_spin_lock(&uk__vm_lock);
	struct uk_vm_area *area = uk__vm_tree_at(uk__vm_stacks.root, at);

	UK_ASSERT(area && area->start == at && area->end == at + size);
	uk__vm_area_remove(&uk__vm_stacks, area);
	uk__vm_release(area, area->start, area->end);
	uk__vm_area_delete(area);
	uk_spin_unlock(&uk__vm_lock);
}

void *uk_vm_stack_alloc(size_t size)
{
	if (size == 0 || size > HIGH - LOW)
		return NULL;
	size = UK_ALIGN_UP(size, UK_PAGE_SIZE);

	void *stack = take_kept(size);

	if (stack)
		return stack;
	uk_spin_lock(&uk__vm_lock);
	uintptr_t at = insert(size);

	uk_spin_unlock(&uk__vm_lock);
	if (at && uk__vm_populate(&uk__vm_stacks, at, at + size)) {
		unmap(at, size);
		at = 0;
	}
	if (!at)
		uk_meminfo_lack(size);
	return (void *)at;
}

void uk_vm_stack_free(void *stack, size_t size)
{
	size = UK_ALIGN_UP(size, UK_PAGE_SIZE);
	UK_ASSERT(UK_IS_ALIGNED((uintptr_t)stack, UK_PAGE_SIZE));
	if (!keep(stack, size))
		unmap((uintptr_t)stack, size);
}
