/* SPDX-License-Identifier: BSD-3-Clause */
#include "reply.h"

#include <string.h>

/* Offsets in a frame: Ethernet (14), then ARP (RFC 826) or IPv4 without options (RFC 791). */
enum {
	ETH_DST = 0,
	ETH_SRC = 6,
	ETH_TYPE = 12,
	ARP_OP = 20,
	ARP_SENDER_MAC = 22,
	ARP_SENDER_IP = 28,
	ARP_TARGET_MAC = 32,
	ARP_TARGET_IP = 38,
	ARP_END = 42,
	IP = 14,
	IP_LEN = 16,
	IP_FRAGMENT = 20,
	IP_PROTO = 23,
	IP_SRC = 26,
	IP_DST = 30,
	L4 = 34,
	ICMP_SUM = 36,
	UDP_DST = 36,
	UDP_LEN = 38,
	UDP_SUM = 40,
	L4_END = 42,
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* RFC 1071. */
static uint32_t sum(const uint8_t *p, size_t n, uint32_t s)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		s += get16(p + i);
	if (n & 1)
		s += (uint32_t)p[n - 1] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

static void swap(uint8_t *a, uint8_t *b, size_t n)
{
	uint8_t t[6];

	memcpy(t, a, n);
	memcpy(a, b, n);
	memcpy(b, t, n);
}

static enum reply arp(const struct self *self, uint8_t *p)
{
	if (get16(p + ARP_OP) != 1 || memcmp(p + ARP_TARGET_IP, self->ip, 4) != 0)
		return REPLY_NONE;
	put16(p + ARP_OP, 2);
	memcpy(p + ARP_TARGET_MAC, p + ARP_SENDER_MAC, 10);
	memcpy(p + ARP_SENDER_MAC, self->mac, 6);
	memcpy(p + ARP_SENDER_IP, self->ip, 4);
	memcpy(p + ETH_DST, p + ETH_SRC, 6);
	memcpy(p + ETH_SRC, self->mac, 6);
	return REPLY_ARP;
}

static enum reply ping(uint8_t *p)
{
	if (p[L4] != 8)
		return REPLY_NONE;
	p[L4] = 0;

	/* RFC 1624: the type went down by 8 in the high byte. */
	uint32_t s = (uint32_t)get16(p + ICMP_SUM) + 0x0800;

	put16(p + ICMP_SUM, (s & 0xffff) + (s >> 16));
	return REPLY_PING;
}

/* The pseudo header's sum goes into the field (RFC 768); the device, or we, sum the rest. */
static enum reply udp(const struct self *self, struct uk_netbuf *nb, uint8_t *p)
{
	uint16_t len = get16(p + UDP_LEN);

	if (get16(p + UDP_DST) != 7 || len < 8 || L4 + (size_t)len > nb->len)
		return REPLY_NONE;
	swap(p + L4, p + UDP_DST, 2);
	put16(p + UDP_SUM, sum(p + IP_SRC, 8, 17u + len));
	if (self->tx_csum) {
		nb->flags = UK_NETBUF_CSUM_PARTIAL;
		nb->csum_start = L4;
		nb->csum_offset = UDP_SUM - L4;
	} else {
		put16(p + UDP_SUM, ~sum(p + L4, len, 0) & 0xffff);
	}
	return REPLY_UDP;
}

static enum reply ipv4(const struct self *self, struct uk_netbuf *nb, uint8_t *p)
{
	enum reply reply = REPLY_NONE;

	if (p[IP] != 0x45 || memcmp(p + IP_DST, self->ip, 4) != 0 ||
	    (get16(p + IP_FRAGMENT) & 0x3fff) || IP + (size_t)get16(p + IP_LEN) > nb->len)
		return REPLY_NONE;
	nb->flags = 0;
	if (p[IP_PROTO] == 1)
		reply = ping(p);
	else if (p[IP_PROTO] == 17)
		reply = udp(self, nb, p);
	if (reply != REPLY_NONE) {
		swap(p + IP_SRC, p + IP_DST, 4);
		memcpy(p + ETH_DST, p + ETH_SRC, 6);
		memcpy(p + ETH_SRC, self->mac, 6);
	}
	return reply;
}

enum reply reply_make(const struct self *self, struct uk_netbuf *nb)
{
	uint8_t *p = nb->data;

	if (nb->len < L4_END || nb->next)
		return REPLY_NONE;
	switch (get16(p + ETH_TYPE)) {
	case 0x0806: return arp(self, p);
	case 0x0800: return ipv4(self, nb, p);
	default: return REPLY_NONE;
	}
}
