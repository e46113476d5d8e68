/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that musl takes for itself comes from whatever malloc() the image has.
 */

#include <stdlib.h>

void *__libc_malloc(size_t size)
{
	return malloc(size);
}

void *__libc_calloc(size_t n, size_t size)
{
	return calloc(n, size);
}

void *__libc_realloc(void *ptr, size_t size)
{
	return realloc(ptr, size);
}

void __libc_free(void *ptr)
{
	free(ptr);
}
