/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake.h"

#include <uk/errno.h>
#include <uk/string.h>
#include <uk/test.h>

static unsigned int notified[3];

static void notify(struct uk_netdev *dev uk_unused, enum uk_netdev_event event,
		   unsigned int queue uk_unused, void *arg uk_unused)
{
	notified[event]++;
}

static struct net *net;
static struct uk_netdev *dev;

/* A started device, or NULL. */
static bool begin(uint64_t features)
{
	struct uk_netdev_conf conf = { .rx_queues = 1, .tx_queues = 1, .notify = notify };

	memset(notified, 0, sizeof(notified));
	if (!UK_EXPECT_EQ(fake_begin(features), 0))
		return false;
	net = fake.virtio.driver_data;
	dev = &net->dev;
	return UK_EXPECT_EQ(uk_netdev_start(dev, &conf), 0);
}

/* After a stop every buffer is back where it came from. */
static void end(void)
{
	uk_netdev_stop(dev);
	UK_EXPECT_EQ(uk_netbuf_pool_free_count(&net->pool), net->pool.count);
	uk_netbuf_pool_destroy(&net->pool);
	net->has_pool = false;
}

static const struct net_header plain;

UK_TEST(virtio_net, receives)
{
	struct uk_netbuf *bufs[8];

	UK_REQUIRE(begin(ALL));
	UK_EXPECT(fake_status() & UK_VIRTIO_DRIVER_OK);
	UK_EXPECT_EQ(net->rx.vq->free_count, 0); /* all posted */
	UK_EXPECT(dev->link_up && dev->mac[0] == 0x52 && dev->mac[5] == 3);
	UK_EXPECT_EQ(uk_netdev_rx_burst(dev, 0, bufs, 8), 0);
	fake_receive(&plain, 0xaa, 60);
	fake_receive(&plain, 0xbb, 1514);
	UK_REQUIRE(uk_netdev_rx_burst(dev, 0, bufs, 8) == 2);
	UK_EXPECT(bufs[0]->len == 60 && bufs[0]->data[0] == 0xaa && bufs[0]->data[59] == 0xaa);
	UK_EXPECT(bufs[1]->len == 1514 && bufs[1]->data[1513] == 0xbb);
	UK_EXPECT(bufs[0]->flags == 0 && !bufs[0]->next);
	UK_EXPECT_EQ((uintptr_t)(bufs[0]->data + 14) % 16, 0);
	uk_netbuf_put(bufs[0]);
	uk_netbuf_put(bufs[1]);
	end();
}

UK_TEST(virtio_net, refills_for_ever)
{
	struct uk_netbuf *bufs[8];
	unsigned int got = 0;

	UK_REQUIRE(begin(ALL));
	for (unsigned int i = 0; i < 3000; i++) {
		fake_receive(&plain, (uint8_t)i, 100);
		int n = uk_netdev_rx_burst(dev, 0, bufs, 8);

		for (int k = 0; k < n; k++) {
			UK_EXPECT_EQ(bufs[k]->data[99], (uint8_t)got++);
			uk_netbuf_put(bufs[k]);
		}
	}
	UK_EXPECT_EQ(got, 3000);
	end();
}

UK_TEST(virtio_net, a_stack_that_keeps_all_leaves_the_device_some)
{
	struct uk_netbuf *held[512];
	struct uk_netdev_stats stats;
	unsigned int n = 0;

	UK_REQUIRE(begin(ALL));
	UK_REQUIRE(net->pool.count <= 512);
	for (unsigned int i = 0; i < net->pool.count + 100; i++) {
		fake_receive(&plain, 1, 60);
		n += (unsigned int)uk_netdev_rx_burst(dev, 0, held + n, 1);
	}
	uk_netdev_stats(dev, &stats);
	UK_EXPECT_EQ(stats.rx_packets, n);
	UK_EXPECT_EQ(stats.rx_dropped, net->pool.count + 100 - n);
	UK_EXPECT_EQ(net->rx.vq->in_flight, net->pool.count - n);
	UK_EXPECT(net->rx.vq->in_flight >= net->rx.vq->size / 8u - 1);
	while (n > 0)
		uk_netbuf_put(held[--n]);
	/* And goes on when it has given them back. */
	for (unsigned int i = 0; i < 100; i++) {
		fake_receive(&plain, 7, 60);
		if (uk_netdev_rx_burst(dev, 0, held, 1) == 1) {
			UK_EXPECT_EQ(held[0]->data[0], 7);
			uk_netbuf_put(held[0]);
			n++;
		}
	}
	UK_EXPECT_EQ(n, 100);
	end();
}

UK_TEST(virtio_net, checksum_flags)
{
	struct net_header h = { .flags = NET_HDR_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16 };
	struct uk_netbuf *bufs[3];

	UK_REQUIRE(begin(ALL));
	fake_receive(&h, 0, 60);
	h.csum_offset = 25; /* one byte outside */
	fake_receive(&h, 0, 60);
	h = (struct net_header){ .flags = NET_HDR_DATA_VALID };
	fake_receive(&h, 0, 60);
	UK_REQUIRE(uk_netdev_rx_burst(dev, 0, bufs, 3) == 3);
	UK_EXPECT_EQ(bufs[0]->flags, UK_NETBUF_CSUM_VALID | UK_NETBUF_CSUM_PARTIAL);
	UK_EXPECT(bufs[0]->csum_start == 34 && bufs[0]->csum_offset == 16);
	UK_EXPECT_EQ(bufs[1]->flags, 0);
	UK_EXPECT_EQ(bufs[2]->flags, UK_NETBUF_CSUM_VALID);
	for (int i = 0; i < 3; i++)
		uk_netbuf_put(bufs[i]);
	end();
	/* Not negotiated: not believed. */
	UK_REQUIRE(begin(NET_F_MAC));
	fake_receive(&h, 0, 60);
	UK_REQUIRE(uk_netdev_rx_burst(dev, 0, bufs, 1) == 1);
	UK_EXPECT_EQ(bufs[0]->flags, 0);
	uk_netbuf_put(bufs[0]);
	end();
}

/* A buffer of the pool with some data, as a sender's. */
static struct uk_netbuf *packet(uint32_t len)
{
	struct uk_netbuf *nb = uk_netbuf_pool_get(&net->pool);

	if (UK_EXPECT(nb)) {
		memset(nb->data, 0x5a, len);
		nb->len = len;
	}
	return nb;
}

UK_TEST(virtio_net, sends_header_in_headroom)
{
	UK_REQUIRE(begin(ALL));
	struct uk_netbuf *nb = packet(100);

	nb->flags = UK_NETBUF_CSUM_PARTIAL;
	nb->csum_start = 34;
	nb->csum_offset = 6;
	UK_EXPECT_EQ(uk_netdev_tx_burst(dev, 0, &nb, 1), 1);

	const struct uk_vring_desc *d = &fake.queue[TX]->desc[fake_take(TX)];
	const uint8_t *at = fake_memory(d->addr);
	struct net_header h;

	memcpy(&h, at, NET_HEADER);
	UK_EXPECT_EQ(d->len, 112);
	UK_EXPECT_EQ(d->flags, 0);
	UK_EXPECT(h.flags == NET_HDR_NEEDS_CSUM && h.csum_start == 34 && h.csum_offset == 6);
	UK_EXPECT_EQ(at[NET_HEADER], 0x5a);
	end();
}

UK_TEST(virtio_net, sends_shared_and_chained)
{
	UK_REQUIRE(begin(ALL));
	struct uk_netbuf *nb = packet(14);
	struct uk_netbuf *tail = packet(50);
	uint8_t before = nb->data[-1] = 0x77;

	uk_netbuf_chain(nb, tail);
	uk_netbuf_get(nb);
	UK_EXPECT_EQ(uk_netdev_tx_burst(dev, 0, &nb, 1), 1);

	const struct uk_vring_desc *desc = fake.queue[TX]->desc;
	int head = fake_take(TX);
	const struct uk_vring_desc *d = &desc[head];

	UK_EXPECT(d->len == NET_HEADER && (d->flags & UK_VRING_DESC_NEXT));
	d = &desc[d->next];
	UK_EXPECT(d->len == 14 && fake_memory(d->addr) == nb->data);
	d = &desc[d->next];
	UK_EXPECT(d->len == 50 && !(d->flags & UK_VRING_DESC_NEXT));
	UK_EXPECT_EQ(nb->data[-1], before); /* another holder's: not written */
	fake_complete(TX, (uint32_t)head, 0);
	UK_EXPECT_EQ(uk_netdev_tx_reclaim(dev, 0), 1);
	UK_EXPECT(!uk_netbuf_shared(nb));
	uk_netbuf_put(nb);
	end();
}

UK_TEST(virtio_net, full_queue_takes_what_fits)
{
	struct uk_netbuf *bufs[80];
	unsigned int n = 0;

	UK_REQUIRE(begin(ALL));
	unsigned int size = net->tx.vq->size;

	while (n < 80 && (bufs[n] = uk_netbuf_pool_get(&net->pool)) != NULL) {
		bufs[n]->len = 60;
		n++;
	}
	unsigned int in_queue = 0;

	for (unsigned int i = 0; i < n && in_queue < size; i++) {
		int k = uk_netdev_tx_burst(dev, 0, &bufs[i], 1);

		in_queue += (unsigned int)k;
		if (k == 0)
			uk_netbuf_put(bufs[i]);
	}
	UK_EXPECT(n >= size);
	UK_EXPECT_EQ(in_queue, size - 1); /* the last one could need a header of its own */
	UK_EXPECT(uk_netdev_irq_enable(dev, UK_NETDEV_TX, 0) == 0);
	UK_EXPECT_EQ(fake_sent(), in_queue);
	fake.fn[TX](fake.arg[TX]);
	UK_EXPECT_EQ(notified[UK_NETDEV_TX], 1);
	UK_EXPECT_EQ(uk_netdev_tx_reclaim(dev, 0), in_queue);
	end();
}

UK_TEST(virtio_net, too_many_segments_are_dropped)
{
	UK_REQUIRE(begin(ALL));
	struct uk_netbuf *nb = packet(10);

	for (unsigned int i = 0; i < NET_SEGMENTS; i++)
		uk_netbuf_chain(nb, packet(10));
	UK_EXPECT_EQ(uk_netbuf_count(nb), NET_SEGMENTS + 1);
	UK_EXPECT_EQ(uk_netdev_tx_burst(dev, 0, &nb, 1), 1);
	UK_EXPECT_EQ(fake_take(TX), -1);
	end();
}

UK_TEST(virtio_net, interrupts_only_when_asked_and_true)
{
	struct uk_netbuf *bufs[2];

	UK_REQUIRE(begin(ALL));
	fake.fn[RX](fake.arg[RX]); /* another queue's */
	UK_EXPECT_EQ(notified[UK_NETDEV_RX], 0);
	UK_EXPECT_EQ(uk_netdev_irq_enable(dev, UK_NETDEV_RX, 0), 0);
	fake_receive(&plain, 1, 60);
	fake.fn[RX](fake.arg[RX]);
	UK_EXPECT_EQ(notified[UK_NETDEV_RX], 1);
	UK_EXPECT(uk_netdev_irq_enable(dev, UK_NETDEV_RX, 0) != 0); /* there is something */
	UK_REQUIRE(uk_netdev_rx_burst(dev, 0, bufs, 2) == 1);
	uk_netbuf_put(bufs[0]);
	UK_EXPECT_EQ(uk_netdev_irq_enable(dev, UK_NETDEV_RX, 0), 0);
	fake.config[NET_CONFIG_STATUS] = 0;
	fake.config_fn(fake.config_arg);
	UK_EXPECT(notified[UK_NETDEV_LINK_CHANGE] == 1 && !dev->link_up);
	end();
}

UK_TEST(virtio_net, stops_and_starts_again)
{
	struct uk_netdev_conf conf = { .rx_queues = 1, .tx_queues = 1 };
	struct uk_netbuf *bufs[2];

	UK_REQUIRE(begin(ALL));
	UK_EXPECT_EQ(uk_netdev_start(dev, &conf), -EBUSY);
	for (int i = 0; i < 3; i++) {
		end();
		UK_REQUIRE(uk_netdev_start(dev, &conf) == 0);
		fake_receive(&plain, 9, 60);
		UK_REQUIRE(uk_netdev_rx_burst(dev, 0, bufs, 2) == 1);
		uk_netbuf_put(bufs[0]);
	}
	end();
}

UK_TEST(virtio_net, devices_that_cannot_be_used)
{
	UK_EXPECT_EQ(fake_begin(NET_F_CSUM), -ENOTSUP); /* no address */
	UK_EXPECT(fake_status() & UK_VIRTIO_FAILED);
	memset(&fake, 0, sizeof(fake));
	UK_EXPECT_EQ(fake_begin(NET_F_MAC | NET_F_MTU), 0);
	UK_EXPECT_EQ(((struct net *)fake.virtio.driver_data)->dev.mtu, 1500); /* 0 is refused */
}

/* What a hostile device does; each ends with a device that moves nothing, and all buffers back. */
static void expect_broken(void)
{
	struct uk_netbuf *bufs[4];

	UK_EXPECT_EQ(uk_netdev_rx_burst(dev, 0, bufs, 4), 0);
	UK_EXPECT(dev->broken);
	UK_EXPECT_EQ(uk_netdev_rx_burst(dev, 0, bufs, 4), 0);
	UK_EXPECT_EQ(uk_netdev_irq_enable(dev, UK_NETDEV_RX, 0), 0); /* and nobody spins */
	end();
}

UK_TEST(virtio_net, hostile_length)
{
	UK_REQUIRE(begin(ALL));
	fake_complete(RX, (uint32_t)fake_take(RX), 4000);
	expect_broken();
	UK_REQUIRE(begin(ALL));
	fake_complete(RX, (uint32_t)fake_take(RX), 0xffffffff);
	expect_broken();
}

UK_TEST(virtio_net, hostile_short_packets_are_dropped)
{
	struct uk_netbuf *bufs[4];
	struct uk_netdev_stats stats;
	int n = 0;

	UK_REQUIRE(begin(ALL));
	for (uint32_t len = 0; len <= NET_HEADER; len++)
		fake_complete(RX, (uint32_t)fake_take(RX), len);
	fake_receive(&plain, 3, 1);
	while (uk_netdev_irq_enable(dev, UK_NETDEV_RX, 0) != 0)
		n += uk_netdev_rx_burst(dev, 0, bufs, 4);
	UK_REQUIRE(n == 1);
	UK_EXPECT_EQ(bufs[0]->len, 1);
	uk_netbuf_put(bufs[0]);
	uk_netdev_stats(dev, &stats);
	UK_EXPECT(stats.rx_dropped == NET_HEADER + 1 && stats.rx_packets == 1);
	end();
}

UK_TEST(virtio_net, hostile_ids)
{
	UK_REQUIRE(begin(ALL));
	fake_complete(RX, 64, 60);
	expect_broken();
	UK_REQUIRE(begin(ALL));
	fake_complete(RX, 0xffff0000, 60);
	expect_broken();
}

UK_TEST(virtio_net, hostile_index_jumps)
{
	UK_REQUIRE(begin(ALL));
	fake.queue[RX]->used->idx = 65;
	expect_broken();
	UK_REQUIRE(begin(ALL));
	fake.queue[RX]->used->idx = 0x8000;
	expect_broken();
}

/* Anything at all in the shared memory, at any time. */
UK_TEST(virtio_net, hostile_noise)
{
	struct uk_netbuf *bufs[8];

	for (unsigned int round = 0; round < 300; round++) {
		UK_REQUIRE(begin(ALL));
		for (unsigned int step = 0; step < 60; step++) {
			int q = (int)uk_test_random_below(2);
			uint8_t *ring = (uint8_t *)fake.queue[q]->desc;
			size_t bytes = uk_virtq_ring_bytes(fake.queue[q]->size);

			if (uk_test_random_below(4) == 0)
				ring[uk_test_random_below(bytes)] = (uint8_t)uk_test_random();
			fake_complete(q, (uint32_t)uk_test_random_below(70),
				      (uint32_t)uk_test_random_below(1800));
			int n = uk_netdev_rx_burst(dev, 0, bufs, 8);

			for (int i = 0; i < n; i++) {
				UK_EXPECT(bufs[i]->data + bufs[i]->len <= bufs[i]->end);
				if (uk_netdev_tx_burst(dev, 0, &bufs[i], 1) == 0)
					uk_netbuf_put(bufs[i]);
			}
		}
		end();
	}
}

UK_TEST(virtio_net, hostile_never_resets)
{
	struct uk_netdev_conf conf = { .rx_queues = 1, .tx_queues = 1 };

	UK_REQUIRE(begin(ALL));
	end();
	fake.stuck = true;
	fake.reg[UK_VIRTIO_REG_STATUS] = 1;
	UK_EXPECT_EQ(uk_netdev_start(dev, &conf), -EIO);
	UK_EXPECT_EQ(uk_netdev_start(dev, &conf), -EIO);
	UK_EXPECT(fake.virtio.broken);
}
