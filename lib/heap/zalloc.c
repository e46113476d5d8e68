/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/heap.h>
#include <uk/string.h>

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
