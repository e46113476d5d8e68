/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <uk/netdev.h>
#include <uk/virtio.h>

/* Virtio 1.2, section 5.1. */
#define NET_F_CSUM       (1ull << 0)
#define NET_F_GUEST_CSUM (1ull << 1)
#define NET_F_MTU        (1ull << 3)
#define NET_F_MAC        (1ull << 5)
#define NET_F_STATUS     (1ull << 16)

#define NET_F_WANTED (NET_F_CSUM | NET_F_GUEST_CSUM | NET_F_MTU | NET_F_MAC | NET_F_STATUS)

#define NET_CONFIG_MAC    0
#define NET_CONFIG_STATUS 6
#define NET_CONFIG_MTU    10
#define NET_S_LINK_UP     1u

/* In front of each packet; section 5.1.6. */
struct net_header {
	uint8_t flags;
	uint8_t gso_type;
	uint16_t hdr_len;
	uint16_t gso_size;
	uint16_t csum_start;
	uint16_t csum_offset;
	uint16_t num_buffers;
} uk_aligned(16); /* in an array none crosses a page */
#define NET_HEADER 12u

#define NET_HDR_NEEDS_CSUM 1u
#define NET_HDR_DATA_VALID 2u

#define NET_ETHER    18u   /* Ethernet header with a VLAN tag */
#define NET_MTU      1500u /* where the device does not say */
#define NET_MTU_MIN  576u  /* RFC 791: what every station takes; a stack may rely on it */
#define NET_MTU_MAX  9216u
#define NET_SEGMENTS 18u /* buffers of a packet that are sent, at most */
#define NET_HEADROOM 18u /* room for the header; the IP header is then aligned to 16 */

/* A queue and what guards it: its owner (see <uk/netdev.h>). */
struct net_queue {
	struct uk_virtq *vq;
	struct uk_netdev *dev;
	uint64_t packets;
	uint64_t bytes;
	uint64_t lost;              /* rx: dropped, tx: not taken */
	struct net_header *headers; /* tx: one per descriptor */
};

struct net {
	struct uk_netdev dev;
	struct uk_virtio_dev *virtio;
	struct uk_netdev_conf conf;
	struct uk_netbuf_pool pool;
	bool has_pool;
	bool fresh; /* negotiated, and not started since */
	bool started;
	struct net_queue rx;
	struct net_queue tx;
};

uk_inline struct net *net_of(struct uk_netdev *dev)
{
	return UK_CONTAINER_OF(dev, struct net, dev);
}

/* rx.c */
void uk__virtio_net_refill(struct net *net);
int uk__virtio_net_rx(struct uk_netdev *dev, unsigned int queue, struct uk_netbuf **bufs,
		      unsigned int n);
/* tx.c */
int uk__virtio_net_tx(struct uk_netdev *dev, unsigned int queue, struct uk_netbuf **bufs,
		      unsigned int n);
int uk__virtio_net_reclaim(struct uk_netdev *dev, unsigned int queue);
void uk__virtio_net_drain(struct net *net);
/* net.c */
extern const struct uk_netdev_ops uk__virtio_net_ops;
int uk__virtio_net_probe(struct uk_virtio_dev *dev);
