/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * malloc() and its relatives on mimalloc: C11 7.22.3, POSIX posix_memalign.
 */

#include <errno.h>
#include <malloc.h>
#include <mimalloc.h>
#include <stdlib.h>

/* What there is; errno says so when that is nothing. */
static void *given(void *ptr)
{
	if (!ptr)
		errno = ENOMEM;
	return ptr;
}

void _mi_segments_give_back(void); /* patch 0003 */

/* There is too little memory: what is free and kept for later goes back, for one more try. False:
 * no memory would be enough. */
static int make_room(size_t size)
{
	if (size > PTRDIFF_MAX / 2)
		return 0;
	mi_collect(true);
	_mi_segments_give_back();
	return 1;
}

void *malloc(size_t size)
{
	void *ptr = mi_malloc(size);

	if (!ptr && make_room(size))
		ptr = mi_malloc(size);
	return given(ptr);
}

void *calloc(size_t n, size_t size)
{
	void *ptr = mi_calloc(n, size);

	if (!ptr && make_room(size))
		ptr = mi_calloc(n, size);
	return given(ptr);
}

void *realloc(void *ptr, size_t size)
{
	void *moved = mi_realloc(ptr, size);

	if (!moved && make_room(size))
		moved = mi_realloc(ptr, size);
	return given(moved);
}

/* errno is the caller's. */
void free(void *ptr)
{
	int before = errno;

	mi_free(ptr);
	errno = before;
}

static int is_power_of_two(size_t n)
{
	return n && !(n & (n - 1));
}

static void *aligned(size_t align, size_t size)
{
	void *ptr = mi_malloc_aligned(size, align);

	if (!ptr && make_room(size))
		ptr = mi_malloc_aligned(size, align);
	return ptr;
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
	int before = errno;

	if (align < sizeof(void *) || !is_power_of_two(align))
		return EINVAL;
	void *got = aligned(align, size);

	errno = before;
	if (!got)
		return ENOMEM;
	*ptr = got;
	return 0;
}

size_t malloc_usable_size(void *ptr)
{
	return mi_usable_size(ptr);
}
