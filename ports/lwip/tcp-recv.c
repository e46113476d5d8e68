/* SPDX-License-Identifier: BSD-3-Clause */

/* Receiving on a stream. The window opens again as the application reads. */

#include "sock.h"

#include <lwip/priv/tcp_priv.h>

err_t uk__lwip_tcp_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	struct tcp_sock *t = arg;

	(void)err;
	if (!p) {
		if (t) {
			t->eof = true;
			uk__lwip_tcp_update(t);
		}
		return ERR_OK;
	}
	if (!t || t->base.rx_shut) {
		tcp_recved(pcb, p->tot_len);
		pbuf_free(p);
		return ERR_OK;
	}
	/* A chain's length has 16 bits: lwIP keeps the packet then and offers it again. */
	if (t->base.rx && t->base.rx->tot_len + p->tot_len > UINT16_MAX)
		return ERR_MEM;
	p = uk__lwip_rx_keep(p);
	t->base.rx_len += p->tot_len;
	if (t->base.rx)
		pbuf_cat(t->base.rx, p);
	else
		t->base.rx = p;
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
	t->base.rx_len -= n;
	t->base.rx = pbuf_free_header(t->base.rx, (u16_t)n);
	if (t->pcb)
		tcp_recved(t->pcb, (u16_t)n);
	/* What lwIP had to keep back for want of room comes at once, not at its next timer. */
	if (t->pcb && t->pcb->refused_data)
		tcp_process_refused_data(t->pcb);
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
