/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <lwip/ip_addr.h>
#include <stdint.h>

/* Initial sequence number of a connection (RFC 6528, section 3). */
uint32_t uk__lwip_isn(const ip_addr_t *local, uint16_t local_port, const ip_addr_t *remote,
		      uint16_t remote_port);

/*
 * SYN cookies (RFC 4987, section 3.6): a sequence number for the answer to a SYN that we do not
 * remember, and what it says when it comes back: the MSS, 0 if it is none of ours. Both look at
 * the segment that is being received.
 */
struct tcp_hdr;
uint32_t uk__lwip_cookie(const struct tcp_hdr *syn, uint16_t mss);
uint16_t uk__lwip_cookie_mss(const struct tcp_hdr *ack);

/* dhcp.c: whether a host can have the address (network order); mask 0: none was given. */
int uk__lwip_dhcp_address(uint32_t address, uint32_t mask);
int uk__lwip_dhcp_gateway(const ip4_addr_t *address, const ip4_addr_t *mask,
			  const ip4_addr_t *gateway);
void dns_setserver(uint8_t n, const ip_addr_t *server);

/* An IPv6 packet that will be cut: make the TCP checksum that was left to the device. */
struct pbuf;
struct netif;
void uk__lwip_sum_tcp6(struct pbuf *p, struct netif *netif);
