/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * From the stack to the device without a copy: frames wait in a list until the core lock is
 * let go and then go out in one burst, with one kick.
 */

#include "port.h"

#include <lwip/prot/ethernet.h>
#include <lwip/prot/ip.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/ip6.h>
#include <lwip/prot/tcp.h>
#include <string.h>
#include <uk/heap.h>

/* A network buffer over a pbuf; the first one of a frame holds the whole chain. */
struct cover {
	struct uk_netbuf nb; /* first */
	struct pbuf *pbuf;
};

#define COVERS_MAX 2048u

static unsigned int ncovers; /* under the core lock */

/* Called when the frame is sent, in tx_burst or tx_reclaim: under the core lock. None is kept:
 * after a flood they would lie all over the heap. */
static void cover_release(struct uk_netbuf *nb, void *arg)
{
	struct cover *c = (struct cover *)nb;

	(void)arg;
	if (c->pbuf)
		pbuf_free(c->pbuf);
	ncovers--;
	uk_heap_free(c);
}

static struct cover *cover_get(void)
{
	struct cover *c = ncovers < COVERS_MAX ? uk_heap_alloc(sizeof(*c)) : NULL;

	if (c)
		ncovers++;
	return c;
}

/* lwIP leaves room in front of a frame's first buffer; the device may put its header there. */
static size_t room_before(const struct pbuf *p)
{
	if (pbuf_match_allocsrc(p, PBUF_TYPE_ALLOC_SRC_MASK_STD_HEAP) &&
	    (p->type_internal & PBUF_TYPE_FLAG_STRUCT_DATA_CONTIGUOUS))
		return (size_t)((uint8_t *)p->payload - ((uint8_t *)p + sizeof(*p)));
	return 0;
}

/* The first cover keeps all of p. */
static struct uk_netbuf *cover(struct pbuf *p)
{
	struct uk_netbuf *first = NULL, **next = &first;
	size_t room = UK_MIN(room_before(p), (size_t)16);

	for (struct pbuf *q = p; q; q = q->next) {
		struct cover *c = cover_get();

		if (!c) {
			uk_netbuf_put(first);
			return NULL;
		}
		uk_netbuf_init(&c->nb, (uint8_t *)q->payload - room, room + q->len, room);
		c->nb.len = q->len;
		c->nb.release = cover_release;
		c->pbuf = q == p ? p : NULL;
		pbuf_ref(c->pbuf);
		*next = &c->nb;
		next = &c->nb.next;
		room = 0;
	}
	return first;
}

static uint32_t sum16(const void *data, size_t n)
{
	const uint8_t *b = data;
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < n; i += 2) {
		uint16_t word;

		memcpy(&word, b + i, sizeof(word));
		sum += word;
	}
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)(sum + (sum >> 16));
}

/* Where the transport header is and the sum of its pseudo header; 0: not one we hand over. */
static size_t transport(const uint8_t *frame, size_t len, uint8_t *proto, uint32_t *sum)
{
	const struct eth_hdr *eth = (const void *)frame;
	const uint8_t *ip = frame + SIZEOF_ETH_HDR;
	size_t header, payload;

	if (len >= SIZEOF_ETH_HDR + IP_HLEN && eth->type == PP_HTONS(ETHTYPE_IP)) {
		const struct ip_hdr *h = (const void *)ip;

		header = IPH_HL_BYTES(h);
		payload = lwip_ntohs(IPH_LEN(h)) - header;
		*proto = IPH_PROTO(h);
		if (IPH_OFFSET(h) & PP_HTONS(IP_MF | IP_OFFMASK))
			return 0;
		*sum = sum16(&h->src, 8);
	} else if (len >= SIZEOF_ETH_HDR + IP6_HLEN && eth->type == PP_HTONS(ETHTYPE_IPV6)) {
		const struct ip6_hdr *h = (const void *)ip;

		header = IP6_HLEN;
		payload = IP6H_PLEN(h);
		*proto = IP6H_NEXTH(h);
		*sum = sum16(&h->src, 32);
	} else {
		return 0;
	}
	*sum += (uint32_t)PP_HTONS(*proto) + lwip_htons((u16_t)payload);
	return SIZEOF_ETH_HDR + header;
}

/*
 * The stack left TCP's sum to the device: give it the pseudo header's part. UDP's is made in
 * software, because a datagram may go out in fragments.
 */
static void offload_checksum(struct uk_netbuf *nb)
{
	uint32_t sum;
	uint8_t proto;
	size_t start = transport(nb->data, nb->len, &proto, &sum);
	const size_t offset = offsetof(struct tcp_hdr, chksum);
	uint16_t part;

	if (!start || proto != IP_PROTO_TCP || start + offset + sizeof(part) > nb->len)
		return;
	part = fold(sum);
	memcpy(nb->data + start + offset, &part, sizeof(part));
	nb->flags |= UK_NETBUF_CSUM_PARTIAL;
	nb->csum_start = (uint16_t)start;
	nb->csum_offset = (uint16_t)offset;
}

void uk__lwip_tx_flush(struct uk__lwip_port *port)
{
	unsigned int done = 0;

	while (done < port->ntx) {
		int n = uk_netdev_tx_burst(port->dev, 0, port->tx + done, port->ntx - done);

		done += n > 0 ? (unsigned int)n : 0;
		/* No room: a notification, unless room has come meanwhile. */
		if (done < port->ntx && !uk_netdev_irq_enable(port->dev, UK_NETDEV_TX, 0))
			break;
		if (n <= 0 && uk_load(&port->dev->broken))
			break;
	}
	port->ntx -= done;
	if (done && port->ntx)
		memmove(port->tx, port->tx + done, port->ntx * sizeof(port->tx[0]));
}

err_t uk__lwip_tx(struct netif *netif, struct pbuf *p)
{
	struct uk__lwip_port *port = netif->state;
	struct pbuf *flat = NULL;
	struct uk_netbuf *nb;

	if (port->ntx == UK__LWIP_TX_MAX)
		uk__lwip_tx_flush(port);
	if (port->ntx == UK__LWIP_TX_MAX)
		return ERR_BUF;
	if (pbuf_clen(p) > port->dev->tx_segments) {
		flat = pbuf_clone(PBUF_RAW_TX, PBUF_RAM, p);
		if (!flat)
			return ERR_MEM;
		p = flat;
	}
	nb = cover(p);
	if (flat)
		pbuf_free(flat);
	if (!nb)
		return ERR_MEM;
	if (!(netif->chksum_flags & NETIF_CHECKSUM_GEN_TCP))
		offload_checksum(nb);
	port->tx[port->ntx++] = nb;
	return ERR_OK;
}
