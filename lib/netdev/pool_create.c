/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/netbuf.h>

#include <uk/errno.h>
#include <uk/frames.h>
#include <uk/meminfo.h>
#include <uk/panic.h>

static size_t held;

UK_HOLDER(held, "buffers of the network", NULL);

int uk_netbuf_pool_create(struct uk_netbuf_pool *pool, unsigned int count, size_t size,
			  size_t headroom)
{
	size_t bytes = uk_netbuf_pool_stride(size, headroom) * count;
	size_t pages = (bytes + UK_PAGE_SIZE - 1) / UK_PAGE_SIZE;
	uk_paddr_t pa = uk_frames_alloc_run(pages);

	if (!pa) {
		uk_meminfo_lack(bytes);
		return -ENOMEM;
	}
	uk_holder_take(&held, pages);
	uk_netbuf_pool_init(pool, uk_phys_to_virt(pa), pages * UK_PAGE_SIZE, size, headroom);
	pool->pages = pages;
	return 0;
}

void uk_netbuf_pool_destroy(struct uk_netbuf_pool *pool)
{
	UK_ASSERT(uk_netbuf_pool_free_count(pool) == pool->count);
	uk_holder_give(&held, pool->pages);
	uk_frames_free_run(uk_virt_to_phys(pool->mem), pool->pages);
	pool->mem = NULL;
}
