/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pages of areas. A page is filled without the lock and mapped under it, and only if its
 * area is still the same: somebody may have unmapped or replaced it in between.
 */

#include "internal.h"
#include <uk/frames.h>
#include <uk/mmu.h>
#include <uk/string.h>

#define LARGE (UK_PAGE_SIZE << UK_FRAMES_ORDER_LARGE)

struct piece {
	uintptr_t at;
	size_t len; /* UK_PAGE_SIZE or LARGE */
	uk_paddr_t pa;
	struct uk_vm_area area; /* as it was when we looked */
	uintptr_t small_until;  /* where a large page did not fit in */
};

static bool same(const struct uk_vm_area *area, const struct piece *piece)
{
	return area && area->start <= piece->at && area->end >= piece->at + piece->len &&
	       area->ops == piece->area.ops && area->object == piece->area.object &&
	       !(area->prot & UK_PROT_NONE);
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
	bool large = !piece->area.ops && piece->at >= piece->small_until &&
		     UK_IS_ALIGNED(piece->at, LARGE) && end - piece->at >= LARGE;

	return large ? LARGE : UK_PAGE_SIZE;
}

/* Moves on to the first page of [at, end) that is missing; false: none. Lock held. */
static bool find_missing(struct space *space, struct piece *piece, uintptr_t end)
{
	const struct uk_vm_area *area;

	/* Another thread may have joined the last area and what follows it. */
	while ((!UK_CONCURRENT || piece->at < end) &&
	       (area = uk__vm_tree_at(space->root, piece->at)) && area->start < end) {
		uintptr_t stop = UK_MIN(end, area->end);

		piece->at = UK_MAX(piece->at, area->start);
		if (area->prot & UK_PROT_NONE)
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
	uk_spin_lock(&uk__vm_lock);
	bool found = find_missing(space, piece, end);

	uk_spin_unlock(&uk__vm_lock);
	return found;
}

static void give_back(const struct piece *piece)
{
	uint64_t offset = piece->area.offset + (piece->at - piece->area.start);

	if (piece->area.ops) {
		piece->area.ops->put(piece->area.object, offset, piece->pa);
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
		piece->len = UK_PAGE_SIZE;
	}
	return uk_frames_alloc(0);
}

static int fill(struct piece *piece)
{
	if (piece->area.ops)
		return piece->area.ops->get(piece->area.object,
					    piece->area.offset + (piece->at - piece->area.start),
					    &piece->pa);
	piece->pa = alloc(piece);
	if (!piece->pa)
		return -ENOMEM;
	if (!piece->area.uncleared)
		memset(uk_phys_to_virt(piece->pa), 0, piece->len);
	return 0;
}

/* -EEXIST: part of it has got pages meanwhile; the caller looks anew. */
static int enter(struct space *space, struct piece *piece)
{
	int err = -EEXIST;

	uk_spin_lock(&uk__vm_lock);
	struct uk_vm_area *area = uk__vm_tree_at(space->root, piece->at);

	if (same(area, piece)) {
		area->touched = true;
		err = uk_page_map(piece->at, piece->pa, piece->len, area->prot);
	}
	if (!err)
		uk__vm_stats.pages += piece->len / UK_PAGE_SIZE;
	uk_spin_unlock(&uk__vm_lock);
	return err;
}

int uk__vm_populate(struct space *space, uintptr_t at, uintptr_t end)
{
	struct piece piece = { .at = at };

	while (piece.at < end && next_missing(space, &piece, end)) {
		int err = fill(&piece);

		if (err)
			return err;
		err = enter(space, &piece);
		if (err) {
			give_back(&piece);
			/* Somebody was faster, or a large page does not fit in. */
			if (err != -EEXIST)
				return err;
			piece.small_until = piece.at + LARGE;
		}
	}
	return 0;
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

void uk__vm_release(struct uk_vm_area *area, uintptr_t at, uintptr_t end)
{
	uk_paddr_t pages[32];

	if (!area->touched)
		return;
	while (at < end) {
		uintptr_t first = at;
		size_t n = 0;
		unsigned int prot;

		/* The addresses of some pages, which then go away together. */
		for (; at < end && n < UK_ARRAY_SIZE(pages); at += UK_PAGE_SIZE) {
			if (uk_page_lookup(at, &pages[n], &prot))
				n++;
			else
				pages[n++] = 0;
		}
		uk_page_unmap(first, at - first);
		for (size_t i = 0; i < n; i++) {
			uint64_t offset = area->offset + (first - area->start) + i * UK_PAGE_SIZE;

			if (!pages[i])
				continue;
			uk__vm_stats.pages--;
			if (area->ops)
				area->ops->put(area->object, offset, pages[i]);
			else
				uk_frames_free(pages[i], 0);
		}
	}
}
