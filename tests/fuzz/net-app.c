/* SPDX-License-Identifier: BSD-3-Clause */
/* See net.h: the application's side of the sockets. */

#include "net.h"
#include "ports/lwip/sock.h"

#include <uk/errno.h>
#include <uk/file.h>

#define SOCKS 10u /* the first listens, the second is UDP's */

static struct uk_sock *socks[SOCKS];

static const struct uk_sockaddr_storage *address(uint16_t port, bool peer, bool v6)
{
	static union {
		struct uk_sockaddr_in in;
		struct uk_sockaddr_in6 in6;
		struct uk_sockaddr_storage any;
	} a;

	memset(&a, 0, sizeof(a));
	a.in6.sin6_family = UK_AF_INET6;
	a.in6.sin6_port = __builtin_bswap16(port);
	if (peer && v6)
		memcpy(&a.in6.sin6_addr, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
	else if (peer)
		memcpy(&a.in6.sin6_addr, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\x01", 16);
	return &a.any;
}

static struct uk_sock *create(bool stream)
{
	struct uk_sock *sock = NULL;

	uk__lwip_lock();
	if (stream)
		(void)uk__lwip_tcp_create(UK_AF_INET6, &sock);
	else
		(void)uk__lwip_udp_create(UK_AF_INET6, &sock);
	uk__lwip_unlock();
	return sock;
}

void net_open(void)
{
	const uint32_t len = sizeof(struct uk_sockaddr_in6);

	memset(socks, 0, sizeof(socks));
	socks[0] = create(true);
	socks[1] = create(false);
	MUST(socks[0] && socks[1]);
	MUST(socks[0]->ops->bind(socks[0], address(80, false, false), len) == 0);
	MUST(socks[0]->ops->listen(socks[0], 4) == 0);
	MUST(socks[1]->ops->bind(socks[1], address(7, false, false), len) == 0);
}

static void close_one(unsigned int i)
{
	if (socks[i])
		socks[i]->ops->close(socks[i]);
	socks[i] = NULL;
}

void net_close(void)
{
	for (unsigned int i = 0; i < SOCKS; i++)
		close_one(SOCKS - 1 - i);
}

static void accept_one(unsigned int i)
{
	if (!socks[i] && socks[0] && socks[0]->ops->accept(socks[0], &socks[i]) != 0)
		socks[i] = NULL;
}

static void connect_one(unsigned int i, struct input *in)
{
	uint8_t how = in8(in);

	if (!socks[i])
		socks[i] = create(true);
	if (socks[i])
		(void)socks[i]->ops->connect(socks[i], address(1000 + how, true, how & 1),
					     sizeof(struct uk_sockaddr_in6));
}

static void receive_some(struct uk_sock *sock, struct input *in)
{
	size_t n = (size_t)in8(in) * 16;
	struct uk_sock_msg msg = { .flags = in8(in) & UK_MSG_PEEK };
	char *buf = malloc(n + 1);
	long got;

	if (!buf || uk_file_iter_buffer(&msg.data, buf, n))
		abort();
	got = sock->ops->recv(sock, &msg);
	MUST(got <= (long)n);
	if (got > 0)
		touch(buf, (size_t)got);
	free(buf);
}

static void send_some(struct uk_sock *sock, struct input *in)
{
	static char data[65536];
	size_t n = (size_t)in8(in) * (sock->type == UK_SOCK_STREAM ? 256 : 16);
	struct uk_sock_msg msg = { .flags = in8(in) & UK_MSG_MORE };

	if (uk_file_iter_buffer(&msg.data, data, n))
		abort();
	if (sock->type != UK_SOCK_STREAM) {
		msg.addr = *address(7000, true, n & 16);
		msg.addr_len = sizeof(struct uk_sockaddr_in6);
	}
	MUST(sock->ops->send(sock, &msg) <= (long)n);
}

static void other(struct uk_sock *sock, struct input *in)
{
	struct uk_sockaddr_storage addr = { 0 };
	uint32_t len = sizeof(addr);
	int32_t on = 1;

	switch (in8(in) % 5) {
	case 0: (void)sock->ops->shutdown(sock, in8(in) % 3); break;
	case 1: (void)sock->ops->name(sock, &addr, &len, in8(in) & 1); break;
	case 2: (void)sock->ops->error(sock); break;
	case 3: (void)sock->ops->pending(sock); break;
	default:
		(void)sock->ops->setopt(sock, in8(in) & 1 ? UK_SOL_SOCKET : UK_IPPROTO_TCP, in8(in),
					&on, sizeof(on));
	}
	(void)sock->ops->poll(sock);
}

void net_app(struct input *in)
{
	uint8_t op = in8(in), i = in8(in) % SOCKS;

	switch (op % 8) {
	case 0: accept_one(2 + i % (SOCKS - 2)); return;
	case 1: connect_one(2 + i % (SOCKS - 2), in); return;
	case 2:
		if (i > 1)
			close_one(i);
		return;
	default: break;
	}
	if (!socks[i])
		return;
	if (op % 8 < 5)
		receive_some(socks[i], in);
	else if (op % 8 < 7)
		send_some(socks[i], in);
	else
		other(socks[i], in);
}
