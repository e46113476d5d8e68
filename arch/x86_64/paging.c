/* SPDX-License-Identifier: BSD-3-Clause */
/* Map, unmap, protect, look up: <uk/mmu.h>. */

#include "arch.h"

#include <uk/errno.h>
#include <uk/mmu.h>

#define FLUSH_EACH_MAX 32 /* pages; beyond, the whole TLB goes */
#define KEPT_COPY      (CONFIG_VM_DEMAND ? UK_PROT_COPY : 0)

static bool aligned(uintptr_t va, size_t len)
{
	return UK_IS_ALIGNED(va | len, UK_PAGE_SIZE) && va + len - 1 >= va;
}

static void (*flusher)(uintptr_t va, size_t len); /* LIB_SMP */

void uk_paging_set_flusher(void (*fn)(uintptr_t va, size_t len))
{
	flusher = fn;
}

void uk_page_flush(uintptr_t va, size_t len)
{
	if (len / UK_PAGE_SIZE > FLUSH_EACH_MAX) {
		uk_mmu_flush_all();
		return;
	}
	for (size_t done = 0; done < len; done += UK_PAGE_SIZE)
		uk_mmu_flush_page(va + done);
}

/* Bytes from va to the end of the span, but at most len. */
static size_t span_len(const struct span *span, uintptr_t va, size_t len)
{
	size_t size = 1ul << UK_MMU_SHIFT(span->level);

	return UK_MIN(len, span->count * size - (va & (size - 1)));
}

static bool range_empty(uintptr_t va, size_t len)
{
	struct span span;

	for (size_t n; len; va += n, len -= n) {
		uk__x86_64_span_find(va, len, 1, false, &span);
		for (size_t i = 0; i < span.count; i++)
			if (uk_pte_present(span.slot[i]) && uk_pte_leaf(span.slot[i], span.level))
				return false;
		/* At a higher level, what follows may be a table: one entry at a time. */
		if (span.level > 1)
			span.count = 1;
		n = span_len(&span, va, len);
	}
	return true;
}

/* One table's worth of leaves; returns the bytes mapped or -ENOMEM. */
static long map_some(uintptr_t va, uk_paddr_t pa, size_t len, unsigned int prot)
{
	struct span span;
	unsigned int level = uk__x86_64_span_level(va, pa, len);
	int err = uk__x86_64_span_find(va, len, level, true, &span);

	/* An empty table that was left behind: fill that. */
	if (!err && level > 1 && uk_pte_present(*span.slot)) {
		level = 1;
		err = uk__x86_64_span_find(va, 1ul << UK_MMU_SHIFT(2), level, true, &span);
	}
	if (err)
		return err;

	size_t size = 1ul << UK_MMU_SHIFT(level);
	size_t n;

	for (n = 0; n < span.count && (n + 1) * size <= len; n++) {
		if (uk_pte_present(span.slot[n]))
			break;
		uk_pte_write(&span.slot[n], uk_pte_make(pa + n * size, prot, level));
	}
	return (long)(n * size);
}

int uk_page_map(uintptr_t va, uk_paddr_t pa, size_t len, unsigned int prot)
{
	if (len == 0)
		return 0;
	if (!aligned(va, len) || !UK_IS_ALIGNED(pa, UK_PAGE_SIZE) ||
	    (prot & (UK_PROT_WRITE | UK_PROT_EXEC)) == (UK_PROT_WRITE | UK_PROT_EXEC))
		return -EINVAL;
	if (!range_empty(va, len))
		return -EEXIST;
	for (size_t done = 0; done < len;) {
		long n = map_some(va + done, pa + done, len - done, prot);

		if (n < 0) {
			uk_page_unmap(va, done);
			return (int)n;
		}
		done += (size_t)n;
	}
	return 0;
}

/*
 * Put each present entry of [va, va + len) to `prot`, or away. Leaves that are only covered
 * in part are split first.
 */
static int change(uintptr_t va, size_t len, bool keep, unsigned int prot)
{
	struct span span;

	for (size_t n; len; va += n, len -= n) {
		uk__x86_64_span_find(va, len, 1, false, &span);

		size_t size = 1ul << UK_MMU_SHIFT(span.level);

		if (span.level > 1)
			span.count = 1;
		n = span_len(&span, va, len);
		if (span.level > 1 && !uk_pte_present(*span.slot))
			continue;
		if (n < size && span.level > 1) {
			if (uk__x86_64_span_split(&span))
				return -ENOMEM;
			n = 0;
			continue;
		}
		for (size_t i = 0; i < span.count; i++) {
			uk_pte_t old = span.slot[i];
			unsigned int all = prot | (uk_pte_prot(old) & (UK_PROT_DEVICE | KEPT_COPY));

			if (uk_pte_present(old))
				uk_pte_write(&span.slot[i],
					     keep ? uk_pte_make(uk_pte_paddr(old), all, span.level)
						  : 0);
		}
	}
	return 0;
}

/*
 * Something there goes or becomes less. Else other CPUs need not be told: whoever has an entry that
 * allows too little takes a fault, looks again and goes on (trap.c).
 */
static bool loses(uintptr_t va, size_t len, bool keep, unsigned int prot)
{
	unsigned int gone = prot & UK_PROT_NONE ? ~0u : ~prot & (UK_PROT_WRITE | UK_PROT_EXEC);
	struct span span;

	for (size_t n; len; va += n, len -= n) {
		uk__x86_64_span_find(va, len, 1, false, &span);
		if (span.level > 1)
			span.count = 1;
		n = span_len(&span, va, len);
		for (size_t i = 0; i < span.count; i++) {
			uk_pte_t pte = span.slot[i];

			if (uk_pte_present(pte) && !(uk_pte_prot(pte) & UK_PROT_NONE) &&
			    (!keep || gone == ~0u || (uk_pte_prot(pte) & gone)))
				return true;
		}
	}
	return false;
}

static int change_and_flush(uintptr_t va, size_t len, bool keep, unsigned int prot)
{
	if (len == 0)
		return 0;
	if (!aligned(va, len))
		return -EINVAL;

	bool others = CONFIG_LIB_SMP && flusher && loses(va, len, keep, prot);
	int err = change(va, len, keep, prot);

	uk_page_flush(va, len);
	if (others)
		flusher(va, len);
	return err;
}

int uk_page_unmap(uintptr_t va, size_t len)
{
	return change_and_flush(va, len, false, 0);
}

int uk_page_protect(uintptr_t va, size_t len, unsigned int prot)
{
	if ((prot & (UK_PROT_WRITE | UK_PROT_EXEC)) == (UK_PROT_WRITE | UK_PROT_EXEC))
		return -EINVAL;
	return change_and_flush(va, len, true, prot);
}

bool uk_page_lookup(uintptr_t va, uk_paddr_t *pa, unsigned int *prot)
{
	struct span span;

	/* The tables do not look at the upper bits; an access with others faults. */
	if ((uintptr_t)((intptr_t)(va << 16) >> 16) != va)
		return false;
	uk__x86_64_span_find(va, 1, 1, false, &span);
	if (!uk_pte_present(*span.slot))
		return false;
	*pa = uk_pte_paddr(*span.slot) + (va & ((1ul << UK_MMU_SHIFT(span.level)) - 1));
	*prot = uk_pte_prot(*span.slot);
	return true;
}

size_t uk_page_hole(uintptr_t va)
{
	struct span span;
	size_t n = 0;

	/* Of a table of pages, what is left of it. */
	uk__x86_64_span_find(va, 1ul << UK_MMU_SHIFT(2), 1, false, &span);
	if (span.level > 1)
		span.count = 1;
	while (n < span.count && !uk_pte_present(span.slot[n]))
		n++;
	span.count = n;
	return n ? span_len(&span, va, SIZE_MAX) : 0;
}
