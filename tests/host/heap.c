/* SPDX-License-Identifier: BSD-3-Clause */
/* Contract heap.h on the host, for libraries that use it: malloc, so that ASan sees each block. */

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <uk/atomic.h>
#include <uk/heap.h>
#include <uk/host.h>

static long fail_at = -1;
static bool failed;

void uk_host_heap_fail_at(long n)
{
	uk_store(&failed, false);
	uk_store(&fail_at, n);
}

bool uk_host_heap_failed(void)
{
	return uk_load(&failed);
}

static bool fails(void)
{
	if (uk_load(&fail_at) < 0 || uk_fetch_sub(&fail_at, 1) != 0)
		return false;
	uk_store(&failed, true);
	return true;
}

void *uk_heap_alloc(size_t size)
{
	return fails() ? NULL : malloc(size);
}

void *uk_heap_zalloc(size_t n, size_t size)
{
	return fails() ? NULL : calloc(n, size);
}

void *uk_heap_aligned_alloc(size_t align, size_t size)
{
	void *ptr = NULL;

	if (fails() || posix_memalign(&ptr, align < sizeof(ptr) ? sizeof(ptr) : align, size))
		return NULL;
	return ptr;
}

void *uk_heap_realloc(void *ptr, size_t size)
{
	return fails() ? NULL : realloc(ptr, size ? size : 1);
}

void uk_heap_free(void *ptr)
{
	free(ptr);
}

size_t uk_heap_usable_size(void *ptr)
{
	return malloc_usable_size(ptr);
}

void uk_heap_stats(struct uk_heap_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
}
