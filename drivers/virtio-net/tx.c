/* SPDX-License-Identifier: BSD-3-Clause */
#include "net.h"

#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/init.h>
#include <uk/mmu.h>
#include <uk/string.h>

/* Packets that are sent are put back once a quarter of the ring is used. */
#define RECLAIM_BELOW(size) ((size) - (size) / 4u)

int uk__virtio_net_reclaim(struct uk_netdev *dev, unsigned int queue)
{
	struct uk_virtq *vq = net_of(dev)->tx.vq;
	struct uk_netbuf *nb;
	uint32_t written;
	int n = 0;

	(void)queue;
	for (; (nb = uk_virtq_pop(vq, &written)) != NULL; n++)
		uk_netbuf_put(nb);
	if (uk_unlikely(vq->broken))
		uk_store(&dev->broken, true);
	return n;
}

static void fill_header(struct net_header *h, const struct uk_netbuf *nb)
{
	*h = (struct net_header){ 0 };
	if (nb->flags & UK_NETBUF_CSUM_PARTIAL) {
		h->flags = NET_HDR_NEEDS_CSUM;
		h->csum_start = nb->csum_start;
		h->csum_offset = nb->csum_offset;
	}
}

/*
 * The header goes into free room before the packet, which saves a descriptor, or else into
 * the place that belongs to the descriptor where the chain will begin.
 */
static unsigned int put_header(struct net_queue *tx, struct uk_netbuf *nb, struct uk_virtq_seg *seg)
{
	struct net_header h;

	fill_header(&h, nb);
	if (uk_netbuf_headroom(nb) >= NET_HEADER && !uk_netbuf_shared(nb)) {
		memcpy(nb->data - NET_HEADER, &h, NET_HEADER);
		seg[0].addr = uk_dma_addr(nb->data - NET_HEADER);
		seg[0].len = NET_HEADER + nb->len;
		return 1;
	}

	struct net_header *own = &tx->headers[tx->vq->free_head];

	*own = h;
	seg[0].addr = uk_dma_addr(own);
	seg[0].len = NET_HEADER;
	seg[1].addr = uk_dma_addr(nb->data);
	seg[1].len = nb->len;
	return 2;
}

/* True: the packet is the driver's now (or was dropped); false: no room. */
static bool send(struct net *net, struct uk_netbuf *nb)
{
	struct uk_virtq_seg seg[NET_SEGMENTS + 1];
	struct net_queue *tx = &net->tx;
	unsigned int count = uk_netbuf_count(nb);
	size_t bytes = nb->len;

	if (count > NET_SEGMENTS || nb->len == 0) {
		tx->lost++;
		uk_netbuf_put(nb);
		return true;
	}
	if (tx->vq->free_count < RECLAIM_BELOW(tx->vq->size))
		(void)uk__virtio_net_reclaim(&net->dev, 0);
	if (tx->vq->free_count < count + 1 || tx->vq->broken) {
		/* Nobody takes anything: is anybody there? */
		if (!uk_virtio_works(net->virtio))
			uk_store(&net->dev.broken, true);
		return false;
	}

	unsigned int n = put_header(tx, nb, seg);

	for (const struct uk_netbuf *part = nb->next; part; part = part->next) {
		if (part->len == 0)
			continue;
		seg[n].addr = uk_dma_addr(part->data);
		seg[n++].len = part->len;
		bytes += part->len;
	}
	(void)uk_virtq_add(tx->vq, seg, n, 0, nb); /* there is room */
	tx->packets++;
	tx->bytes += bytes;
	return true;
}

int uk__virtio_net_tx(struct uk_netdev *dev, unsigned int queue, struct uk_netbuf **bufs,
		      unsigned int n)
{
	struct net *net = net_of(dev);
	unsigned int k = 0;

	(void)queue;
	while (k < n && send(net, bufs[k]))
		k++;
	net->tx.lost += n - k;
	uk_virtq_kick(net->tx.vq);
	return (int)k;
}

#define DRAIN_TURNS 1000000u /* some 10 ms; a device that is slower loses its last packets */

/* The last packets (an answer before the end, a FIN) get a moment to go out. */
void uk__virtio_net_drain(struct net *net)
{
	const struct uk_virtq *vq = net->tx.vq;

	for (unsigned int i = 0; i < DRAIN_TURNS && vq->in_flight > 0 && !vq->broken; i++) {
		uk_cpu_relax();
		(void)uk__virtio_net_reclaim(&net->dev, 0);
	}
}

/* What was taken for sending goes out before the machine is switched off. */
static void drain_all(void)
{
	for (unsigned int i = 0; i < uk_netdev_count(); i++) {
		struct uk_netdev *dev = uk_netdev_get(i);

		if (dev->ops == &uk__virtio_net_ops && net_of(dev)->tx.vq)
			uk__virtio_net_drain(net_of(dev));
	}
}

UK_FINI(DEVICE, drain_all);
