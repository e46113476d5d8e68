/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory in a row. A block that is freed is only marked, unless it is the last one: then the row
 * ends before it, and before those in front of it that are marked.
 */

#include <stdbool.h>
#include <uk/frames.h>
#include <uk/heap.h>
#include <uk/panic.h>
#include <uk/spinlock.h>
#include <uk/string.h>

#define GRAIN      16ul
#define CHUNK      (64ul << 10) /* taken from the frames at a time, if no more is needed */
#define FREE       1ul
#define SIZE_LIMIT ((size_t)1 << 40)

/* Before each block's payload. */
struct header {
	size_t size;   /* of the payload; bit 0: freed */
	size_t before; /* distance to the header before; 0: the first of its chunk */
};

UK_STATIC_ASSERT(sizeof(struct header) == GRAIN);

static struct uk_spinlock lock = UK_SPINLOCK_INIT;
static char *next; /* end of the row */
static char *end;  /* of its chunk */
static struct header *last;
static struct uk_heap_stats statistics;

static struct header *header_of(void *ptr)
{
	struct header *header = (struct header *)ptr - 1;

	if (!UK_IS_ALIGNED((uintptr_t)ptr, GRAIN) || (header->size & FREE))
		uk_panic("heap: %p is not an allocated block", ptr);
	return header;
}

/* What is left of the old chunk is lost. */
static bool grow(size_t bytes)
{
	size_t pages = (UK_MAX(bytes, CHUNK) + UK_PAGE_SIZE - 1) / UK_PAGE_SIZE;
	uk_paddr_t pa = uk_frames_alloc_run(pages);

	if (!pa && bytes < CHUNK) {
		pages = (bytes + UK_PAGE_SIZE - 1) / UK_PAGE_SIZE;
		pa = uk_frames_alloc_run(pages);
	}
	if (!pa)
		return false;
	next = uk_phys_to_virt(pa);
	end = next + pages * UK_PAGE_SIZE;
	last = NULL;
	return true;
}

/* Payload of the next block, if the chunk has room for it. */
static char *fit(size_t align, size_t size)
{
	uintptr_t at = UK_ALIGN_UP((uintptr_t)next + sizeof(struct header), align);

	return next && at <= (uintptr_t)end && size <= (uintptr_t)end - at ? (char *)at : NULL;
}

static void count(size_t more)
{
	statistics.used += more;
	statistics.peak = UK_MAX(statistics.peak, statistics.used);
	statistics.free = (size_t)(end - next);
}

static char *take(size_t align, size_t size)
{
	char *payload = fit(align, size);

	if (!payload && grow(size + align + sizeof(struct header)))
		payload = fit(align, size);
	if (!payload)
		return NULL;

	struct header *header = (struct header *)payload - 1;

	header->size = size;
	header->before = last ? (size_t)((char *)header - (char *)last) : 0;
	last = header;
	next = payload + size;
	statistics.blocks++;
	count(size + sizeof(*header));
	return payload;
}

void *uk_heap_aligned_alloc(size_t align, size_t size)
{
	if (size > SIZE_LIMIT || align > SIZE_LIMIT)
		return NULL;
	uk_spin_lock(&lock);
	char *payload = take(UK_MAX(align, GRAIN), UK_ALIGN_UP(UK_MAX(size, GRAIN), GRAIN));

	uk_spin_unlock(&lock);
	return payload;
}

void *uk_heap_alloc(size_t size)
{
	return uk_heap_aligned_alloc(GRAIN, size);
}

void *uk_heap_zalloc(size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;

	void *ptr = uk_heap_alloc(bytes);

	if (ptr)
		memset(ptr, 0, bytes);
	return ptr;
}

static void shorten(void)
{
	while (last && (last->size & FREE)) {
		next = (char *)last;
		last = last->before ? (struct header *)((char *)last - last->before) : NULL;
	}
}

void uk_heap_free(void *ptr)
{
	if (!ptr)
		return;
	uk_spin_lock(&lock);
	struct header *header = header_of(ptr);

	statistics.blocks--;
	statistics.used -= header->size + sizeof(*header);
	header->size |= FREE;
	shorten();
	statistics.free = (size_t)(end - next);
	uk_spin_unlock(&lock);
}

/* The last block grows and shrinks where it is; every other one may only shrink. */
static bool resize(struct header *header, size_t size)
{
	char *payload = (char *)(header + 1);

	if (header != last)
		return size <= header->size;
	if (size > (size_t)(end - payload))
		return false;

	size_t old = header->size;

	header->size = size;
	next = payload + size;
	count(size - old);
	return true;
}

void *uk_heap_realloc(void *ptr, size_t size)
{
	if (!ptr)
		return uk_heap_alloc(size);
	if (size > SIZE_LIMIT)
		return NULL;
	uk_spin_lock(&lock);
	struct header *header = header_of(ptr);
	size_t old = header->size;
	bool done = resize(header, UK_ALIGN_UP(UK_MAX(size, GRAIN), GRAIN));

	uk_spin_unlock(&lock);
	if (done)
		return ptr;

	void *moved = uk_heap_alloc(size);

	if (moved) {
		memcpy(moved, ptr, UK_MIN(old, size));
		uk_heap_free(ptr);
	}
	return moved;
}

size_t uk_heap_usable_size(void *ptr)
{
	if (!ptr)
		return 0;
	uk_spin_lock(&lock);
	size_t size = header_of(ptr)->size;

	uk_spin_unlock(&lock);
	return size;
}

void uk_heap_stats(struct uk_heap_stats *stats)
{
	uk_spin_lock(&lock);
	*stats = statistics;
	uk_spin_unlock(&lock);
}
