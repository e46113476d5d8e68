/* SPDX-License-Identifier: BSD-3-Clause */

/* What all sockets have: their life, what is true of them, and who is told. */

#include "sock.h"

#include <uk/atomic.h>
#include <uk/heap.h>
#include <uk/init.h>

static unsigned int nsocks;     /* under the core lock */
static struct lwip_sock *wakes; /* sockets to wake at the next unlock */

void *uk__lwip_sock_alloc(size_t size, const struct uk_sock_ops *ops, int family, int type,
			  int protocol)
{
	struct lwip_sock *s;

	if (nsocks >= CONFIG_LWIP_SOCKETS_MAX)
		return NULL;
	s = uk_heap_zalloc(1, size);
	if (!s)
		return NULL;
	nsocks++;
	s->refs = 1;
	uk_sock_init(&s->sock, ops, family, type, protocol);
	return s;
}

/* The last reference is gone. Locked. */
static void destroy(struct lwip_sock *s)
{
	if (s->rx)
		pbuf_free(s->rx);
	nsocks--;
	uk_heap_free(s);
}

void uk__lwip_sock_put(struct lwip_sock *s)
{
	if (uk_fetch_sub(&s->refs, 1) == 1)
		destroy(s);
}

void uk__lwip_sock_events(struct lwip_sock *s, uint32_t events)
{
	uint32_t fresh = events & ~s->events;

	uk_store(&s->events, events);
	/* New data wakes also where there was some: edge-triggered readers wait for that. */
	if (events & UK_POLLIN)
		fresh |= UK_POLLIN;
	if (!fresh)
		return;
	if (!s->wake) {
		(void)uk_fetch_add(&s->refs, 1);
		s->next_wake = wakes;
		wakes = s;
	}
	s->wake |= fresh;
}

bool uk__lwip_sock_wakes_take(struct uk__lwip_wakes *out)
{
	out->n = 0;
	while (wakes && out->n < UK_ARRAY_SIZE(out->sock)) {
		struct lwip_sock *s = wakes;

		wakes = s->next_wake;
		out->sock[out->n] = s;
		out->events[out->n++] = s->wake;
		s->wake = 0;
	}
	return wakes != NULL;
}

void uk__lwip_sock_wakes_tell(struct uk__lwip_wakes *list)
{
	unsigned int told = list->n;

	list->n = 0;
	for (unsigned int i = 0; i < told; i++) {
		struct lwip_sock *s = list->sock[i];

		uk_sock_wake(&s->sock, list->events[i]);
		if (uk_fetch_sub(&s->refs, 1) == 1)
			list->sock[list->n++] = s;
	}
}

void uk__lwip_sock_wakes_drop(const struct uk__lwip_wakes *list)
{
	for (unsigned int i = 0; i < list->n; i++)
		destroy(list->sock[i]);
}

uint32_t uk__lwip_sock_poll(struct uk_sock *sock)
{
	return uk_load(&UK_CONTAINER_OF(sock, struct lwip_sock, sock)->events);
}

int uk__lwip_sock_error(struct uk_sock *sock)
{
	struct lwip_sock *s = UK_CONTAINER_OF(sock, struct lwip_sock, sock);
	int error;

	uk__lwip_lock();
	error = s->error;
	s->error = 0;
	uk_store(&s->events, s->events & ~(uint32_t)UK_POLLERR);
	uk__lwip_unlock();
	return error;
}

static int create(struct uk_sock_family *family, int type, int protocol, struct uk_sock **out)
{
	int err = -ESOCKTNOSUPPORT;

	uk__lwip_lock();
	if (type == UK_SOCK_STREAM)
		err = protocol == 0 || protocol == UK_IPPROTO_TCP
			      ? uk__lwip_tcp_create(family->family, out)
			      : -EPROTONOSUPPORT;
	else if (type == UK_SOCK_DGRAM)
		err = protocol == 0 || protocol == UK_IPPROTO_UDP
			      ? uk__lwip_udp_create(family->family, out)
			      : -EPROTONOSUPPORT;
	uk__lwip_unlock();
	return err;
}

static struct uk_sock_family inet = { .family = UK_AF_INET, .create = create };
static struct uk_sock_family inet6 = { .family = UK_AF_INET6, .create = create };

static int families_init(void)
{
	int err = uk_sock_family_register(&inet);

	if (!err && LWIP_IPV6)
		err = uk_sock_family_register(&inet6);
	return err;
}

UK_INIT(SERVICE, families_init);
