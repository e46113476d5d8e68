/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/netbuf.h>

#include <uk/errno.h>
#include <uk/frames.h>
#include <uk/panic.h>

int uk_netbuf_pool_create(struct uk_netbuf_pool *pool, unsigned int count, size_t size,
			  size_t headroom)
{
	size_t bytes = uk_netbuf_pool_stride(size, headroom) * count;
	unsigned int order = 0;

	while ((UK_PAGE_SIZE << order) < bytes)
		order++;

	void *mem = uk_pages_alloc(order);

	if (!mem)
		return -ENOMEM;
	uk_netbuf_pool_init(pool, mem, UK_PAGE_SIZE << order, size, headroom);
	pool->order = order;
	return 0;
}

void uk_netbuf_pool_destroy(struct uk_netbuf_pool *pool)
{
	UK_ASSERT(uk_netbuf_pool_free_count(pool) == pool->count);
	uk_pages_free(pool->mem, pool->order);
	pool->mem = NULL;
}
