/* SPDX-License-Identifier: BSD-3-Clause */
/* Pages on demand: <uk/fault.h>. */

#include "internal.h"
#include <uk/fault.h>
#include <uk/frames.h>
#include <uk/heap.h>
#include <uk/panic.h>
#include <uk/string.h>

#define LARGE (UK_PAGE_SIZE << UK_FRAMES_ORDER_LARGE)

uk_noreturn void uk_vm_fault_end(const struct uk_trap_frame *frame, int err)
{
	struct uk_heap_stats heap = { 0 };
	struct uk_frames_stats frames;
	struct uk_vm_stats vm;

	if (err == -EIO)
		uk_panic_trap(frame, "page fault behind the end of a mapped file");
	uk_frames_stats(&frames);
	uk_vm_stats(&vm);
	if (CONFIG_USE_HEAP)
		uk_heap_stats(&heap);
	uk_panic_trap(frame,
		      "out of memory at a first touch: KiB %lu, of these vm %lu, heap %lu and %lu "
		      "free in it, free %lu",
		      frames.total * 4, vm.pages * 4ul, heap.used >> 10, heap.free >> 10,
		      (frames.total - frames.opened + frames.free) * 4);
}

static bool allows(unsigned int prot, unsigned int access)
{
	return !(prot & UK_PROT_NONE) && (access & ~prot) == 0;
}

/* The page becomes the area's own. Others that still see the old one do not write. Lock held. */
static int copy_page(struct uk_vm_area *area, uintptr_t at, uk_paddr_t old)
{
	uk_paddr_t pa = uk_frames_alloc(0);

	if (!pa)
		return -ENOMEM;
	memcpy(uk_phys_to_virt(pa), uk_phys_to_virt(old), UK_PAGE_SIZE);
	uk_page_unmap(at, UK_PAGE_SIZE);
	/* Its table is there. */
	int err = uk_page_map(at, pa, UK_PAGE_SIZE, area->prot);

	UK_ASSERT(err == 0);
	uk_holder_take(&uk__vm_pages_of_user, 1);
	area->ops->put(area->object, area->offset + (at - area->start), old);
	return err;
}

/* Nothing of the 2 MiB around it is there, and all of them are the area's. Lock held. */
static bool takes_large(const struct uk_vm_area *area, uintptr_t at)
{
	uintptr_t first = UK_ALIGN_DOWN(at, LARGE), end = first + LARGE;

	return area->huge && !area->ops && first >= area->start && end <= area->end &&
	       uk__vm_skip_hole(first, end) == end;
}

/* Objects may have to. */
static bool may_wait(void)
{
	return !CONFIG_LIB_IRQ || uk_cpu_irq_enabled();
}

/* 0: it is there now. Bytes to bring, or -EFAULT, -ENOMEM. Lock held. */
static long look(uintptr_t at, unsigned int access)
{
	struct uk_vm_area *area = uk__vm_tree_at(uk__vm_user.root, at);
	unsigned int prot;
	uk_paddr_t pa;

	if (!area || area->start > at || area->going)
		return -EFAULT;
	if (!allows(area->prot, access))
		return -EACCES;
	if (!uk_page_lookup(at, &pa, &prot)) {
		if (!area->lazy || (area->ops && !may_wait()))
			return -EFAULT;
		return takes_large(area, at) ? (long)LARGE : (long)UK_PAGE_SIZE;
	}
	if ((prot & UK_PROT_COPY) && access == UK_PROT_WRITE)
		return copy_page(area, at, pa);
	/* Another CPU was faster; or tables ran out when the protection was changed. */
	return allows(prot, access) ? 0 : uk_page_protect(at, UK_PAGE_SIZE, area->prot);
}

static int fault(uintptr_t address, unsigned int access)
{
	uintptr_t at = UK_ALIGN_DOWN(address, UK_PAGE_SIZE);

	if (address < UK_VM_LOW || address >= UK_VM_HIGH)
		return -EFAULT;
	uk__vm_enter();
	long n = look(at, access);

	uk__vm_leave();
	if (n <= 0)
		return (int)n;
	if (n == (long)LARGE) {
		uintptr_t first = UK_ALIGN_DOWN(at, LARGE);

		if (uk__vm_bring(first, first + LARGE) == 0)
			return 0;
	}
	return uk__vm_bring(at, at + UK_PAGE_SIZE);
}

int uk_vm_fault(uintptr_t address, unsigned int access)
{
	int err = fault(address, access);

	if (err == -ENOMEM)
		uk_meminfo_lack(UK_PAGE_SIZE);
	return err;
}

static bool is_there(uintptr_t at, unsigned int access)
{
	unsigned int prot;
	uk_paddr_t pa;

	return uk_page_lookup(at, &pa, &prot) && allows(prot, access);
}

/* As a fault would, until it is what was asked for: a page that is brought may still have to be
 * copied. */
static int touch_page(uintptr_t at, unsigned int access)
{
	int err = 0;

	if (at >= UK_VM_HIGH)
		return is_there(at, access) ? 0 : -EFAULT;
	for (int i = 0; i < 2 && err == 0 && !is_there(at, access); i++)
		err = uk_vm_fault(at, access);
	return err;
}

int uk_vm_touch(uintptr_t at, size_t len, unsigned int access)
{
	uintptr_t end = at + len;
	int err = end < at ? -EFAULT : 0;

	for (at = UK_ALIGN_DOWN(at, UK_PAGE_SIZE); !err && at < end; at += UK_PAGE_SIZE)
		err = touch_page(at, access);
	return err;
}

/* A piece of what is mapped of it from *at on, which moves on. False: nothing. Lock held. */
static bool revoke_some(const void *object, uint64_t from, uintptr_t *at)
{
	struct uk_vm_area *area;

	for (; (area = uk__vm_tree_at(uk__vm_user.root, *at)); *at = area->end) {
		uint64_t skip = from > area->offset ? from - area->offset : 0;
		uintptr_t first = UK_MAX(*at, area->start + skip);

		if (!area->ops || area->object != object || skip >= area->end - area->start ||
		    (first = uk__vm_skip_hole(first, area->end)) == area->end)
			continue;
		*at = UK_MIN(area->end, first + UK_VM_PIECE);
		uk__vm_release(area, first, *at);
		return true;
	}
	return false;
}

/*
 * The lock is given up in between: enter() refuses what goes, so nothing of it comes back, but
 * another thread may move some of it to where we have been. Each time that we begin again some has
 * gone.
 */
void uk_vm_revoke(const void *object, uint64_t from)
{
	unsigned long moves;

	uk_spin_lock(&uk__vm_lock);
	do {
		uintptr_t at = 0;

		moves = uk__vm_moves;
		while (moves == uk__vm_moves && revoke_some(object, from, &at)) {
			uk_spin_unlock(&uk__vm_lock);
			uk_spin_lock(&uk__vm_lock);
		}
	} while (moves != uk__vm_moves);
	uk_spin_unlock(&uk__vm_lock);
}

int uk_vm_advise_large(uintptr_t at, size_t len, bool large)
{
	uintptr_t from = at, end;

	if (!uk__vm_is_range(at, len, &end))
		return -EINVAL;
	uk_spin_lock(&uk__vm_lock);
	int err = uk__vm_is_covered(at, end) ? uk__vm_cut(at, end) : -ENOMEM;

	while (!err && at < end) {
		struct uk_vm_area *area = uk__vm_tree_at(uk__vm_user.root, at);

		area->huge = large;
		at = area->end;
	}
	uk__vm_merge(&uk__vm_user, from, end);
	uk_spin_unlock(&uk__vm_lock);
	return err;
}
