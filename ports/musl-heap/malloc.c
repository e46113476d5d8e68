/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * malloc() and its relatives on the heap contract, <uk/heap.h>: C11 7.22.3, POSIX
 * posix_memalign.
 */

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <uk/heap.h>

/* What the heap gave; errno says so when that is nothing. */
static void *given(void *ptr)
{
	if (!ptr)
		errno = ENOMEM;
	return ptr;
}

/* ports/musl/memory.c */
extern int (*__uk_memory_back)(void);

/* There is more now: try again. */
static int has_come_back(void)
{
	return __uk_memory_back && __uk_memory_back();
}

void *malloc(size_t size)
{
	void *got = uk_heap_alloc(size);

	if (!got && has_come_back())
		got = uk_heap_alloc(size);
	return given(got);
}

void *calloc(size_t n, size_t size)
{
	void *got = uk_heap_zalloc(n, size);

	if (!got && has_come_back())
		got = uk_heap_zalloc(n, size);
	return given(got);
}

void *realloc(void *ptr, size_t size)
{
	void *got = uk_heap_realloc(ptr, size);

	if (!got && has_come_back())
		got = uk_heap_realloc(ptr, size);
	return given(got);
}

void free(void *ptr)
{
	uk_heap_free(ptr);
}

static int is_power_of_two(size_t n)
{
	return n && !(n & (n - 1));
}

static void *aligned(size_t align, size_t size)
{
	void *got = uk_heap_aligned_alloc(align, size);

	return got || !has_come_back() ? got : uk_heap_aligned_alloc(align, size);
}

void *aligned_alloc(size_t align, size_t size)
{
	if (!is_power_of_two(align)) {
		errno = EINVAL;
		return NULL;
	}
	return given(aligned(align, size));
}

void *memalign(size_t align, size_t size)
{
	return aligned_alloc(align, size);
}

/* errno stays as it is: the error is what is returned. */
int posix_memalign(void **ptr, size_t align, size_t size)
{
	if (align < sizeof(void *) || !is_power_of_two(align))
		return EINVAL;
	void *got = aligned(align, size);

	if (!got)
		return ENOMEM;
	*ptr = got;
	return 0;
}

size_t malloc_usable_size(void *ptr)
{
	return ptr ? uk_heap_usable_size(ptr) : 0;
}
