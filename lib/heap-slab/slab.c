/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Slabs: pages, aligned to their size, with this in front. Those that have free blocks are in
 * their depot's list; one that has nothing else goes back to the frames.
 */

#include "internal.h"
#include <uk/frames.h>
#include <uk/meminfo.h>

#define WORDS 2u
#define BITS  64u

struct slab {
	uint64_t mark; /* depends on the address: the first that an overflow from before hits */
	struct slab *next;
	struct slab *prev;
	uint64_t free[WORDS]; /* a bit for each free block */
			      /* The first block: its head, aligned to 8, and its payload, to 16. */
};

static struct depot {
	struct uk_spinlock lock;
	/* Under the lock: */
	struct slab *first;
	size_t nslabs;
	size_t nout; /* blocks in use or in stocks */
} uk_aligned(64) depots[CLASSES];

static struct {
	struct uk_spinlock lock;
	/* Under the lock, which is taken last: */
	size_t bytes;
	size_t peak;
} book;

size_t uk__heap_slab_pages;

void uk__heap_slab_book(long bytes)
{
	uk_spin_lock(&book.lock);
	book.bytes += (size_t)bytes;
	book.peak = UK_MAX(book.peak, book.bytes);
	uk_spin_unlock(&book.lock);
}

static size_t slab_size(unsigned int class)
{
	return UK_PAGE_SIZE << uk__heap_slab_order(class);
}

static unsigned int capacity(unsigned int class)
{
	size_t n = (slab_size(class) - sizeof(struct slab)) / uk__heap_slab_stride(class);

	return (unsigned int)UK_MIN(n, (size_t)WORDS * BITS);
}

/* The bits of a slab of n blocks, all free. */
static uint64_t all_of(unsigned int n, unsigned int word)
{
	unsigned int from = word * BITS;

	if (n <= from)
		return 0;
	return n - from >= BITS ? ~0ull : (1ull << (n - from)) - 1;
}

static bool is_empty(const struct slab *slab, unsigned int class)
{
	unsigned int n = capacity(class);

	return slab->free[0] == all_of(n, 0) && slab->free[1] == all_of(n, 1);
}

static bool is_full(const struct slab *slab)
{
	return !slab->free[0] && !slab->free[1];
}

static void *block_of(struct slab *slab, unsigned int class, unsigned int i)
{
	return (char *)(slab + 1) + HEAD + i * uk__heap_slab_stride(class);
}

static struct slab *slab_of(const void *ptr, unsigned int class)
{
	uk_paddr_t pa = uk_virt_to_phys(ptr);
	struct slab *slab = uk_phys_to_virt(UK_ALIGN_DOWN(pa, slab_size(class)));

	if (slab->mark != uk__heap_slab_mask(slab))
		uk_heap_broken("foreign pointer or overwritten header");
	return slab;
}

static void push(struct depot *depot, struct slab *slab)
{
	slab->prev = NULL;
	slab->next = depot->first;
	if (slab->next)
		slab->next->prev = slab;
	depot->first = slab;
}

static void unlink_slab(struct depot *depot, struct slab *slab)
{
	if (slab->next)
		slab->next->prev = slab->prev;
	if (slab->prev)
		slab->prev->next = slab->next;
	else
		depot->first = slab->next;
}

static bool grow(struct depot *depot, unsigned int class)
{
	struct slab *slab = uk_pages_alloc(uk__heap_slab_order(class));
	unsigned int n = capacity(class);

	if (!slab)
		return false;
	uk__heap_slab_cover(slab, slab_size(class));
	slab->mark = uk__heap_slab_mask(slab);
	for (unsigned int word = 0; word < WORDS; word++)
		slab->free[word] = all_of(n, word);
	for (unsigned int i = 0; i < n; i++)
		uk__heap_slab_unseal(block_of(slab, class, i));
	push(depot, slab);
	depot->nslabs++;
	uk_holder_take(&uk__heap_slab_pages, slab_size(class) / UK_PAGE_SIZE);
	return true;
}

static void *take_one(struct depot *depot, unsigned int class)
{
	struct slab *slab = depot->first;

	if (slab->mark != uk__heap_slab_mask(slab) || is_full(slab))
		uk_heap_broken("a free block was overwritten");

	unsigned int word = slab->free[0] ? 0 : 1;
	unsigned int bit = (unsigned int)__builtin_ctzll(slab->free[word]);

	slab->free[word] &= slab->free[word] - 1;
	if (is_full(slab))
		unlink_slab(depot, slab);
	return block_of(slab, class, word * BITS + bit);
}

unsigned int uk__heap_slab_take(unsigned int class, void **blocks, unsigned int n)
{
	struct depot *depot = &depots[class];
	unsigned int got = 0;

	uk_spin_lock(&depot->lock);
	while (got < n && (depot->first || grow(depot, class)))
		blocks[got++] = take_one(depot, class);
	depot->nout += got;
	uk_spin_unlock(&depot->lock);
	uk__heap_slab_book((long)(got * uk__heap_slab_stride(class)));
	return got;
}

static void give_one(struct depot *depot, unsigned int class, void *ptr)
{
	struct slab *slab = slab_of(ptr, class);
	size_t at = (size_t)((char *)ptr - (char *)block_of(slab, class, 0));
	size_t i = at / uk__heap_slab_stride(class);
	uint64_t *word = &slab->free[i / BITS % WORDS];
	uint64_t bit = 1ull << i % BITS;

	if (i >= capacity(class) || at % uk__heap_slab_stride(class) || (*word & bit))
		uk_heap_broken("foreign pointer or overwritten header");
	if (is_full(slab))
		push(depot, slab);
	*word |= bit;
	if (is_empty(slab, class)) {
		unlink_slab(depot, slab);
		depot->nslabs--;
		slab->mark = 0;
		uk_holder_give(&uk__heap_slab_pages, slab_size(class) / UK_PAGE_SIZE);
		uk_pages_free(slab, uk__heap_slab_order(class));
	}
}

void uk__heap_slab_give(unsigned int class, void *const *blocks, unsigned int n)
{
	struct depot *depot = &depots[class];

	uk_spin_lock(&depot->lock);
	for (unsigned int i = 0; i < n; i++)
		give_one(depot, class, blocks[i]);
	depot->nout -= n;
	uk_spin_unlock(&depot->lock);
	uk__heap_slab_book(-(long)(n * uk__heap_slab_stride(class)));
}

void uk__heap_slab_count(struct uk_heap_stats *stats)
{
	for (unsigned int class = 1; class < CLASSES; class ++) {
		struct depot *depot = &depots[class];
		size_t stride = uk__heap_slab_stride(class);

		uk_spin_lock(&depot->lock);
		stats->blocks += depot->nout;
		stats->used += depot->nout * stride;
		stats->free += (depot->nslabs * capacity(class) - depot->nout) * stride;
		uk_spin_unlock(&depot->lock);
	}
	uk_spin_lock(&book.lock);
	stats->peak = book.peak;
	uk_spin_unlock(&book.lock);
}

/* What lies in stocks counts as used. */
static uk_unused size_t idle(void)
{
	size_t bytes = 0;

	for (unsigned int class = 1; class < CLASSES; class ++) {
		const struct depot *depot = &depots[class];

		bytes += (uk_load(&depot->nslabs) * capacity(class) - uk_load(&depot->nout)) *
			 uk__heap_slab_stride(class);
	}
	return bytes;
}

UK_HOLDER(uk__heap_slab_pages, "heap", idle);
