/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/netdev.h>

#include <uk/errno.h>
#include <uk/test.h>

/* A member of the class whose transmit queue is its receive queue. */
struct loop {
	struct uk_netdev dev;
	struct uk_netbuf_queue queue;
	bool started;
};

static int loop_start(struct uk_netdev *dev, const struct uk_netdev_conf *conf)
{
	struct loop *loop = UK_CONTAINER_OF(dev, struct loop, dev);

	(void)conf;
	if (loop->started)
		return -EBUSY;
	loop->started = true;
	uk_netbuf_queue_init(&loop->queue, 16);
	return 0;
}

static void loop_stop(struct uk_netdev *dev)
{
	UK_CONTAINER_OF(dev, struct loop, dev)->started = false;
}

static int loop_rx(struct uk_netdev *dev, unsigned int queue, struct uk_netbuf **bufs,
		   unsigned int n)
{
	(void)queue;
	return (int)uk_netbuf_queue_get(&UK_CONTAINER_OF(dev, struct loop, dev)->queue, bufs, n);
}

static int loop_tx(struct uk_netdev *dev, unsigned int queue, struct uk_netbuf **bufs,
		   unsigned int n)
{
	(void)queue;
	return (int)uk_netbuf_queue_put(&UK_CONTAINER_OF(dev, struct loop, dev)->queue, bufs, n);
}

static const struct uk_netdev_ops loop_ops = {
	.start = loop_start,
	.stop = loop_stop,
	.rx_burst = loop_rx,
	.tx_burst = loop_tx,
};

static struct loop loop = {
	.dev = {
		.ops = &loop_ops,
		.driver = "loop",
		.mtu = 1500,
		.max_rx_queues = 1,
		.max_tx_queues = 1,
	},
};

static uint8_t mem[8192] uk_aligned(64);
static struct uk_netbuf_pool pool;

UK_TEST(netdev, register_start_move)
{
	struct uk_netdev_conf conf = { .rx_queues = 1, .tx_queues = 1 };
	struct uk_netbuf *bufs[4];
	unsigned int before = uk_netdev_count();

	uk_netdev_register(&loop.dev);
	UK_EXPECT_EQ(uk_netdev_count(), before + 1);
	UK_EXPECT(uk_netdev_get(before) == &loop.dev);
	UK_EXPECT(uk_netdev_get(before + 1) == NULL);
	conf.rx_queues = 2;
	UK_EXPECT_EQ(uk_netdev_start(&loop.dev, &conf), -EINVAL);
	conf.rx_queues = 1;
	UK_EXPECT_EQ(uk_netdev_start(&loop.dev, &conf), 0);
	UK_EXPECT_EQ(uk_netdev_start(&loop.dev, &conf), -EBUSY);

	uk_netbuf_pool_init(&pool, mem, sizeof(mem), 64, 0);
	UK_REQUIRE(uk_netbuf_pool_get_many(&pool, bufs, 4) == 4);
	UK_EXPECT_EQ(uk_netdev_tx_burst(&loop.dev, 0, bufs, 4), 4);
	UK_REQUIRE(uk_netdev_rx_burst(&loop.dev, 0, bufs, 4) == 4);
	for (unsigned int i = 0; i < 4; i++)
		uk_netbuf_put(bufs[i]);
	uk_netdev_stop(&loop.dev);
	UK_EXPECT_EQ(uk_netbuf_pool_free_count(&pool), pool.count);
}
