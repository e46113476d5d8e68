/* SPDX-License-Identifier: BSD-3-Clause */
/* A device that is started while memory lacks: it says so, and starts when memory is back. */

#include "test/fake.h"

#include <uk/errno.h>
#include <uk/frames.h>
#include <uk/host.h>
#include <uk/test.h>

#define PAGES (20u << 10) /* more than the machine has */

static void notify(struct uk_netdev *dev uk_unused, enum uk_netdev_event event uk_unused,
		   unsigned int queue uk_unused, void *arg uk_unused)
{
}

static const struct uk_netdev_conf conf = { .rx_queues = 1, .tx_queues = 1, .notify = notify };

static struct uk_netdev *begin(void)
{
	if (!UK_EXPECT_EQ(fake_begin(ALL), 0))
		return NULL;
	return &((struct net *)fake.virtio.driver_data)->dev;
}

static void end(struct uk_netdev *dev)
{
	struct net *net = fake.virtio.driver_data;

	uk_netdev_stop(dev);
	if (net->has_pool)
		uk_netbuf_pool_destroy(&net->pool);
	net->has_pool = false;
}

UK_TEST(virtio_net_nomem, probe)
{
	fake_net(ALL);
	uk_host_heap_fail_at(0);
	UK_EXPECT_EQ(uk__virtio_net_probe(&fake.virtio), -ENOMEM);
	UK_EXPECT(uk_host_heap_failed());
	uk_host_heap_fail_at(-1);
}

UK_TEST(virtio_net_nomem, each_allocation)
{
	struct uk_netdev *dev = begin();
	long n = 0;

	UK_REQUIRE(dev != NULL);
	for (bool failed = true; failed; n++) {
		uk_host_heap_fail_at(n);

		int err = uk_netdev_start(dev, &conf);

		failed = uk_host_heap_failed();
		uk_host_heap_fail_at(-1);
		UK_EXPECT_EQ(err, failed ? -ENOMEM : 0);
	}
	UK_EXPECT(n > 3);
	end(dev);
}

UK_TEST(virtio_net_nomem, few_frames)
{
	static uk_paddr_t taken[PAGES];
	struct uk_netdev *dev = begin();
	unsigned int n = 0;
	int err;

	UK_REQUIRE(dev != NULL);
	while (n < PAGES && (taken[n] = uk_frames_alloc(0)) != 0)
		n++;
	do {
		err = uk_netdev_start(dev, &conf);
		if (err != 0) {
			UK_EXPECT_EQ(err, -ENOMEM);
			uk_frames_free(taken[--n], 0);
		}
	} while (err != 0 && n > 0);
	UK_EXPECT(err == 0 && n > 100);
	while (n > 0)
		uk_frames_free(taken[--n], 0);
	end(dev);
}
