/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * From the device into the stack without a copy: a pbuf descriptor lies in the buffer's own
 * scratch space and holds it.
 */

#include "port.h"

#include <string.h>
#include <uk/netguard.h>

#define BURST        32u
#define BURSTS_A_RUN 8 /* then others get their turn */

/* What is held beyond these is copied, or the device would run out of buffers: sockets and queues
 * for reassembly keep what they are given. */
#define HELD_MAX   64u
#define HELD_LIMIT 128u /* where there is no memory to copy; but what is short may be an ACK */
#define SHORT_MAX  128u /* bytes */

struct holder {
	struct pbuf_custom pbuf; /* first: lwIP knows nothing else */
	struct uk__lwip_port *port;
};

UK_STATIC_ASSERT(sizeof(struct holder) <= sizeof(((struct uk_netbuf *)0)->user));

static void holder_free(struct pbuf *p)
{
	struct holder *h = (struct holder *)p;
	struct uk_netbuf *nb = UK_CONTAINER_OF((void *)h, struct uk_netbuf, user);

	h->port->held--;
	uk_netbuf_put(nb);
}

/* One buffer of a packet as a pbuf; the packet's chain is taken apart. */
static struct pbuf *wrap(struct uk__lwip_port *port, struct uk_netbuf *nb)
{
	struct holder *h = (struct holder *)nb->user;

	nb->next = NULL;
	h->port = port;
	h->pbuf.custom_free_function = holder_free;
	port->held++;
	return pbuf_alloced_custom(PBUF_RAW, (u16_t)nb->len, PBUF_REF, &h->pbuf, nb->data,
				   (u16_t)nb->len);
}

static struct pbuf *wrap_all(struct uk__lwip_port *port, struct uk_netbuf *nb)
{
	struct pbuf *p = NULL;

	if (uk_netbuf_length(nb) > UINT16_MAX) {
		uk_netbuf_put(nb);
		return NULL;
	}
	while (nb) {
		struct uk_netbuf *next = nb->next;
		struct pbuf *part = wrap(port, nb);

		if (p)
			pbuf_cat(p, part);
		else
			p = part;
		nb = next;
	}
	return p;
}

/* The device vouches for some packets; the others are checked here. */
static void set_checks(struct netif *netif, const struct uk_netbuf *nb)
{
	const uint16_t vouched = UK_NETBUF_CSUM_VALID | UK_NETBUF_CSUM_PARTIAL;
	u16_t flags = netif->chksum_flags | NETIF_CHECKSUM_CHECK_UDP | NETIF_CHECKSUM_CHECK_TCP;

	if (nb->flags & vouched)
		flags &= (u16_t) ~(NETIF_CHECKSUM_CHECK_UDP | NETIF_CHECKSUM_CHECK_TCP);
	netif->chksum_flags = flags;
}

/* p, or a copy that holds no buffer of the device; NULL: it was dropped. */
static struct pbuf *relieve(struct uk__lwip_port *port, struct pbuf *p)
{
	struct pbuf *copy;

	if (port->held <= HELD_MAX)
		return p;
	copy = pbuf_clone(PBUF_RAW, PBUF_RAM, p);
	if (!copy && (port->held <= HELD_LIMIT || p->tot_len <= SHORT_MAX))
		return p;
	pbuf_free(p);
	return copy;
}

/* Addresses that nobody else sends from. */
static bool ours(const void *arg, const uint8_t *address, size_t length)
{
	const struct netif *netif = arg;
	const uint32_t own = netif_ip4_addr(netif)->addr, mask = netif_ip4_netmask(netif)->addr;
	uint32_t word;

	if (length != sizeof(word))
		return uk__lwip_own6(netif, address);
	memcpy(&word, address, sizeof(word));
	if (!own)
		return false;
	return word == own || word == (own | ~mask) || (word == (own & mask) && ~mask);
}

static void input(struct uk__lwip_port *port, struct uk_netbuf *nb)
{
	const struct uk_netguard guard = { port->dev->mac, ours, &port->netif };
	struct pbuf *p;

	if (!uk_netguard_pass(&guard, nb->data, nb->len)) {
		uk_netbuf_put(nb);
		return;
	}
	set_checks(&port->netif, nb);
	p = wrap_all(port, nb);
	if (p)
		p = relieve(port, p);
	if (p && port->netif.input(p, &port->netif) != ERR_OK)
		pbuf_free(p);
}

bool uk__lwip_rx(struct uk__lwip_port *port)
{
	struct uk_netbuf *bufs[BURST];

	uk_netdev_tx_reclaim(port->dev, 0);
	for (int round = 0; round < BURSTS_A_RUN; round++) {
		int n = uk_netdev_rx_burst(port->dev, 0, bufs, BURST);

		for (int i = 0; i < n; i++)
			input(port, bufs[i]);
		if (n < (int)BURST && !uk_netdev_irq_enable(port->dev, UK_NETDEV_RX, 0))
			return false;
	}
	return true;
}
