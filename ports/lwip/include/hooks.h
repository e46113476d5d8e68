/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <lwip/ip_addr.h>
#include <stdint.h>

/* Initial sequence number of a connection (RFC 6528, section 3). */
uint32_t uk__lwip_isn(const ip_addr_t *local, uint16_t local_port, const ip_addr_t *remote,
		      uint16_t remote_port);

/* An IPv6 packet that will be cut: make the TCP checksum that was left to the device. */
struct pbuf;
struct netif;
void uk__lwip_sum_tcp6(struct pbuf *p, struct netif *netif);
