/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The network stack as fuzz targets drive it: the real netif input of ports/lwip over a device of
 * this file, sockets as an application has them, and a clock that only the target moves. Each input
 * finds a new interface (10.0.0.2/24 or DHCP, fd00::2/64) and neighbours that it knows; at the end
 * all is closed, and all memory and all received buffers have to be back.
 */

#include "input.h"
#include <stdbool.h>
#include <uk/sock.h>

/* Ethernet and IP addresses of the guest and of who speaks to it. */
#define NET_GUEST 2
#define NET_PEER  1

void net_begin(bool dhcp);
void net_end(void);

/* A frame comes; checksums of IP and ICMP are not looked at, those of TCP and UDP if not vouched.
 */
void net_receive(const void *frame, size_t n, bool vouched);
/* Time passes, in steps in which timers run. */
void net_wait(unsigned int ms);
/* From now on the nth request for memory fails (0: none does). */
void net_fail_nth(unsigned int n);

/*
 * Headers in front of payload[n] that comes from the peer. `proto`: of IP. `how`: addresses, the
 * lowest bits 0: global, 1: link-local, 2: none, 3: far away; the next 0: the guest's, 1: of all
 * nodes, 2: solicited, 3: link-local.
 */
void net_receive_ip4(uint8_t proto, uint16_t frag, const void *payload, size_t n);
void net_receive_ip6(uint8_t next, uint8_t how, const void *payload, size_t n);

/* What the guest sent last to UDP port 67: its transaction, 0: nothing. */
extern uint32_t net_dhcp_xid;

/* TCP connections as the guest's segments show them. */
struct net_flow {
	bool used, v6;
	uint16_t guest, peer; /* ports */
	uint32_t next;        /* the sequence number after what the guest sent last */
	uint32_t ack;         /* what the guest acknowledged last */
};
#define NET_FLOWS 8u
extern struct net_flow net_flows[NET_FLOWS];

/* Sockets: one that listens on port 80, what it accepted, what connects, and UDP on port 7. */
void net_open(void);
void net_close(void);
/* One step of the application, as the input says. */
void net_app(struct input *in);
