/* SPDX-License-Identifier: BSD-3-Clause */

/* Sending on a stream: lwIP copies into its segments, straight from the application. */

#include "sock.h"

#include <lwip/priv/tcp_priv.h>
#include <uk/uaccess.h>

/* Bytes for which there are segments, as tcp_write() cuts; a peer may want tiny ones. */
static size_t room(const struct tcp_pcb *pcb)
{
	size_t segment = UK_MIN((size_t)pcb->mss, (size_t)pcb->snd_wnd_max / 2);
	size_t queued = tcp_sndqueuelen(pcb);

	/* One more may go to the end of the last one. */
	if (queued + 1 >= TCP_SND_QUEUELEN)
		return 0;
	return UK_MIN((TCP_SND_QUEUELEN - 1 - queued) * (segment ? segment : pcb->mss),
		      (size_t)tcp_sndbuf(pcb));
}

static err_t try_again(void *arg, struct tcp_pcb *pcb)
{
	struct tcp_sock *t = arg;

	tcp_poll(pcb, NULL, 0);
	if (t) {
		t->starved = false;
		uk__lwip_tcp_update(t);
	}
	return ERR_OK;
}

/* No memory: it is not writable until an ACK comes or half a second has passed. */
static long starve(struct tcp_sock *t)
{
	t->starved = true;
	tcp_poll(t->pcb, try_again, 1);
	return -EAGAIN;
}

/* As much of the current run of bytes as there is room for. */
static long send_run(struct tcp_sock *t, struct uk_file_iter *from, bool more)
{
	char *ptr;
	long run = uk_file_iter_run(from, &ptr);
	size_t n;
	err_t err;

	if (run <= 0)
		return run;
	n = UK_MIN((size_t)run, room(t->pcb));
	n = UK_MIN(n, (size_t)UINT16_MAX);
	if (n == 0)
		return -EAGAIN;
	/* lwIP copies it itself. */
	if (CONFIG_VM_DEMAND && uk_uaccess_populate(ptr, n, false))
		return -EFAULT;
	more = more || (size_t)run < from->total;
	err = tcp_write(t->pcb, ptr, (u16_t)n,
			TCP_WRITE_FLAG_COPY | (more ? TCP_WRITE_FLAG_MORE : 0));
	if (err == ERR_MEM)
		return starve(t);
	if (err != ERR_OK)
		return uk__lwip_errno(err);
	uk_file_iter_advance(from, n);
	return (long)n;
}

static long do_send(struct tcp_sock *t, struct uk_sock_msg *msg)
{
	long done = 0, n = 0;

	if (t->base.error) {
		n = -t->base.error;
		t->base.error = 0;
		return n;
	}
	if (t->base.tx_shut || t->state == STREAM_DEAD)
		return -EPIPE;
	if (t->state == STREAM_CONNECTING)
		return -EAGAIN;
	if (t->state != STREAM_OPEN)
		return -ENOTCONN;
	if (msg->data.total == 0)
		return 0;
	while (msg->data.total > 0) {
		n = send_run(t, &msg->data, msg->flags & UK_MSG_MORE);
		if (n <= 0)
			break;
		done += n;
	}
	/* Out of segments: what is queued must go before there is room again. */
	if (t->pcb)
		tcp_output(t->pcb);
	return done > 0 ? done : n;
}

long uk__lwip_tcp_send(struct uk_sock *sock, struct uk_sock_msg *msg)
{
	struct tcp_sock *t = tcp_of(sock);
	long n;

	uk__lwip_lock();
	n = do_send(t, msg);
	uk__lwip_tcp_update(t);
	uk__lwip_unlock();
	return n;
}
