/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"
#include <uk/cpu.h>
#include <uk/frames.h>
#include <uk/panic.h>

struct uk_spinlock uk__vm_lock = UK_SPINLOCK_INIT;
struct uk_vm_stats uk__vm_stats;
struct space uk__vm_user = { .low = UK_VM_LOW, .high = UK_VM_HIGH };

static uint64_t (*random_source)(void);
static uintptr_t base; /* where mappings without a wish go; 0: not chosen yet */

#define BASE_PAGES (1ul << 28) /* it lies within that many pages from UK_VM_BASE */
#define LARGE      (2ul << 20)

void uk_vm_set_random(uint64_t (*source)(void))
{
	random_source = source;
}

static bool is_wx(unsigned int prot)
{
	return (prot & UK_PROT_WRITE) && (prot & UK_PROT_EXEC);
}

bool uk__vm_is_range(uintptr_t at, size_t len, uintptr_t *end)
{
	if (!UK_IS_ALIGNED(at, UK_PAGE_SIZE) || len == 0 || len > UK_VM_HIGH)
		return false;
	*end = at + UK_ALIGN_UP(len, UK_PAGE_SIZE);
	return at < UK_VM_HIGH && *end <= UK_VM_HIGH;
}

static bool is_free(uintptr_t at, uintptr_t end)
{
	const struct uk_vm_area *area = uk__vm_tree_at(uk__vm_user.root, at);

	return !area || area->start >= end;
}

int uk__vm_cut(uintptr_t at, uintptr_t end)
{
	int err = uk__vm_split_page(at);

	if (!err)
		err = uk__vm_split_page(end);
	if (!err)
		err = uk__vm_area_split(&uk__vm_user, at);
	if (!err)
		err = uk__vm_area_split(&uk__vm_user, end);
	return err;
}

uint64_t uk__vm_random(void)
{
	return random_source ? random_source() : uk_cpu_random_weak();
}

static uintptr_t place_anywhere(size_t len)
{
	size_t align = len >= LARGE ? LARGE : UK_PAGE_SIZE;

	if (!base)
		base = UK_VM_BASE + uk__vm_random() % BASE_PAGES * UK_PAGE_SIZE;

	uintptr_t at = uk__vm_gap(&uk__vm_user, base, len, align);

	return at ? at : uk__vm_gap(&uk__vm_user, UK_VM_LOW, len, UK_PAGE_SIZE);
}

/* The address, or -Exxx. What is in the way of UK_VM_FIXED is gone afterwards. Lock held, but given
 * up while that goes. */
static intptr_t place(const struct uk_vm_request *request, size_t len, struct uk_vm_area **gone)
{
	uintptr_t end;
	bool valid = uk__vm_is_range(request->at, len, &end) && request->at >= UK_VM_LOW;
	uintptr_t at = request->at;

	if (request->flags & (UK_VM_FIXED | UK_VM_NOREPLACE)) {
		if (!valid)
			return -EINVAL;
		if (is_free(at, end))
			return (intptr_t)at;
		if (request->flags & UK_VM_NOREPLACE)
			return -EEXIST;

		int err;

		do /* until nobody has put anything there meanwhile */
			err = uk__vm_unmap(at, end, gone);
		while (!err && !is_free(at, end));
		return err ? err : (intptr_t)at;
	}
	if (valid && is_free(at, end))
		return (intptr_t)at;
	at = place_anywhere(len);
	return at ? (intptr_t)at : -ENOMEM;
}

#if CONFIG_VM_DEMAND
/* 0 or -EFAULT. Lock held. */
static int take_after(struct uk_vm_area *area, const struct uk_vm_request *request)
{
	const struct uk_vm_area *like = uk__vm_tree_at(uk__vm_user.root, request->like);

	area->lazy = request->flags & UK_VM_DEMAND;
	area->copies = request->ops && (request->flags & UK_VM_PRIVATE);
	area->read_only = request->flags & UK_VM_READ_ONLY;
	area->unlimited = request->flags & UK_VM_UNLIMITED;
	area->shared = request->flags & UK_VM_SHARED;
	if (!request->like)
		return 0;
	if (!like || like->start > request->like || like->going)
		return -EFAULT;
	area->prot = like->prot;
	area->ops = like->ops;
	area->object = like->object;
	area->offset += like->offset + (request->like - like->start);
	area->lazy = like->lazy;
	area->copies = like->copies;
	area->huge = like->huge;
	area->read_only = like->read_only;
	area->unlimited = like->unlimited;
	area->shared = like->shared;
	return 0;
}
#else
static int take_after(struct uk_vm_area *area, const struct uk_vm_request *request)
{
	(void)area;
	(void)request;
	return 0;
}
#endif

/* Holds its object before it takes the place of what may have held it. */
static intptr_t insert(const struct uk_vm_request *request, size_t len)
{
	struct uk_vm_area *area = uk__vm_area_new(), *gone = NULL;

	if (!area)
		return -ENOMEM;
	area->prot = request->prot;
	area->ops = request->ops;
	area->object = request->object;
	area->offset = request->offset;
	intptr_t at = take_after(area, request);

	if (at == 0) {
		uk__vm_object_hold(area);
		at = place(request, len, &gone);
		if (CONFIG_VM_DEMAND && at < 0) {
			area->right = gone;
			uk__vm_let_go(area);
			return at;
		}
	}
	if (at < 0) {
		uk__vm_area_delete(area);
		return at;
	}
	area->start = (uintptr_t)at;
	area->end = (uintptr_t)at + len;
	uk__vm_area_insert(&uk__vm_user, area);
	uk__vm_let_go(gone);
	return at;
}

static void merge(uintptr_t at, uintptr_t end)
{
	uk_spin_lock(&uk__vm_lock);
	uk__vm_merge(&uk__vm_user, at, end);
	uk_spin_unlock(&uk__vm_lock);
}

/* More than the machine has: known before the first page, of which there might be very many. */
static bool is_too_much(size_t len)
{
	struct uk_frames_stats stats;

	uk_frames_stats(&stats);
	return len / UK_PAGE_SIZE > stats.total;
}

static void lack(int err, size_t len)
{
	if (err == -ENOMEM)
		uk_meminfo_lack(len);
}

intptr_t uk_vm_map_request(const struct uk_vm_request *request)
{
	size_t len = UK_ALIGN_UP(request->len, UK_PAGE_SIZE);

	if (request->len == 0 || is_wx(request->prot))
		return -EINVAL;
	bool at_once = !CONFIG_VM_DEMAND || !(request->flags & UK_VM_DEMAND);

	if (request->len > UK_VM_HIGH ||
	    (at_once && !(request->prot & UK_PROT_NONE) && is_too_much(len)))
		return -ENOMEM;
	uk_spin_lock(&uk__vm_lock);
	intptr_t at = insert(request, len);

	uk_spin_unlock(&uk__vm_lock);
	if (at < 0)
		return at;

	int err = uk__vm_populate(&uk__vm_user, (uintptr_t)at, (uintptr_t)at + len);

	if (err) {
		lack(err, len);
		uk_vm_unmap((uintptr_t)at, len);
		return err;
	}
	merge((uintptr_t)at, (uintptr_t)at + len);
	return at;
}

intptr_t uk_vm_map(uintptr_t at, size_t len, unsigned int prot, unsigned int flags)
{
	const struct uk_vm_request request = { .at = at, .len = len, .prot = prot, .flags = flags };

	return uk_vm_map_request(&request);
}

int uk_vm_unmap(uintptr_t at, size_t len)
{
	uintptr_t end;

	if (!uk__vm_is_range(at, len, &end))
		return -EINVAL;
	uk_spin_lock(&uk__vm_lock);
	struct uk_vm_area *gone = NULL;
	int err = uk__vm_unmap(at, end, &gone);

	uk__vm_merge(&uk__vm_user, at, end);
	uk__vm_let_go(gone);
	uk_spin_unlock(&uk__vm_lock);
	return err;
}

bool uk__vm_is_covered(uintptr_t at, uintptr_t end)
{
	while (at < end) {
		const struct uk_vm_area *area = uk__vm_tree_at(uk__vm_user.root, at);

		if (!area || area->start > at || area->going)
			return false;
		at = area->end;
	}
	return true;
}

/* Something there must not become writable. Lock held. */
static bool is_read_only(uintptr_t at, uintptr_t end)
{
	const struct uk_vm_area *area;

	for (; (area = uk__vm_tree_at(uk__vm_user.root, at)) && area->start < end; at = area->end) {
		if (area->read_only)
			return true;
	}
	return false;
}

static int protect(uintptr_t at, uintptr_t end, unsigned int prot)
{
	if (CONFIG_VM_DEMAND && (prot & UK_PROT_WRITE) && is_read_only(at, end))
		return -EACCES;
	int err = uk__vm_is_covered(at, end) ? uk__vm_cut(at, end) : -ENOMEM;

	while (!err && at < end) {
		struct uk_vm_area *area = uk__vm_tree_at(uk__vm_user.root, at);

		area->prot = prot;
		if (area->touched)
			err = uk_page_protect(area->start, area->end - area->start, prot);
		at = area->end;
	}
	return err;
}

/* What lies there comes when it is touched, and it is no new wish for memory of its own. */
static bool asks_nothing(uintptr_t at, unsigned int prot)
{
	const struct uk_vm_area *area;

	if (!CONFIG_VM_DEMAND)
		return false;
	uk_spin_lock(&uk__vm_lock);
	area = uk__vm_tree_at(uk__vm_user.root, at);
	bool nothing = area && area->lazy &&
		       (!(prot & UK_PROT_WRITE) || (area->prot & UK_PROT_WRITE) || area->ops ||
			area->unlimited);

	uk_spin_unlock(&uk__vm_lock);
	return nothing;
}

int uk_vm_protect(uintptr_t at, size_t len, unsigned int prot)
{
	uintptr_t end;

	if (!uk__vm_is_range(at, len, &end) || is_wx(prot))
		return -EINVAL;
	if (!(prot & UK_PROT_NONE) && !asks_nothing(at, prot) && is_too_much(len))
		return -ENOMEM;
	uk_spin_lock(&uk__vm_lock);
	int err = protect(at, end, prot);

	uk_spin_unlock(&uk__vm_lock);
	if (!err) {
		err = uk__vm_populate(&uk__vm_user, at, end);
		lack(err, len);
	}
	/* Only now is it known which areas have pages. */
	merge(at, end);
	return err;
}

int uk_vm_decommit(uintptr_t at, size_t len)
{
	uintptr_t from = at, end;

	if (!uk__vm_is_range(at, len, &end))
		return -EINVAL;
	uk_spin_lock(&uk__vm_lock);
	int err = uk__vm_is_covered(at, end) ? uk__vm_cut(at, end) : -ENOMEM;

	while (!err && at < end) {
		struct uk_vm_area *area = uk__vm_tree_at(uk__vm_user.root, at);

		area->prot = UK_PROT_NONE;
		while (at < area->end)
			at = uk__vm_release_some(area, at, area->end);
		area->touched = false;
	}
	uk__vm_merge(&uk__vm_user, from, end);
	uk_spin_unlock(&uk__vm_lock);
	return err;
}

#if CONFIG_VM_DEMAND
static void inform_more(const struct uk_vm_area *area, uintptr_t address, struct uk_vm_info *info)
{
	info->offset = area->offset + (address - area->start);
	info->flags = (area->lazy ? UK_VM_DEMAND : 0) | (area->copies ? UK_VM_PRIVATE : 0) |
		      (area->read_only ? UK_VM_READ_ONLY : 0) |
		      (area->unlimited ? UK_VM_UNLIMITED : 0) | (area->shared ? UK_VM_SHARED : 0);
}
#else
static void inform_more(const struct uk_vm_area *area, uintptr_t address, struct uk_vm_info *info)
{
	(void)area;
	(void)address;
	(void)info;
}
#endif

bool uk_vm_lookup(uintptr_t address, struct uk_vm_info *info)
{
	uk_spin_lock(&uk__vm_lock);
	const struct uk_vm_area *area = uk__vm_tree_at(uk__vm_user.root, address);
	bool found = area && area->start <= address && !area->going;

	if (found) {
		*info = (struct uk_vm_info){ .start = area->start,
					     .end = area->end,
					     .prot = area->prot,
					     .ops = area->ops,
					     .object = area->object };
		inform_more(area, address, info);
	}
	uk_spin_unlock(&uk__vm_lock);
	return found;
}

/* Also of a fault that nothing can resolve. */
void uk_vm_stats(struct uk_vm_stats *stats)
{
	uk__vm_enter();
	*stats = uk__vm_stats;
	uk__vm_leave();
}
