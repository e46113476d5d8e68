/* SPDX-License-Identifier: BSD-3-Clause */

/* Listening: connections are made by lwIP and wait here until they are accepted. */

#include "sock.h"

#include <lwip/priv/tcp_priv.h>

#define BACKLOG_MAX 255 /* lwIP counts in eight bits */

/* A connection is complete. Whatever is returned but ERR_OK makes lwIP abort it. */
static err_t arrived(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct tcp_sock *listener = arg, *t;

	if (err != ERR_OK || !pcb || !listener)
		return ERR_VAL;
	uk__lwip_tcp_trim();
	t = uk__lwip_sock_alloc(sizeof(*t), &uk__lwip_tcp_ops, listener->base.sock.family,
				UK_SOCK_STREAM, UK_IPPROTO_TCP);
	if (!t)
		return ERR_MEM;
	t->state = STREAM_OPEN;
	t->listener = listener;
	uk__lwip_tcp_adopt(t, pcb);
	if (listener->nodelay)
		tcp_nagle_disable(pcb);
	t->local = pcb->local_ip;
	t->local_port = pcb->local_port;
	t->remote = pcb->remote_ip;
	t->remote_port = pcb->remote_port;
	uk__lwip_tcp_update(t);
	/* It takes a place of the backlog until it is accepted. */
	tcp_backlog_delayed(pcb);
	if (listener->last)
		listener->last->next = t;
	else
		listener->first = t;
	listener->last = t;
	uk__lwip_tcp_update(listener);
	return ERR_OK;
}

static int do_listen(struct tcp_sock *t, int backlog)
{
	u8_t places = (u8_t)UK_MIN(UK_MAX(backlog, 1), BACKLOG_MAX);
	const ip_addr_t *any;
	struct tcp_pcb *pcb;
	err_t err;

	if (t->state == STREAM_LISTENING) {
		tcp_backlog_set(t->pcb, places);
		return 0;
	}
	if (t->state != STREAM_NEW || !t->pcb)
		return -EINVAL;
	/* Unbound: an ephemeral port, as POSIX has it. */
	any = t->base.sock.family == UK_AF_INET6 ? uk__lwip_wildcard6(t->base.v6only)
						 : IP4_ADDR_ANY;
	if (!t->pcb->local_port && tcp_bind(t->pcb, any, 0) != ERR_OK)
		return -EADDRINUSE;
	t->nodelay = tcp_nagle_disabled(t->pcb);
	tcp_err(t->pcb, NULL);
	pcb = tcp_listen_with_backlog_and_err(t->pcb, places, &err);
	if (!pcb) {
		uk__lwip_tcp_adopt(t, t->pcb);
		return uk__lwip_errno(err);
	}
	t->pcb = pcb;
	t->state = STREAM_LISTENING;
	tcp_arg(pcb, t);
	tcp_accept(pcb, arrived);
	uk__lwip_tcp_update(t);
	return 0;
}

int uk__lwip_tcp_listen(struct uk_sock *sock, int backlog)
{
	int err;

	uk__lwip_lock();
	err = do_listen(tcp_of(sock), backlog);
	uk__lwip_unlock();
	return err;
}

static struct tcp_sock *take_first(struct tcp_sock *listener)
{
	struct tcp_sock *t = listener->first;

	if (!t)
		return NULL;
	listener->first = t->next;
	if (!t->next)
		listener->last = NULL;
	t->next = NULL;
	t->listener = NULL;
	if (t->pcb)
		tcp_backlog_accepted(t->pcb);
	return t;
}

int uk__lwip_tcp_accept(struct uk_sock *sock, struct uk_sock **out)
{
	struct tcp_sock *listener = tcp_of(sock), *t;
	int err = -EINVAL;

	uk__lwip_lock();
	if (listener->state == STREAM_LISTENING) {
		err = -EAGAIN;
		t = take_first(listener);
		if (t) {
			*out = &t->base.sock;
			err = 0;
		}
		uk__lwip_tcp_update(listener);
	}
	uk__lwip_unlock();
	return err;
}

void uk__lwip_tcp_unqueue(struct tcp_sock *t)
{
	struct tcp_sock *listener = t->listener, *before = NULL;

	for (struct tcp_sock *at = listener->first; at != t; at = at->next)
		before = at;
	if (before)
		before->next = t->next;
	else
		listener->first = t->next;
	if (listener->last == t)
		listener->last = before;
	uk__lwip_tcp_update(listener);
	uk__lwip_sock_put(&t->base);
}

void uk__lwip_tcp_drop_waiting(struct tcp_sock *listener)
{
	struct tcp_sock *t;

	while ((t = take_first(listener))) {
		if (t->pcb) {
			tcp_arg(t->pcb, NULL);
			tcp_err(t->pcb, NULL);
			tcp_abort(t->pcb);
		}
		uk__lwip_sock_put(&t->base);
	}
}
