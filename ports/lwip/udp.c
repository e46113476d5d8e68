/* SPDX-License-Identifier: BSD-3-Clause */

/* Datagram sockets. */

#include "sock.h"

#include <string.h>
#include <uk/heap.h>

#define QUEUE_MAX 256u /* datagrams that wait to be read; more are dropped, as UDP may */

static void update(struct udp_sock *u)
{
	uint32_t events = UK_POLLOUT;

	if (u->first || u->base.rx_shut)
		events |= UK_POLLIN;
	if (u->base.error)
		events |= UK_POLLERR;
	uk__lwip_sock_events(&u->base, events);
}

static void received(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from,
		     u16_t port)
{
	struct udp_sock *u = arg;
	struct datagram *d = NULL;

	(void)pcb;
	if (!u->base.rx_shut && u->count < QUEUE_MAX)
		d = uk_heap_alloc(sizeof(*d));
	if (!d) {
		pbuf_free(p);
		return;
	}
	d->next = NULL;
	d->p = p;
	d->from = *from;
	d->port = port;
	if (u->last)
		u->last->next = d;
	else
		u->first = d;
	u->last = d;
	u->count++;
	update(u);
}

static void drop_first(struct udp_sock *u)
{
	struct datagram *d = u->first;

	u->first = d->next;
	if (!d->next)
		u->last = NULL;
	u->count--;
	pbuf_free(d->p);
	uk_heap_free(d);
}

int uk__lwip_udp_create(int family, struct uk_sock **out)
{
	struct udp_sock *u = uk__lwip_sock_alloc(sizeof(*u), &uk__lwip_udp_ops, family,
						 UK_SOCK_DGRAM, UK_IPPROTO_UDP);

	if (!u)
		return -ENOBUFS;
	u->pcb = udp_new_ip_type(family == UK_AF_INET6 ? IPADDR_TYPE_ANY : IPADDR_TYPE_V4);
	if (!u->pcb) {
		uk__lwip_sock_put(&u->base);
		return -ENOMEM;
	}
	udp_recv(u->pcb, received, u);
	update(u);
	*out = &u->base.sock;
	return 0;
}

static int udp_sock_bind(struct uk_sock *sock, const struct uk_sockaddr_storage *addr, uint32_t len)
{
	struct udp_sock *u = udp_of(sock);
	ip_addr_t ip;
	uint16_t port;
	int err = uk__lwip_addr_in(sock->family, addr, len, &ip, &port);

	if (err)
		return err;
	uk__lwip_lock();
	if (sock->family == UK_AF_INET6 && ip_addr_isany(&ip))
		ip = *uk__lwip_wildcard6(u->base.v6only);
	err = u->pcb->local_port ? -EINVAL : uk__lwip_errno(udp_bind(u->pcb, &ip, port));
	uk__lwip_unlock();
	return err;
}

static int udp_sock_connect(struct uk_sock *sock, const struct uk_sockaddr_storage *addr,
			    uint32_t len)
{
	struct udp_sock *u = udp_of(sock);
	ip_addr_t ip;
	uint16_t port;
	int err = 0;

	if (addr->ss_family != UK_AF_UNSPEC)
		err = uk__lwip_addr_in(sock->family, addr, len, &ip, &port);
	if (err)
		return err;
	uk__lwip_lock();
	if (addr->ss_family == UK_AF_UNSPEC)
		udp_disconnect(u->pcb);
	else
		err = ip_route(&u->pcb->local_ip, &ip)
			      ? uk__lwip_errno(udp_connect(u->pcb, &ip, port))
			      : -ENETUNREACH;
	uk__lwip_unlock();
	return err;
}

static bool is_connected(const struct udp_sock *u)
{
	return u->pcb->flags & UDP_FLAGS_CONNECTED;
}

/* Of a connected socket that is bound to no address: the one that its datagrams will have. */
static const ip_addr_t *own_address(const struct udp_sock *u)
{
	const ip_addr_t *remote = &u->pcb->remote_ip, *own = NULL;
	struct netif *netif;

	if (is_connected(u) && ip_addr_isany(&u->pcb->local_ip)) {
		netif = ip_route(&u->pcb->local_ip, remote);
		own = netif ? ip_netif_get_local_ip(netif, remote) : NULL;
	}
	return own ? own : &u->pcb->local_ip;
}

static int udp_sock_name(struct uk_sock *sock, struct uk_sockaddr_storage *addr, uint32_t *len,
			 bool peer)
{
	struct udp_sock *u = udp_of(sock);
	int err = 0;

	uk__lwip_lock();
	if (!peer)
		uk__lwip_addr_out(sock->family, own_address(u), u->pcb->local_port, addr, len);
	else if (is_connected(u))
		uk__lwip_addr_out(sock->family, &u->pcb->remote_ip, u->pcb->remote_port, addr, len);
	else
		err = -ENOTCONN;
	uk__lwip_unlock();
	return err;
}

/* The datagram's bytes in a pbuf of the stack's. */
static int take_data(struct uk_file_iter *from, size_t most, struct pbuf **out)
{
	size_t n = from->total;
	struct pbuf *p;
	long got;

	if (n > most)
		return -EMSGSIZE;
	p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)n, PBUF_RAM);
	if (!p)
		return -ENOBUFS; /* nothing would tell when to try again */
	got = uk_file_iter_get(from, p->payload, n);
	if (got != (long)n) {
		pbuf_free(p);
		return -EFAULT;
	}
	*out = p;
	return 0;
}

struct place {
	ip_addr_t addr;
	uint16_t port;
};

/* to: NULL is where it is connected to. */
static int do_send(struct udp_sock *u, struct uk_sock_msg *msg, const struct place *to)
{
	struct pbuf *p;
	err_t err;
	size_t most = UINT16_MAX - 8 - (u->base.sock.family == UK_AF_INET6 ? 40 : 20);
	int fail = take_data(&msg->data, most, &p);

	if (fail)
		return fail;
	err = to ? udp_sendto(u->pcb, p, &to->addr, to->port) : udp_send(u->pcb, p);
	pbuf_free(p);
	if (err == ERR_MEM || err == ERR_BUF)
		return -ENOBUFS;
	if (err == ERR_VAL)
		return -EACCES; /* to a broadcast address without SO_BROADCAST */
	return uk__lwip_errno(err);
}

static long udp_sock_send(struct uk_sock *sock, struct uk_sock_msg *msg)
{
	struct udp_sock *u = udp_of(sock);
	long n = (long)msg->data.total;
	struct place to;
	int err = 0;

	if (msg->addr_len)
		err = uk__lwip_addr_in(sock->family, &msg->addr, msg->addr_len, &to.addr, &to.port);
	if (err)
		return err;
	uk__lwip_lock();
	if (u->base.tx_shut)
		err = -EPIPE;
	else if (!msg->addr_len && !is_connected(u))
		err = -EDESTADDRREQ;
	else
		err = do_send(u, msg, msg->addr_len ? &to : NULL);
	uk__lwip_unlock();
	return err ? err : n;
}

static long copy_out(const struct pbuf *p, struct uk_file_iter *to)
{
	long done = 0;

	for (; p && to->total > 0; p = p->next) {
		long n = uk_file_iter_put(to, p->payload, p->len);

		if (n < 0)
			return n;
		done += n;
	}
	return done;
}

static long do_recv(struct udp_sock *u, struct uk_sock_msg *msg)
{
	struct datagram *d = u->first;
	bool full_length = msg->flags & UK_MSG_TRUNC;
	long n;

	if (!d)
		return u->base.rx_shut ? 0 : -EAGAIN;
	uk__lwip_addr_out(u->base.sock.family, &d->from, d->port, &msg->addr, &msg->addr_len);
	n = copy_out(d->p, &msg->data);
	if (n >= 0) {
		bool cut = n < d->p->tot_len;

		if (cut && full_length)
			n = d->p->tot_len;
		if (!(msg->flags & UK_MSG_PEEK))
			drop_first(u);
		msg->flags = cut ? UK_MSG_TRUNC : 0;
	}
	return n;
}

static long udp_sock_recv(struct uk_sock *sock, struct uk_sock_msg *msg)
{
	struct udp_sock *u = udp_of(sock);
	long n;

	uk__lwip_lock();
	n = do_recv(u, msg);
	update(u);
	uk__lwip_unlock();
	return n;
}

static int udp_sock_shutdown(struct uk_sock *sock, int how)
{
	struct udp_sock *u = udp_of(sock);
	int err = 0;

	uk__lwip_lock();
	if (!is_connected(u))
		err = -ENOTCONN;
	u->base.rx_shut |= how != UK_SHUT_WR;
	u->base.tx_shut |= how != UK_SHUT_RD;
	update(u);
	uk__lwip_unlock();
	return err;
}

static long udp_sock_pending(struct uk_sock *sock)
{
	struct udp_sock *u = udp_of(sock);
	long n;

	uk__lwip_lock();
	n = u->first ? u->first->p->tot_len : 0;
	uk__lwip_unlock();
	return n;
}

static void udp_sock_close(struct uk_sock *sock)
{
	struct udp_sock *u = udp_of(sock);

	uk__lwip_lock();
	udp_remove(u->pcb);
	while (u->first)
		drop_first(u);
	uk__lwip_sock_put(&u->base);
	uk__lwip_unlock();
}

const struct uk_sock_ops uk__lwip_udp_ops = {
	.bind = udp_sock_bind,
	.connect = udp_sock_connect,
	.name = udp_sock_name,
	.send = udp_sock_send,
	.recv = udp_sock_recv,
	.shutdown = udp_sock_shutdown,
	.error = uk__lwip_sock_error,
	.poll = uk__lwip_sock_poll,
	.setopt = uk__lwip_setopt,
	.getopt = uk__lwip_getopt,
	.pending = udp_sock_pending,
	.close = udp_sock_close,
};
