/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pages of areas. A page is filled without the lock and mapped under it, and only if its
 * area is still the same: somebody may have unmapped or replaced it in between. The object that
 * fills it is held meanwhile, as by one more area: that may have been the last one.
 */

#include "internal.h"
#include <uk/frames.h>
#include <uk/mmu.h>
#include <uk/panic.h>
#include <uk/string.h>

#define LARGE (UK_PAGE_SIZE << UK_FRAMES_ORDER_LARGE)

size_t uk__vm_pages_of_user, uk__vm_pages_of_stacks;

UK_HOLDER(uk__vm_pages_of_user, "mappings", NULL);
UK_HOLDER(uk__vm_pages_of_stacks, "stacks of threads", NULL);

struct piece {
	uintptr_t at;
	size_t len; /* UK_PAGE_SIZE or LARGE */
	uk_paddr_t pa;
	struct uk_vm_area area; /* as it was when we looked */
	uintptr_t small_until;  /* where a large page did not fit in */
	bool touch;             /* VM_DEMAND: of a fault */
};

static uint64_t offset_at(const struct uk_vm_area *area, uintptr_t at)
{
	return area->offset + (at - area->start);
}

static bool same(const struct uk_vm_area *area, const struct piece *piece)
{
	if (!area || area->start > piece->at || area->end < piece->at + piece->len ||
	    area->ops != piece->area.ops || area->object != piece->area.object)
		return false;
	return !(area->prot & UK_PROT_NONE) &&
	       (!CONFIG_VM_DEMAND || !area->ops ||
		offset_at(area, piece->at) == offset_at(&piece->area, piece->at));
}

static bool is_mapped(uintptr_t at)
{
	uk_paddr_t pa;
	unsigned int prot;

	return uk_page_lookup(at, &pa, &prot);
}

/* How much of what is missing at piece->at goes in at once. */
static size_t piece_len(const struct piece *piece, uintptr_t end)
{
	bool large = !piece->area.ops && !piece->area.uncleared &&
		     piece->at >= piece->small_until && UK_IS_ALIGNED(piece->at, LARGE) &&
		     end - piece->at >= LARGE;

	return large ? LARGE : UK_PAGE_SIZE;
}

/* Moves on to the first page of [at, end) that is missing; false: none. Lock held. */
static bool find_missing(struct space *space, struct piece *piece, uintptr_t end)
{
	const struct uk_vm_area *area;

	/* Another thread may have joined the last area and what follows; a fault is of a part. */
	while ((!(UK_CONCURRENT || CONFIG_VM_DEMAND) || piece->at < end) &&
	       (area = uk__vm_tree_at(space->root, piece->at)) && area->start < end) {
		uintptr_t stop = UK_MIN(end, area->end);

		piece->at = UK_MAX(piece->at, area->start);
		if ((area->prot & UK_PROT_NONE) ||
		    (CONFIG_VM_DEMAND && area->lazy && !piece->touch))
			piece->at = stop;
		while (piece->at < stop && is_mapped(piece->at))
			piece->at += UK_PAGE_SIZE;
		if (piece->at < stop) {
			piece->area = *area;
			piece->len = piece_len(piece, stop);
			return true;
		}
	}
	return false;
}

static bool next_missing(struct space *space, struct piece *piece, uintptr_t end)
{
	uk__vm_enter();
	bool found = find_missing(space, piece, end);

	if (found)
		uk__vm_object_hold(&piece->area);
	uk__vm_leave();
	return found;
}

static void give_back(const struct piece *piece)
{
	if (piece->area.ops) {
		if (!CONFIG_VM_DEMAND || !piece->area.ops->enter)
			piece->area.ops->put(piece->area.object, offset_at(&piece->area, piece->at),
					     piece->pa);
		return;
	}
	for (size_t done = 0; done < piece->len; done += UK_PAGE_SIZE)
		uk_frames_free(piece->pa + done, 0);
}

/* Of a large page too, each frame is an allocation of its own: parts can be given back. */
static uk_paddr_t alloc(struct piece *piece)
{
	if (piece->len == LARGE) {
		uk_paddr_t pa = uk_frames_alloc(UK_FRAMES_ORDER_LARGE);

		if (pa) {
			uk_frames_split(pa, UK_FRAMES_ORDER_LARGE);
			return pa;
		}
		if (CONFIG_VM_DEMAND && piece->touch)
			return 0;
		piece->len = UK_PAGE_SIZE;
	}
	return uk_frames_alloc(0);
}

static int fill(struct piece *piece)
{
	if (piece->area.ops)
		return piece->area.ops->get(piece->area.object, offset_at(&piece->area, piece->at),
					    &piece->pa);
	piece->pa = alloc(piece);
	if (!piece->pa)
		return -ENOMEM;
	if (!piece->area.uncleared)
		memset(uk_phys_to_virt(piece->pa), 0, piece->len);
	return 0;
}

/* The page is there already, or is not the object's any more: false. Lock held. */
static bool object_enter(const struct uk_vm_area *area, const struct piece *piece)
{
	return is_mapped(piece->at) == false &&
	       area->ops->enter(area->object, offset_at(area, piece->at), piece->pa);
}

/* Lock held. */
static int map_piece(struct uk_vm_area *area, const struct piece *piece)
{
	bool takes = CONFIG_VM_DEMAND && area->ops && area->ops->enter;
	unsigned int prot = area->prot;

	if (takes && !object_enter(area, piece))
		return -EEXIST;
	if (CONFIG_VM_DEMAND && area->copies)
		prot |= UK_PROT_COPY;
	area->touched = true;
	int err = uk_page_map(piece->at, piece->pa, piece->len, prot);

	if (err && takes)
		area->ops->put(area->object, offset_at(area, piece->at), piece->pa);
	return err;
}

/* -EEXIST: part of it has got pages meanwhile; the caller looks anew. */
static int enter(struct space *space, struct piece *piece)
{
	int err = -EEXIST;

	uk__vm_enter();
	struct uk_vm_area *area = uk__vm_tree_at(space->root, piece->at);

	if (same(area, piece))
		err = map_piece(area, piece);
	if (!err) {
		uk__vm_stats.pages += piece->len / UK_PAGE_SIZE;
		if (!piece->area.ops)
			uk_holder_take(uk__vm_pages_of(piece->at), piece->len / UK_PAGE_SIZE);
		uk__vm_object_drop(&piece->area);
	}
	uk__vm_leave();
	return err;
}

static void let_go(const struct piece *piece)
{
	uk__vm_object_drop(&piece->area);
}

static int bring(struct space *space, struct piece *piece)
{
	int err = fill(piece);

	if (!err) {
		err = enter(space, piece);
		if (!err)
			return 0;
		give_back(piece);
	}
	let_go(piece);
	return err;
}

static int populate(struct space *space, struct piece *piece, uintptr_t end)
{
	while (piece->at < end && next_missing(space, piece, end)) {
		int err = bring(space, piece);

		if (!err)
			continue;
		/* Somebody was faster, or a large page does not fit in. */
		if (err != -EEXIST || (CONFIG_VM_DEMAND && piece->touch && piece->len == LARGE))
			return err;
		piece->small_until = piece->at + LARGE;
	}
	return 0;
}

int uk__vm_populate(struct space *space, uintptr_t at, uintptr_t end)
{
	struct piece piece = { .at = at };

	return populate(space, &piece, end);
}

int uk__vm_bring(uintptr_t at, uintptr_t end)
{
	struct piece piece = { .at = at, .touch = true };

	return populate(&uk__vm_user, &piece, end);
}

uintptr_t uk__vm_skip_hole(uintptr_t at, uintptr_t end)
{
	size_t hole;

	while (CONFIG_VM_DEMAND && at < end && (hole = uk_page_hole(at)) != 0)
		at += UK_MIN(hole, end - at);
	return at;
}

int uk__vm_split_page(uintptr_t at)
{
	uk_paddr_t pa;
	unsigned int prot;

	if (UK_IS_ALIGNED(at, LARGE) || !uk_page_lookup(at, &pa, &prot))
		return 0;
	/* The same protection for one page: arch splits what is larger. */
	return uk_page_protect(at, UK_PAGE_SIZE, prot);
}

/* Frames of some neighbouring pages; 0: none. */
struct batch {
	uintptr_t first;
	size_t n;
	uk_paddr_t pages[32];
	uint32_t object; /* a bit for each: it is the object's */
};

/* From `at` on, at most to `end`. */
static void collect(const struct uk_vm_area *area, struct batch *batch, uintptr_t at, uintptr_t end)
{
	unsigned int prot;

	batch->first = at;
	batch->n = 0;
	batch->object = 0;
	for (; at < end && batch->n < UK_ARRAY_SIZE(batch->pages); at += UK_PAGE_SIZE) {
		batch->pages[batch->n] = 0;
		if (uk_page_lookup(at, &batch->pages[batch->n], &prot) &&
		    uk__vm_is_object(area, prot))
			batch->object |= 1u << batch->n;
		batch->n++;
	}
}

static void release_large(uintptr_t at)
{
	unsigned int prot;
	uk_paddr_t pa;
	bool there = uk_page_lookup(at, &pa, &prot);

	UK_ASSERT(there && UK_IS_ALIGNED(at | pa, LARGE));
	uk_page_unmap(at, LARGE);
	for (size_t done = 0; done < LARGE; done += UK_PAGE_SIZE)
		uk_frames_free(pa + done, 0);
	uk__vm_stats.pages -= LARGE / UK_PAGE_SIZE;
	uk_holder_give(uk__vm_pages_of(at), LARGE / UK_PAGE_SIZE);
}

/* At most as many pages as a batch has, and no part of a large one. */
static void release_small(struct uk_vm_area *area, uintptr_t at, uintptr_t end)
{
	struct batch batch;

	collect(area, &batch, at, end);
	uk_page_unmap(at, batch.n * UK_PAGE_SIZE);
	for (size_t i = 0; i < batch.n; i++) {
		if (!batch.pages[i])
			continue;
		uk__vm_stats.pages--;
		if (batch.object >> i & 1) {
			area->ops->put(area->object, offset_at(area, at) + i * UK_PAGE_SIZE,
				       batch.pages[i]);
		} else {
			uk_holder_give(uk__vm_pages_of(at), 1);
			uk_frames_free(batch.pages[i], 0);
		}
	}
}

uintptr_t uk__vm_release_some(struct uk_vm_area *area, uintptr_t at, uintptr_t end)
{
	if (!area->touched || (at = uk__vm_skip_hole(at, end)) == end)
		return end;
	/* To a border that is within no other large page than `at` is. */
	uintptr_t stop = UK_MIN(end, UK_ALIGN_DOWN(at, UK_VM_PIECE) + UK_VM_PIECE);

	if (uk__vm_split_page(stop)) {
		release_large(at);
		return at + LARGE;
	}
	release_small(area, at, stop);
	return stop;
}

void uk__vm_release(struct uk_vm_area *area, uintptr_t at, uintptr_t end)
{
	for (uintptr_t stop; area->touched && (at = uk__vm_skip_hole(at, end)) < end; at = stop) {
		stop = UK_MIN(end, at + UK_VM_PIECE);
		release_small(area, at, stop);
	}
}
