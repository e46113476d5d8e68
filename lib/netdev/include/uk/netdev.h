/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Network devices: the class between drivers and stacks. Packets move in bursts, by polling;
 * interrupts, which are off until asked for, only say when polling is worth while.
 *
 * A stack does, for each receive queue:
 *
 *	do {
 *		while ((n = uk_netdev_rx_burst(dev, q, bufs, 32)) > 0)
 *			... take the packets ...
 *	} while (uk_netdev_irq_enable(dev, UK_NETDEV_RX, q));	nonzero: more has come
 *	... sleep until notify() ...
 *
 * Contexts: notify() is called from interrupts. Everything else is thread and boot context;
 * calls for one queue are serialised by the caller, different queues may be used at the same
 * time. No call waits, but for a moment uk_netdev_stop().
 */

#include <stdbool.h>
#include <uk/defs.h>
#include <uk/list.h>
#include <uk/netbuf.h>

#define UK_NETDEV_BURST_MAX 64u /* packets per call that are worth while; more is allowed */

enum uk_netdev_features {
	UK_NETDEV_TX_CSUM = 1u << 0, /* takes UK_NETBUF_CSUM_PARTIAL */
	UK_NETDEV_RX_CSUM = 1u << 1, /* may set UK_NETBUF_CSUM_* */
	UK_NETDEV_TX_TSO4 = 1u << 2, /* takes UK_NETBUF_GSO_TCP4, and so on */
	UK_NETDEV_TX_TSO6 = 1u << 3,
	UK_NETDEV_RX_LRO = 1u << 4, /* may deliver packets longer than the MTU */
	UK_NETDEV_LINK = 1u << 5,   /* knows the state of the link */
};

enum uk_netdev_event { UK_NETDEV_RX, UK_NETDEV_TX, UK_NETDEV_LINK_CHANGE };

struct uk_netdev;

struct uk_netdev_conf {
	uint16_t rx_queues; /* 1..dev->max_rx_queues */
	uint16_t tx_queues;
	/*
	 * RX, TX: one-shot per uk_netdev_irq_enable() of that queue, and may come without cause.
	 * LINK_CHANGE: at any time. May be NULL: polling only.
	 */
	void (*notify)(struct uk_netdev *dev, enum uk_netdev_event event, unsigned int queue,
		       void *arg);
	void *arg;
};

struct uk_netdev_stats {
	uint64_t rx_packets, rx_bytes;
	uint64_t rx_dropped; /* no buffer, or the device's description was wrong */
	uint64_t tx_packets, tx_bytes;
	uint64_t tx_full; /* packets that tx_burst did not take */
};

/* See the inline functions below for what each does. */
struct uk_netdev_ops {
	int (*start)(struct uk_netdev *dev, const struct uk_netdev_conf *conf);
	void (*stop)(struct uk_netdev *dev);
	int (*rx_burst)(struct uk_netdev *dev, unsigned int queue, struct uk_netbuf **bufs,
			unsigned int n);
	int (*tx_burst)(struct uk_netdev *dev, unsigned int queue, struct uk_netbuf **bufs,
			unsigned int n);
	int (*tx_reclaim)(struct uk_netdev *dev, unsigned int queue);
	int (*irq_enable)(struct uk_netdev *dev, enum uk_netdev_event event, unsigned int queue);
	void (*irq_disable)(struct uk_netdev *dev, enum uk_netdev_event event, unsigned int queue);
	void (*stats)(struct uk_netdev *dev, struct uk_netdev_stats *stats);
};

struct uk_netdev {
	/* Set by the driver before uk_netdev_register(), then constant. */
	const struct uk_netdev_ops *ops;
	const char *driver;
	uint8_t mac[6];
	uint16_t mtu;         /* payload of a frame: 1500 */
	uint16_t tx_headroom; /* bytes that save a descriptor if they are free before data */
	uint16_t tx_segments; /* buffers per packet that tx_burst takes */
	uint16_t max_rx_queues;
	uint16_t max_tx_queues;
	uint32_t features; /* enum uk_netdev_features */

	/* Written by the driver at any time: read with uk_load(). */
	bool link_up;
	bool broken; /* the device broke the protocol: bursts move nothing any more */

	/* Of the class. */
	struct uk_list node;
	unsigned int index;
	void *stack; /* for whoever started it */
};

/* For drivers; the device lives for ever. DEVICE level of init. */
void uk_netdev_register(struct uk_netdev *dev);
unsigned int uk_netdev_count(void);
/* Device `index`, in the order of registration, from 0; NULL: no such. */
struct uk_netdev *uk_netdev_get(unsigned int index);

/* Set up the queues; interrupts of all are off. 0, -EINVAL, -ENOMEM, -EBUSY (is started), -EIO. */
int uk_netdev_start(struct uk_netdev *dev, const struct uk_netdev_conf *conf);

/* The device is at rest and all buffers that it held are put; what was sent had a moment to
 * go out. */
uk_inline void uk_netdev_stop(struct uk_netdev *dev)
{
	dev->ops->stop(dev);
}

/*
 * Up to n received packets, each the caller's; refills the device. Returns how many. While the
 * stack keeps almost all buffers, packets are dropped: the device is never left without any.
 * 0 may also mean that all of a burst was dropped; uk_netdev_irq_enable() tells the difference.
 */
uk_inline int uk_netdev_rx_burst(struct uk_netdev *dev, unsigned int queue, struct uk_netbuf **bufs,
				 unsigned int n)
{
	return dev->ops->rx_burst(dev, queue, bufs, n);
}

/*
 * Send: the first k of n packets become the driver's, which puts them when they are sent. It
 * may write into the headroom of a first buffer that nobody else holds. Returns k; k < n: no
 * room now (reclaim later, or ask for an interrupt). A packet with more than tx_segments
 * buffers, or with none, is dropped and counts as taken.
 */
uk_inline int uk_netdev_tx_burst(struct uk_netdev *dev, unsigned int queue, struct uk_netbuf **bufs,
				 unsigned int n)
{
	return dev->ops->tx_burst(dev, queue, bufs, n);
}

/*
 * Put the packets that were sent; tx_burst itself does it only when it needs the room. To be
 * called now and then by senders that wait for their buffers. Returns how many.
 */
uk_inline int uk_netdev_tx_reclaim(struct uk_netdev *dev, unsigned int queue)
{
	return dev->ops->tx_reclaim(dev, queue);
}

/*
 * Arm one notify() for the queue, event RX or TX (room again). Nonzero: there is something
 * already and no notify() will come; poll again.
 */
uk_inline int uk_netdev_irq_enable(struct uk_netdev *dev, enum uk_netdev_event event,
				   unsigned int queue)
{
	return dev->ops->irq_enable(dev, event, queue);
}

/* At most one more notify() may be under way. */
uk_inline void uk_netdev_irq_disable(struct uk_netdev *dev, enum uk_netdev_event event,
				     unsigned int queue)
{
	dev->ops->irq_disable(dev, event, queue);
}

uk_inline void uk_netdev_stats(struct uk_netdev *dev, struct uk_netdev_stats *stats)
{
	dev->ops->stats(dev, stats);
}
