/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Between the files of this port. "Locked": with the core lock held. No callback of lwIP wakes
 * anybody: it queues, and uk__lwip_unlock() does it. Frames are sent there too, or, when their list
 * is full, by uk__lwip_tx().
 */

#include <lwip/ip_addr.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <stdbool.h>
#include <uk/defs.h>
#include <uk/errno.h>
#include <uk/netdev.h>
#include <uk/sock.h>

/* core.c: one sleeping lock around all of lwIP. Thread context. */
void uk__lwip_lock(void);
/* Sends what was queued, sets the timer, lets go, wakes sockets. */
void uk__lwip_unlock(void);
/* Packets or time have come: let somebody run the stack. Any context but NMI. */
void uk__lwip_kick(void);
int uk__lwip_core_start(void);
/* Take packets and run timers now. Thread context, not locked. */
void uk__lwip_poll(void);

/* random.c */
int uk__lwip_random_init(void);
/* A keyed hash of a connection and of what else the caller needs it for. */
struct uk__lwip_ends {
	const ip_addr_t *local, *remote;
	uint16_t local_port, remote_port;
};
uint64_t uk__lwip_hash(const struct uk__lwip_ends *ends, uint64_t purpose);

/* netif.c: one per network device. */
#define UK__LWIP_TX_MAX 256u /* packets that wait for room in the device */

struct uk__lwip_port {
	struct netif netif;
	struct uk_netdev *dev;
	struct uk__lwip_port *next;
	struct uk_netbuf *tx[UK__LWIP_TX_MAX];
	unsigned int ntx;
	unsigned int held; /* received buffers that the stack or a socket holds */
};

extern struct uk__lwip_port *uk__lwip_ports;
int uk__lwip_port_create(struct uk_netdev *dev);
err_t uk__lwip_netif_init(struct netif *netif);

/* rx.c: locked. Up to a bounded number of packets; true if there are more. */
bool uk__lwip_rx(struct uk__lwip_port *port);

/* tx.c: locked. */
err_t uk__lwip_tx(struct netif *netif, struct pbuf *p);
void uk__lwip_tx_flush(struct uk__lwip_port *port);

/* address.c: 0 or -EINVAL, -EAFNOSUPPORT; `family` is the socket's. */
int uk__lwip_addr_in(int family, const struct uk_sockaddr_storage *addr, uint32_t len,
		     ip_addr_t *ip, uint16_t *port);
void uk__lwip_addr_out(int family, const ip_addr_t *ip, uint16_t port,
		       struct uk_sockaddr_storage *addr, uint32_t *len);
/* lwIP's error as -Exxx. */
int uk__lwip_errno(err_t err);

/* Cut "address/length" in two; the length is `most` where it is not given. 0 or -EINVAL. */
int uk__lwip_cut(const char *value, char *text, size_t size, unsigned int most,
		 unsigned int *length);

/* ip6.c */
#if CONFIG_LWIP_IPV6
int uk__lwip_addr6_in(const struct uk_sockaddr_in6 *addr, uint32_t len, ip_addr_t *ip,
		      uint16_t *port);
void uk__lwip_addr6_out(const ip_addr_t *ip, uint16_t port, struct uk_sockaddr_in6 *out);
const ip_addr_t *uk__lwip_wildcard6(bool v6only);
void uk__lwip_setup6(struct netif *netif, bool first);
/* One of the addresses that the interface has, 16 bytes. One that it only wants may be another's,
 * who says so from there (RFC 4862, section 5.4). */
bool uk__lwip_own6(const struct netif *netif, const uint8_t *address);
#else
static inline bool uk__lwip_own6(const struct netif *netif, const uint8_t *address)
{
	(void)netif, (void)address;
	return false;
}
static inline int uk__lwip_addr6_in(const struct uk_sockaddr_in6 *addr, uint32_t len, ip_addr_t *ip,
				    uint16_t *port)
{
	(void)addr, (void)len, (void)ip, (void)port;
	return -EAFNOSUPPORT;
}
static inline void uk__lwip_addr6_out(const ip_addr_t *ip, uint16_t port,
				      struct uk_sockaddr_in6 *out)
{
	(void)ip, (void)port, (void)out;
}
static inline const ip_addr_t *uk__lwip_wildcard6(bool v6only)
{
	(void)v6only;
	return IP_ANY_TYPE;
}
static inline void uk__lwip_setup6(struct netif *netif, bool first)
{
	(void)netif, (void)first;
}
#endif

/* setup.c: addresses from parameters or DHCP. */
void uk__lwip_setup(struct uk__lwip_port *port);
bool uk__lwip_setup_done(const struct uk__lwip_port *port);
/* Name servers; the wildcard address: none. */
extern ip_addr_t uk__lwip_name_servers[DNS_MAX_SERVERS];
