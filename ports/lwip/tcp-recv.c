/* SPDX-License-Identifier: BSD-3-Clause */

/* Receiving on a stream. The window opens again as the application reads. */

#include "sock.h"

#include <lwip/priv/tcp_priv.h>

#define SMALL_MAX  256u  /* bytes */
#define JOINED_MAX 2048u /* bytes */

static void append(struct lwip_sock *s, struct pbuf *p)
{
	s->rx_len += p->tot_len;
	if (s->rx)
		s->rx_last->next = p;
	else
		s->rx = p;
	while (p->next)
		p = p->next;
	s->rx_last = p;
	s->rx_room = 0;
}

/* Small pieces that wait are put together, or each would cost a buffer. False: cannot be. */
static bool join(struct lwip_sock *s, struct pbuf *p)
{
	size_t n = p->tot_len;

	if (!s->rx || n > SMALL_MAX)
		return false;
	if (s->rx_room < n) {
		struct pbuf *empty = pbuf_alloc(PBUF_RAW, JOINED_MAX, PBUF_RAM);

		if (!empty)
			return false;
		empty->len = empty->tot_len = 0;
		append(s, empty);
		s->rx_room = JOINED_MAX;
	}
	pbuf_copy_partial(p, (char *)s->rx_last->payload + s->rx_last->len, (u16_t)n, 0);
	s->rx_last->len += (u16_t)n;
	s->rx_last->tot_len += (u16_t)n;
	s->rx_room -= n;
	s->rx_len += n;
	pbuf_free(p);
	return true;
}

err_t uk__lwip_tcp_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	struct tcp_sock *t = arg;

	(void)err;
	if (!p) {
		if (t) {
			t->eof = true;
			if (t->base.tx_shut)
				uk__lwip_tcp_let_go(t);
			uk__lwip_tcp_update(t);
		}
		return ERR_OK;
	}
	if (!t || t->base.rx_shut) {
		tcp_recved(pcb, p->tot_len);
		pbuf_free(p);
		return ERR_OK;
	}
	/* All that comes is taken: the window bounds it. */
	if (!join(&t->base, p))
		append(&t->base, p);
	uk__lwip_tcp_update(t);
	return ERR_OK;
}

/* Copies up to what both have; PEEK leaves it there. */
static long copy_out(struct tcp_sock *t, struct uk_file_iter *to)
{
	long done = 0;

	for (struct pbuf *p = t->base.rx; p && to->total > 0; p = p->next) {
		long n = uk_file_iter_put(to, p->payload, p->len);

		if (n < 0)
			return done > 0 ? done : n;
		done += n;
		if (n < p->len)
			break;
	}
	return done;
}

static void consume(struct tcp_sock *t, size_t n)
{
	struct lwip_sock *s = &t->base;

	s->rx_len -= n;
	while (n > 0) {
		u16_t part = (u16_t)UK_MIN(n, (size_t)UINT16_MAX);

		s->rx = pbuf_free_header(s->rx, part);
		if (t->pcb)
			tcp_recved(t->pcb, part);
		n -= part;
	}
	if (!s->rx)
		s->rx_room = 0;
}

static long do_recv(struct tcp_sock *t, struct uk_sock_msg *msg)
{
	long n;

	if (t->state != STREAM_OPEN && t->state != STREAM_DEAD)
		return t->state == STREAM_CONNECTING ? -EAGAIN : -ENOTCONN;
	if (t->base.rx_len == 0) {
		if (t->base.error) {
			n = -t->base.error;
			t->base.error = 0;
			return n;
		}
		return t->eof || t->base.rx_shut || t->state == STREAM_DEAD ? 0 : -EAGAIN;
	}
	if (msg->data.total == 0)
		return 0;
	n = copy_out(t, &msg->data);
	if (n > 0 && !(msg->flags & UK_MSG_PEEK))
		consume(t, (size_t)n);
	return n;
}

long uk__lwip_tcp_recv(struct uk_sock *sock, struct uk_sock_msg *msg)
{
	struct tcp_sock *t = tcp_of(sock);
	long n;

	uk__lwip_lock();
	n = do_recv(t, msg);
	msg->flags = 0;
	uk__lwip_tcp_update(t);
	uk__lwip_unlock();
	return n;
}
