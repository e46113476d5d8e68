/* SPDX-License-Identifier: BSD-3-Clause */
/* Pools of buffers while there are few frames. */

#include <uk/errno.h>
#include <uk/frames.h>
#include <uk/netbuf.h>
#include <uk/test.h>

#define PAGES (20u << 10) /* more than the machine has */

static uint64_t frames_used(void)
{
	struct uk_frames_stats stats;

	uk_frames_stats(&stats);
	return stats.opened - stats.free;
}

UK_TEST(netdev_host, pool_without_memory)
{
	static uk_paddr_t taken[PAGES];
	struct uk_netbuf_pool pool;
	unsigned int n = 0, given = 0;
	int err;

	while (n < PAGES && (taken[n] = uk_frames_alloc(0)) != 0)
		n++;
	UK_REQUIRE(n > 100 && n < PAGES);

	uint64_t used = frames_used();

	/* As memory comes back, page by page: none of it, or the whole pool. */
	do {
		err = uk_netbuf_pool_create(&pool, 32, 1514, 64);
		if (err != 0) {
			UK_EXPECT_EQ(err, -ENOMEM);
			UK_EXPECT_EQ(frames_used(), used - given);
			uk_frames_free(taken[--n], 0);
			given++;
		}
	} while (err != 0 && n > 0);
	UK_REQUIRE(err == 0);
	UK_EXPECT(given >= 12);
	uk_netbuf_pool_destroy(&pool);
	while (n > 0)
		uk_frames_free(taken[--n], 0);
}
