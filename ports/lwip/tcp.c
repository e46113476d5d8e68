/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Stream sockets: life of a connection. lwIP may free its control block at any time and says so
 * in the error callback; from then on pcb is NULL.
 */

#include "sock.h"

#include <lwip/priv/tcp_priv.h>

/* What is true of the socket now. */
void uk__lwip_tcp_update(struct tcp_sock *t)
{
	struct lwip_sock *s = &t->base;
	uint32_t events = s->error ? UK_POLLERR : 0;
	bool no_more_in = t->eof || s->rx_shut || t->state == STREAM_DEAD;
	bool no_more_out = s->tx_shut || t->state == STREAM_DEAD;

	if (t->state == STREAM_LISTENING) {
		events |= t->first ? UK_POLLIN : 0;
	} else if (t->state == STREAM_OPEN || t->state == STREAM_DEAD) {
		if (s->rx_len || no_more_in)
			events |= UK_POLLIN;
		if (no_more_in)
			events |= UK_POLLRDHUP;
		if (no_more_out || (t->pcb && !t->starved && tcp_sndbuf(t->pcb) > TCP_SNDLOWAT &&
				    tcp_sndqueuelen(t->pcb) < TCP_SNDQUEUELOWAT))
			events |= UK_POLLOUT;
		if (no_more_in && no_more_out)
			events |= UK_POLLHUP;
	} else if (t->state == STREAM_NEW) {
		events |= UK_POLLOUT | UK_POLLHUP;
	}
	uk__lwip_sock_events(s, events);
}

/* A listener's control block has only the local half. */
static void remember_local(struct tcp_sock *t)
{
	t->local = t->pcb->local_ip;
	t->local_port = t->pcb->local_port;
}

static void remember_names(struct tcp_sock *t)
{
	remember_local(t);
	t->remote = t->pcb->remote_ip;
	t->remote_port = t->pcb->remote_port;
}

static err_t sent(void *arg, struct tcp_pcb *pcb, u16_t len)
{
	struct tcp_sock *t = arg;

	(void)pcb, (void)len;
	if (t) {
		t->starved = false;
		uk__lwip_tcp_update(t);
	}
	return ERR_OK;
}

/* What an application is told, as a positive number. */
static int failure(err_t err, bool connecting)
{
	switch (err) {
	case ERR_CLSD: return 0; /* both sides had closed */
	case ERR_RST: return connecting ? ECONNREFUSED : ECONNRESET;
	case ERR_ABRT: return ETIMEDOUT; /* lwIP gave up */
	default: return -uk__lwip_errno(err);
	}
}

/* The control block is gone already. */
static void failed(void *arg, err_t err)
{
	struct tcp_sock *t = arg;

	if (!t)
		return;
	t->pcb = NULL;
	if (t->listener) {
		uk__lwip_tcp_unqueue(t);
		return;
	}
	t->base.error = failure(err, t->state == STREAM_CONNECTING);
	t->state = STREAM_DEAD;
	uk__lwip_tcp_update(t);
}

static void forget(struct tcp_pcb *pcb)
{
	tcp_arg(pcb, NULL);
	tcp_recv(pcb, NULL);
	tcp_sent(pcb, NULL);
	tcp_poll(pcb, NULL, 0);
	tcp_err(pcb, NULL);
}

/* lwIP frees a connection that waits for its time to end (TIME_WAIT) without a word. */
void uk__lwip_tcp_let_go(struct tcp_sock *t)
{
	remember_names(t);
	forget(t->pcb);
	t->pcb = NULL;
	t->state = STREAM_DEAD;
}

void uk__lwip_tcp_adopt(struct tcp_sock *t, struct tcp_pcb *pcb)
{
	t->pcb = pcb;
	tcp_arg(pcb, t);
	tcp_recv(pcb, uk__lwip_tcp_received);
	tcp_sent(pcb, sent);
	tcp_err(pcb, failed);
}

int uk__lwip_tcp_create(int family, struct uk_sock **out)
{
	struct tcp_sock *t = uk__lwip_sock_alloc(sizeof(*t), &uk__lwip_tcp_ops, family,
						 UK_SOCK_STREAM, UK_IPPROTO_TCP);
	struct tcp_pcb *pcb;

	if (!t)
		return -ENOBUFS;
	pcb = tcp_new_ip_type(family == UK_AF_INET6 ? IPADDR_TYPE_ANY : IPADDR_TYPE_V4);
	if (!pcb) {
		uk__lwip_sock_put(&t->base);
		return -ENOMEM;
	}
	uk__lwip_tcp_adopt(t, pcb);
	uk__lwip_tcp_update(t);
	*out = &t->base.sock;
	return 0;
}

static int do_bind(struct tcp_sock *t, ip_addr_t *ip, uint16_t port)
{
	if (!t->pcb || t->state != STREAM_NEW || t->pcb->local_port)
		return -EINVAL;
	if (t->base.sock.family == UK_AF_INET6 && ip_addr_isany(ip))
		*ip = *uk__lwip_wildcard6(t->base.v6only);
	return uk__lwip_errno(tcp_bind(t->pcb, ip, port));
}

static int tcp_sock_bind(struct uk_sock *sock, const struct uk_sockaddr_storage *addr, uint32_t len)
{
	ip_addr_t ip;
	uint16_t port;
	int err = uk__lwip_addr_in(sock->family, addr, len, &ip, &port);

	if (err)
		return err;
	uk__lwip_lock();
	err = do_bind(tcp_of(sock), &ip, port);
	uk__lwip_unlock();
	return err;
}

static err_t connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct tcp_sock *t = arg;

	(void)pcb, (void)err;
	if (t) {
		t->state = STREAM_OPEN;
		remember_names(t);
		uk__lwip_tcp_update(t);
	}
	return ERR_OK;
}

static int do_connect(struct tcp_sock *t, const ip_addr_t *ip, uint16_t port)
{
	int err;

	switch (t->state) {
	case STREAM_CONNECTING: return -EALREADY;
	case STREAM_OPEN: return -EISCONN;
	case STREAM_NEW: break;
	default: return t->state == STREAM_LISTENING ? -EISCONN : -ECONNABORTED;
	}
	uk__lwip_tcp_trim();
	err = uk__lwip_errno(tcp_connect(t->pcb, ip, port, connected));
	if (err)
		return err == -EINVAL ? -ENETUNREACH : err;
	t->state = STREAM_CONNECTING;
	remember_names(t);
	uk__lwip_tcp_update(t);
	return -EINPROGRESS;
}

static int tcp_sock_connect(struct uk_sock *sock, const struct uk_sockaddr_storage *addr,
			    uint32_t len)
{
	ip_addr_t ip;
	uint16_t port;
	int err = uk__lwip_addr_in(sock->family, addr, len, &ip, &port);

	if (err)
		return err;
	uk__lwip_lock();
	err = do_connect(tcp_of(sock), &ip, port);
	uk__lwip_unlock();
	return err;
}

static int tcp_sock_name(struct uk_sock *sock, struct uk_sockaddr_storage *addr, uint32_t *len,
			 bool peer)
{
	struct tcp_sock *t = tcp_of(sock);
	int err = 0;

	uk__lwip_lock();
	if (t->pcb && t->state != STREAM_LISTENING)
		remember_names(t);
	else if (t->pcb)
		remember_local(t);
	if (!peer)
		uk__lwip_addr_out(sock->family, &t->local, t->local_port, addr, len);
	else if (t->state == STREAM_OPEN || (t->state == STREAM_DEAD && t->remote_port))
		uk__lwip_addr_out(sock->family, &t->remote, t->remote_port, addr, len);
	else
		err = -ENOTCONN;
	uk__lwip_unlock();
	return err;
}

static int do_shutdown(struct tcp_sock *t, int how)
{
	bool rx = how != UK_SHUT_WR, tx = how != UK_SHUT_RD;

	if (t->state != STREAM_OPEN && t->state != STREAM_DEAD)
		return -ENOTCONN;
	t->base.rx_shut |= rx;
	/* Only the sending half is lwIP's: what still comes is thrown away in received(). */
	if (tx && !t->base.tx_shut && t->pcb) {
		err_t err = tcp_shutdown(t->pcb, 0, 1);

		if (err != ERR_OK)
			return uk__lwip_errno(err);
	}
	t->base.tx_shut |= tx;
	if (t->base.tx_shut && t->eof && t->pcb)
		uk__lwip_tcp_let_go(t);
	uk__lwip_tcp_update(t);
	return 0;
}

static int tcp_sock_shutdown(struct uk_sock *sock, int how)
{
	int err;

	uk__lwip_lock();
	err = do_shutdown(tcp_of(sock), how);
	uk__lwip_unlock();
	return err;
}

/* Unread data means that the peer was not heard: RFC 1122, 4.2.2.13 asks for a reset. */
static void end_connection(struct tcp_sock *t)
{
	struct tcp_pcb *pcb = t->pcb;

	if (!pcb)
		return;
	t->pcb = NULL;
	if (t->state == STREAM_LISTENING) {
		tcp_arg(pcb, NULL);
		tcp_close(pcb);
		return;
	}
	forget(pcb);
	if (t->base.rx_len || t->reset || tcp_close(pcb) != ERR_OK)
		tcp_abort(pcb);
}

static void tcp_sock_close(struct uk_sock *sock)
{
	struct tcp_sock *t = tcp_of(sock);

	uk__lwip_lock();
	if (t->state == STREAM_LISTENING)
		uk__lwip_tcp_drop_waiting(t);
	end_connection(t);
	uk__lwip_sock_put(&t->base);
	uk__lwip_unlock();
}

static long tcp_sock_pending(struct uk_sock *sock)
{
	struct tcp_sock *t = tcp_of(sock);
	long n;

	uk__lwip_lock();
	n = t->state == STREAM_LISTENING ? -EINVAL : (long)t->base.rx_len;
	uk__lwip_unlock();
	return n;
}

const struct uk_sock_ops uk__lwip_tcp_ops = {
	.bind = tcp_sock_bind,
	.listen = uk__lwip_tcp_listen,
	.accept = uk__lwip_tcp_accept,
	.connect = tcp_sock_connect,
	.name = tcp_sock_name,
	.send = uk__lwip_tcp_send,
	.recv = uk__lwip_tcp_recv,
	.shutdown = tcp_sock_shutdown,
	.error = uk__lwip_sock_error,
	.poll = uk__lwip_sock_poll,
	.setopt = uk__lwip_setopt,
	.getopt = uk__lwip_getopt,
	.pending = tcp_sock_pending,
	.close = tcp_sock_close,
};
