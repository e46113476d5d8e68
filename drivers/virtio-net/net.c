/* SPDX-License-Identifier: BSD-3-Clause */
#include "net.h"

#include <uk/atomic.h>
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/log.h>

#define QUEUE_RX 0u
#define QUEUE_TX 1u

/* Interrupt context, also for another queue's interrupt: says only what is true. */
static void notify_if_pending(struct net_queue *q, enum uk_netdev_event event)
{
	struct net *net = net_of(q->dev);

	if (!q->vq || !uk_virtq_pending(q->vq))
		return;
	if (!q->vq->event_idx)
		uk_virtq_irq_disable(q->vq); /* one notify() per enabling */
	net->conf.notify(q->dev, event, 0, net->conf.arg);
}

static void rx_interrupt(void *arg)
{
	notify_if_pending(arg, UK_NETDEV_RX);
}

static void tx_interrupt(void *arg)
{
	notify_if_pending(arg, UK_NETDEV_TX);
}

/* Without a word from the device, or none that stands, it stays as it was. */
static void read_link(struct net *net)
{
	uint16_t status;

	if (uk_virtio_has(net->virtio, NET_F_STATUS) &&
	    uk_virtio_config_read(net->virtio, NET_CONFIG_STATUS, &status, 2, 1) == 0)
		uk_store(&net->dev.link_up, (status & NET_S_LINK_UP) != 0);
}

static void config_interrupt(void *arg)
{
	struct net *net = arg;
	bool before = uk_load(&net->dev.link_up);

	if (!uk_virtio_works(net->virtio)) {
		uk_store(&net->dev.broken, true);
		return;
	}
	read_link(net);
	if (uk_load(&net->dev.link_up) == before)
		return;
	uk_warn("%s: link is %s", net->dev.driver, before ? "down" : "up");
	if (net->conf.notify)
		net->conf.notify(&net->dev, UK_NETDEV_LINK_CHANGE, 0, net->conf.arg);
}

/* The device is at rest. */
static void release_queue(struct net_queue *q)
{
	struct uk_virtq *vq = q->vq;
	struct uk_netbuf *nb;

	q->vq = NULL;
	while (vq && (nb = uk_virtq_detach(vq)) != NULL)
		uk_netbuf_put(nb);
	uk_virtio_queue_destroy(vq);
	uk_heap_free(q->headers);
	q->headers = NULL;
}

static void net_stop(struct uk_netdev *dev)
{
	struct net *net = net_of(dev);

	if (net->started)
		uk__virtio_net_drain(net);
	net->started = false;
	net->fresh = false;
	if (uk_virtio_reset(net->virtio) != 0) {
		uk_store(&dev->broken, true);
		return; /* it may still write: nothing is freed */
	}
	release_queue(&net->rx);
	release_queue(&net->tx);
}

static int create_queues(struct net *net)
{
	bool irqs = net->conf.notify != NULL;
	int err = 0;

	if (uk_virtio_has(net->virtio, NET_F_STATUS) && irqs)
		err = net->virtio->ops->config_irq(net->virtio, config_interrupt, net);
	if (err == 0)
		err = uk_virtio_queue_create(net->virtio, QUEUE_RX, CONFIG_VIRTIO_NET_QUEUE,
					     irqs ? rx_interrupt : NULL, &net->rx, &net->rx.vq);
	if (err == 0)
		err = uk_virtio_queue_create(net->virtio, QUEUE_TX, CONFIG_VIRTIO_NET_QUEUE,
					     irqs ? tx_interrupt : NULL, &net->tx, &net->tx.vq);
	if (err == 0 && net->tx.vq->size <= NET_SEGMENTS) {
		uk_virtio_fail(net->virtio, "its queues are too small for a packet");
		err = -EIO;
	}
	if (err != 0)
		return err;
	net->tx.headers = uk_heap_aligned_alloc(16, net->tx.vq->size * sizeof(struct net_header));
	return net->tx.headers ? 0 : -ENOMEM;
}

static int prepare(struct net *net)
{
	unsigned int buffers = CONFIG_VIRTIO_NET_QUEUE + CONFIG_VIRTIO_NET_QUEUE / 4;

	if (!net->has_pool) {
		int err = uk_netbuf_pool_create(&net->pool, buffers, net->dev.mtu + NET_ETHER,
						NET_HEADROOM);

		if (err != 0)
			return err;
		net->has_pool = true;
	}
	if (!net->fresh) {
		int err = uk_virtio_reset(net->virtio);

		if (err == 0)
			err = uk_virtio_negotiate(net->virtio, NET_F_WANTED);
		if (err != 0)
			return err;
	}
	net->fresh = false;
	return create_queues(net);
}

static int net_start(struct uk_netdev *dev, const struct uk_netdev_conf *conf)
{
	struct net *net = net_of(dev);

	if (net->started)
		return -EBUSY;
	if (net->virtio->broken)
		return -EIO;
	net->conf = *conf;

	int err = prepare(net);

	if (err != 0) {
		net_stop(dev);
		if (!net->virtio->broken)
			uk_err("%s: cannot start: error %d", dev->driver, -err);
		return err;
	}
	net->started = true;
	uk_store(&net->dev.link_up, true);
	read_link(net);
	uk_virtio_ready(net->virtio);
	uk__virtio_net_refill(net);
	return 0;
}

static struct net_queue *queue_of(struct uk_netdev *dev, enum uk_netdev_event event)
{
	return event == UK_NETDEV_TX ? &net_of(dev)->tx : &net_of(dev)->rx;
}

static int net_irq_enable(struct uk_netdev *dev, enum uk_netdev_event event, unsigned int queue)
{
	struct uk_virtq *vq = queue_of(dev, event)->vq;

	(void)queue;
	if (event == UK_NETDEV_RX)
		return !uk_virtq_irq_enable(vq, 0);
	/* Room for many packets is worth an interrupt, not for one. */
	if (vq->in_flight == 0)
		return 1;
	return !uk_virtq_irq_enable(vq, vq->in_flight * 3u / 4);
}

static void net_irq_disable(struct uk_netdev *dev, enum uk_netdev_event event, unsigned int queue)
{
	(void)queue;
	uk_virtq_irq_disable(queue_of(dev, event)->vq);
}

static void net_stats(struct uk_netdev *dev, struct uk_netdev_stats *stats)
{
	const struct net *net = net_of(dev);

	*stats = (struct uk_netdev_stats){
		.rx_packets = uk_load(&net->rx.packets),
		.rx_bytes = uk_load(&net->rx.bytes),
		.rx_dropped = uk_load(&net->rx.lost),
		.tx_packets = uk_load(&net->tx.packets),
		.tx_bytes = uk_load(&net->tx.bytes),
		.tx_full = uk_load(&net->tx.lost),
	};
}

const struct uk_netdev_ops uk__virtio_net_ops = {
	.start = net_start,
	.stop = net_stop,
	.rx_burst = uk__virtio_net_rx,
	.tx_burst = uk__virtio_net_tx,
	.tx_reclaim = uk__virtio_net_reclaim,
	.irq_enable = net_irq_enable,
	.irq_disable = net_irq_disable,
	.stats = net_stats,
};
