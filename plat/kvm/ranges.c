/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets of physical ranges; pure. */

#include "kvm.h"

#include <uk/string.h>

/* No range reaches past this: 2^45, what the direct map holds wherever it begins. */
#define LIMIT (1ull << 45)

static uint64_t end_of(const struct uk_boot_range *v)
{
	return v->start + v->size;
}

static void drop(struct ranges *r, unsigned int i)
{
	if (i < --r->n)
		memmove(&r->v[i], &r->v[i + 1], (r->n - i) * sizeof(r->v[0]));
}

static unsigned int smallest(const struct ranges *r)
{
	unsigned int least = 0;

	for (unsigned int i = 1; i < r->n; i++)
		if (r->v[i].size < r->v[least].size)
			least = i;
	return least;
}

static void insert(struct ranges *r, unsigned int i, uk_paddr_t start, uint64_t size)
{
	if (r->n == r->max) {
		unsigned int least = smallest(r);

		if (r->v[least].size >= size) {
			r->lost += size;
			return;
		}
		r->lost += r->v[least].size;
		drop(r, least);
		if (least < i)
			i--;
	}
	if (i < r->n)
		memmove(&r->v[i + 1], &r->v[i], (r->n - i) * sizeof(r->v[0]));
	r->v[i] = (struct uk_boot_range){ .start = start, .size = size };
	r->n++;
}

/* Cut what lies past the limit or wraps around; false if nothing is left. */
static bool bound(uk_paddr_t start, uint64_t *size)
{
	if (start >= LIMIT || *size == 0)
		return false;
	*size = UK_MIN(*size, LIMIT - start);
	return true;
}

void uk__kvm_ranges_add(struct ranges *r, uk_paddr_t start, uint64_t size)
{
	unsigned int i = 0;

	if (!bound(start, &size))
		return;

	uint64_t end = start + size;

	while (i < r->n && end_of(&r->v[i]) < start)
		i++;
	/* All that overlap or touch melt into the new one. */
	while (i < r->n && r->v[i].start <= end) {
		start = UK_MIN(start, r->v[i].start);
		end = UK_MAX(end, end_of(&r->v[i]));
		drop(r, i);
	}
	insert(r, i, start, end - start);
}

void uk__kvm_ranges_exclude(struct ranges *r, uk_paddr_t start, uint64_t size)
{
	if (!bound(start, &size))
		return;

	uint64_t end = start + size;

	for (unsigned int i = 0; i < r->n && r->v[i].start < end; i++) {
		struct uk_boot_range *v = &r->v[i];
		uint64_t v_end = end_of(v);

		if (v_end <= start)
			continue;
		if (v->start < start) {
			v->size = start - v->start;
			if (v_end > end)
				insert(r, i + 1, end, v_end - end);
		} else if (v_end > end) {
			*v = (struct uk_boot_range){ .start = end, .size = v_end - end };
		} else {
			drop(r, i--);
		}
	}
}

void uk__kvm_ranges_align(struct ranges *r)
{
	for (unsigned int i = 0; i < r->n;) {
		uint64_t start = UK_ALIGN_UP(r->v[i].start, UK_PAGE_SIZE);
		uint64_t end = UK_ALIGN_DOWN(end_of(&r->v[i]), UK_PAGE_SIZE);

		if (start >= end) {
			drop(r, i);
			continue;
		}
		r->v[i] = (struct uk_boot_range){ .start = start, .size = end - start };
		i++;
	}
}

bool uk__kvm_ranges_contain(const struct ranges *r, uk_paddr_t start, uint64_t size)
{
	for (unsigned int i = 0; i < r->n; i++)
		if (start >= r->v[i].start && start - r->v[i].start < r->v[i].size &&
		    size <= r->v[i].size - (start - r->v[i].start))
			return true;
	return false;
}
