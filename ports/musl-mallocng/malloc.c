/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * malloc() and its relatives on musl's mallocng, which is in libc's archive (patch 0012):
 * C11 7.22.3, POSIX posix_memalign.
 */

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *__mallocng_malloc(size_t size);
void *__mallocng_realloc(void *ptr, size_t size);
void __mallocng_free(void *ptr);
void *__mallocng_aligned_alloc(size_t align, size_t size);
size_t __mallocng_usable_size(void *ptr);
int __malloc_allzerop(void *ptr); /* what malloc() gave is fresh from mmap */

/* What there is; errno says so when that is nothing. */
static void *given(void *ptr)
{
	if (!ptr)
		errno = ENOMEM;
	return ptr;
}

void *malloc(size_t size)
{
	return given(__mallocng_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	void *ptr = given(__mallocng_malloc(bytes));

	return !ptr || __malloc_allzerop(ptr) ? ptr : memset(ptr, 0, bytes);
}

void *realloc(void *ptr, size_t size)
{
	return given(__mallocng_realloc(ptr, size));
}

/* errno is the caller's. */
void free(void *ptr)
{
	int before = errno;

	__mallocng_free(ptr);
	errno = before;
}

static int is_power_of_two(size_t n)
{
	return n && !(n & (n - 1));
}

void *aligned_alloc(size_t align, size_t size)
{
	if (!is_power_of_two(align)) {
		errno = EINVAL;
		return NULL;
	}
	return given(__mallocng_aligned_alloc(align, size));
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
	void *got = __mallocng_aligned_alloc(align, size);

	errno = before;
	if (!got)
		return ENOMEM;
	*ptr = got;
	return 0;
}

size_t malloc_usable_size(void *ptr)
{
	return __mallocng_usable_size(ptr);
}
