/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Sockets of this stack: what TCP and UDP have in common. */

#include "port.h"

#include <lwip/tcp.h>
#include <lwip/udp.h>

struct lwip_sock {
	struct uk_sock sock;
	uint32_t events; /* UK_POLL* that are true; written locked, read by uk_load() */
	uint32_t refs;   /* atomic: the file's, and one while it is on the wake list */

	/* Locked. */
	uint32_t wake; /* events to tell at the next unlock */
	struct lwip_sock *next_wake;
	int error; /* pending, positive */
	bool v6only;
	bool rx_shut, tx_shut;
	/* TCP: bytes not yet read; the first may be partly read. Not a packet: only the len of each
	 * counts, because tot_len has 16 bits. */
	struct pbuf *rx, *rx_last;
	size_t rx_len;
	size_t rx_room; /* bytes that may still be put behind those of rx_last */
};

enum stream_state { STREAM_NEW, STREAM_CONNECTING, STREAM_OPEN, STREAM_LISTENING, STREAM_DEAD };

struct tcp_sock {
	struct lwip_sock base;
	struct tcp_pcb *pcb; /* NULL: lwIP has freed it, or ends the connection alone */
	enum stream_state state;
	bool eof;                /* the peer's FIN has come */
	bool starved;            /* no memory for what was to be sent; asked again later */
	bool reset;              /* SO_LINGER with no time: closing resets */
	bool nodelay;            /* of a listener: for those that it accepts */
	ip_addr_t local, remote; /* kept for names after the connection's end */
	uint16_t local_port, remote_port;
	struct tcp_sock *first, *last; /* of a listener: connections to accept */
	struct tcp_sock *next;
	struct tcp_sock *listener; /* while it waits there */
};

struct datagram {
	struct datagram *next;
	struct pbuf *p;
	ip_addr_t from;
	uint16_t port;
};

struct udp_sock {
	struct lwip_sock base;
	struct udp_pcb *pcb;
	struct datagram *first, *last;
	unsigned int count;
};

/* sock.c: locked. NULL-safe counting against CONFIG_LWIP_SOCKETS_MAX. */
void *uk__lwip_sock_alloc(size_t size, const struct uk_sock_ops *ops, int family, int type,
			  int protocol);
void uk__lwip_sock_put(struct lwip_sock *s);
/* The socket shows `events` now; those that have become true are told at the unlock. */
void uk__lwip_sock_events(struct lwip_sock *s, uint32_t events);
/* For uk__lwip_unlock(): takes sockets off the wake list; true: there are more. */
struct uk__lwip_wakes {
	struct lwip_sock *sock[32];
	uint32_t events[32];
	unsigned int n;
};
bool uk__lwip_sock_wakes_take(struct uk__lwip_wakes *out);
/* Not locked. Those are left in the list that nobody has any more ... */
void uk__lwip_sock_wakes_tell(struct uk__lwip_wakes *list);
/* ... and are destroyed here. Locked. */
void uk__lwip_sock_wakes_drop(const struct uk__lwip_wakes *list);
int uk__lwip_sock_error(struct uk_sock *sock);
uint32_t uk__lwip_sock_poll(struct uk_sock *sock);

/* option.c */
int uk__lwip_setopt(struct uk_sock *sock, int level, int name, const void *val, uint32_t len);
int uk__lwip_getopt(struct uk_sock *sock, int level, int name, void *val, uint32_t *len);

/* tcp*.c, udp.c */
extern const struct uk_sock_ops uk__lwip_tcp_ops, uk__lwip_udp_ops;
int uk__lwip_tcp_create(int family, struct uk_sock **out);
int uk__lwip_udp_create(int family, struct uk_sock **out);
/* Locked: set the callbacks, work out what is true. */
void uk__lwip_tcp_adopt(struct tcp_sock *t, struct tcp_pcb *pcb);
void uk__lwip_tcp_update(struct tcp_sock *t);
int uk__lwip_tcp_listen(struct uk_sock *sock, int backlog);
int uk__lwip_tcp_accept(struct uk_sock *sock, struct uk_sock **out);
long uk__lwip_tcp_send(struct uk_sock *sock, struct uk_sock_msg *msg);
long uk__lwip_tcp_recv(struct uk_sock *sock, struct uk_sock_msg *msg);
err_t uk__lwip_tcp_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err);
/* Both sides have closed: lwIP ends the connection without us. */
void uk__lwip_tcp_let_go(struct tcp_sock *t);
/* Before lwIP may get one more connection: few may wait for their time to end. */
void uk__lwip_tcp_trim(void);
/* It has failed before it was accepted: it leaves the queue, and t is gone. */
void uk__lwip_tcp_unqueue(struct tcp_sock *t);
void uk__lwip_tcp_drop_waiting(struct tcp_sock *listener);

static inline struct tcp_sock *tcp_of(struct uk_sock *sock)
{
	return UK_CONTAINER_OF(sock, struct tcp_sock, base.sock);
}

static inline struct udp_sock *udp_of(struct uk_sock *sock)
{
	return UK_CONTAINER_OF(sock, struct udp_sock, base.sock);
}
