/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/netbuf.h>

#include <uk/errno.h>
#include <uk/panic.h>

#define CACHE_LINE 64u

/* A slot of the pool: the descriptor, headroom, payload. */
#define HEAD UK_ALIGN_UP(sizeof(struct uk_netbuf), 16)

size_t uk_netbuf_pool_stride(size_t size, size_t headroom)
{
	/* An even number of lines would put all descriptors into a few cache sets. */
	return UK_ALIGN_UP(HEAD + headroom + size, CACHE_LINE) | CACHE_LINE;
}

static void pool_release(struct uk_netbuf *nb, void *arg)
{
	struct uk_netbuf_pool *pool = arg;

	uk_spin_lock(&pool->lock);
	nb->link = pool->free;
	pool->free = nb;
	pool->free_count++;
	uk_spin_unlock(&pool->lock);
}

void uk_netbuf_pool_init(struct uk_netbuf_pool *pool, void *mem, size_t bytes, size_t size,
			 size_t headroom)
{
	UK_ASSERT(UK_IS_ALIGNED((uintptr_t)mem, CACHE_LINE));
	size_t stride = uk_netbuf_pool_stride(size, headroom);

	*pool = (struct uk_netbuf_pool){
		.count = (unsigned int)(bytes / stride),
		.stride = stride,
		.headroom = headroom,
		.mem = mem,
	};
}

/* A buffer that was handed out before, or the next fresh one; the caller has the lock. */
static struct uk_netbuf *take(struct uk_netbuf_pool *pool)
{
	struct uk_netbuf *nb = pool->free;

	if (nb) {
		pool->free = nb->link;
		pool->free_count--;
	} else if (pool->fresh < pool->count) {
		nb = (struct uk_netbuf *)(pool->mem + pool->fresh++ * pool->stride);
		nb->release = pool_release;
		nb->release_arg = pool;
	}
	return nb;
}

unsigned int uk_netbuf_pool_get_many(struct uk_netbuf_pool *pool, struct uk_netbuf **bufs,
				     unsigned int n)
{
	unsigned int got = 0;

	uk_spin_lock(&pool->lock);
	while (got < n && (bufs[got] = take(pool)) != NULL)
		got++;
	uk_spin_unlock(&pool->lock);
	for (unsigned int i = 0; i < got; i++)
		uk_netbuf_init(bufs[i], (uint8_t *)bufs[i] + HEAD, pool->stride - HEAD,
			       pool->headroom);
	return got;
}

struct uk_netbuf *uk_netbuf_pool_get(struct uk_netbuf_pool *pool)
{
	struct uk_netbuf *nb;

	return uk_netbuf_pool_get_many(pool, &nb, 1) ? nb : NULL;
}

unsigned int uk_netbuf_pool_free_count(struct uk_netbuf_pool *pool)
{
	uk_spin_lock(&pool->lock);
	unsigned int n = pool->free_count + pool->count - pool->fresh;

	uk_spin_unlock(&pool->lock);
	return n;
}
