/* SPDX-License-Identifier: BSD-3-Clause */

/* Memory of the stack: the kernel's heap with one bound. Under the core lock, but for init. */

#include <lwip/timeouts.h>
#include <lwipopts.h>
#include <stddef.h>
#include <uk/defs.h>
#include <uk/heap.h>

static size_t used;

static struct sys_timeo timeouts[MEMP_NUM_SYS_TIMEOUT];
static struct sys_timeo *free_timeouts;
static unsigned int fresh_timeouts;

static void *count(void *ptr)
{
	if (ptr)
		used += uk_heap_usable_size(ptr);
	return ptr;
}

static int fits(size_t size)
{
	const size_t most = CONFIG_LWIP_MEMORY_KIB * 1024ul;

	return size <= most && used <= most - size;
}

void *uk__lwip_alloc(size_t size)
{
	return fits(size) ? count(uk_heap_alloc(size)) : NULL;
}

void *uk__lwip_zalloc(size_t n, size_t size)
{
	return size && fits(n) && fits(n * size) ? count(uk_heap_zalloc(n, size)) : NULL;
}

void uk__lwip_free(void *ptr)
{
	if (ptr)
		used -= uk_heap_usable_size(ptr);
	uk_heap_free(ptr);
}

void *uk__lwip_timeout_alloc(void)
{
	struct sys_timeo *t = free_timeouts;

	if (t)
		free_timeouts = t->next;
	else if (fresh_timeouts < UK_ARRAY_SIZE(timeouts))
		t = &timeouts[fresh_timeouts++];
	return t;
}

void uk__lwip_timeout_free(void *timeout)
{
	struct sys_timeo *t = timeout;

	t->next = free_timeouts;
	free_timeouts = t;
}
