/* SPDX-License-Identifier: BSD-3-Clause */
#include "net.h"

#include <uk/atomic.h>
#include <uk/mmu.h>
#include <uk/string.h>

#define BATCH 32u

/* Give the buffer to the device: the header goes into the headroom, data follows. */
static void post(struct uk_virtq *vq, struct uk_netbuf *nb)
{
	uint8_t *at = nb->data - NET_HEADER;
	struct uk_virtq_seg seg = { uk_dma_addr(at), (uint32_t)(nb->end - at) };

	(void)uk_virtq_add(vq, &seg, 0, 1, nb); /* the caller counted the room */
}

void uk__virtio_net_refill(struct net *net)
{
	struct uk_virtq *vq = net->rx.vq;
	struct uk_netbuf *bufs[BATCH];

	while (vq->free_count > 0 && !vq->broken) {
		unsigned int want = UK_MIN((unsigned int)vq->free_count, BATCH);
		unsigned int got = uk_netbuf_pool_get_many(&net->pool, bufs, want);

		for (unsigned int i = 0; i < got; i++)
			post(vq, bufs[i]);
		if (got < want)
			break;
	}
	uk_virtq_kick(vq);
}

/* The device's header: a claim. What does not lie in the packet is not believed. */
static void take_flags(struct uk_netbuf *nb, const struct net_header *h, bool csum)
{
	if (!csum)
		return;
	if (h->flags & NET_HDR_DATA_VALID)
		nb->flags |= UK_NETBUF_CSUM_VALID;
	if ((h->flags & NET_HDR_NEEDS_CSUM) &&
	    (uint32_t)h->csum_start + h->csum_offset + 2 <= nb->len) {
		nb->flags |= UK_NETBUF_CSUM_VALID | UK_NETBUF_CSUM_PARTIAL;
		nb->csum_start = h->csum_start;
		nb->csum_offset = h->csum_offset;
	}
}

static bool accept(struct net *net, struct uk_netbuf *nb, uint32_t written)
{
	struct net_header h;

	if (written <= NET_HEADER) {
		net->rx.lost++;
		uk_netbuf_put(nb);
		return false;
	}
	memcpy(&h, nb->data - NET_HEADER, NET_HEADER);
	nb->len = written - NET_HEADER;
	take_flags(nb, &h, (net->dev.features & UK_NETDEV_RX_CSUM) != 0);
	net->rx.packets++;
	net->rx.bytes += nb->len;
	return true;
}

/*
 * A stack that keeps all buffers would leave the device none, and then nothing would ever come
 * that makes it look again. So the last eighth stays: its packets are dropped and posted anew.
 */
static bool is_reserve(struct net *net)
{
	struct uk_virtq *vq = net->rx.vq;

	if (uk_likely(vq->in_flight >= vq->size / 8u))
		return false;
	uk__virtio_net_refill(net);
	return vq->in_flight < vq->size / 8u;
}

int uk__virtio_net_rx(struct uk_netdev *dev, unsigned int queue, struct uk_netbuf **bufs,
		      unsigned int n)
{
	struct net *net = net_of(dev);
	struct uk_virtq *vq = net->rx.vq;
	unsigned int k = 0;

	(void)queue;
	for (unsigned int i = 0; i < n; i++) {
		uint32_t written;
		struct uk_netbuf *nb = uk_virtq_pop(vq, &written);

		if (!nb)
			break;
		if (uk_unlikely(is_reserve(net))) {
			net->rx.lost++;
			post(vq, nb);
		} else if (accept(net, nb, written)) {
			bufs[k++] = nb;
		}
	}
	if (uk_unlikely(vq->broken))
		uk_store(&dev->broken, true);
	/* In batches; at the latest when a quarter of the ring is gone. */
	if (vq->free_count >= UK_MIN(vq->size / 4u, BATCH))
		uk__virtio_net_refill(net);
	else
		uk_virtq_kick(vq); /* of what was posted anew; else nothing */
	return (int)k;
}
