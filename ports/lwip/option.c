/* SPDX-License-Identifier: BSD-3-Clause */

/* Socket options. What would have no effect is refused, not swallowed. */

#include "sock.h"

#include <lwip/priv/tcp_priv.h>

/* The part that all kinds of control blocks share, or NULL when lwIP has freed it. */
static struct ip_pcb *pcb_of(struct uk_sock *sock)
{
	return sock->type == UK_SOCK_STREAM ? (struct ip_pcb *)tcp_of(sock)->pcb
					    : (struct ip_pcb *)udp_of(sock)->pcb;
}

static u8_t flag_of(int name)
{
	switch (name) {
	case UK_SO_REUSEADDR: return SOF_REUSEADDR;
	case UK_SO_KEEPALIVE: return SOF_KEEPALIVE;
	case UK_SO_BROADCAST: return SOF_BROADCAST;
	default: return 0;
	}
}

static int set_socket(struct uk_sock *sock, struct ip_pcb *pcb, int name, int value)
{
	u8_t flag = flag_of(name);

	if (flag) {
		if (value)
			ip_set_option(pcb, flag);
		else
			ip_reset_option(pcb, flag);
		return 0;
	}
	/* Buffers are those of the configuration: asking for less is granted, more is not. */
	if (name == UK_SO_RCVBUF || name == UK_SO_SNDBUF)
		return value > 0 && value <= TCP_WND ? 0 : value > 0 ? -ENOBUFS : -EINVAL;
	(void)sock;
	return -ENOPROTOOPT;
}

/* Closing can throw the connection away, but not wait. */
static int set_linger(struct uk_sock *sock, const struct uk_linger *linger, uint32_t len)
{
	if (len < sizeof(*linger))
		return -EINVAL;
	if (sock->type != UK_SOCK_STREAM || (linger->l_onoff && linger->l_linger != 0))
		return -ENOPROTOOPT;
	tcp_of(sock)->reset = linger->l_onoff != 0;
	return 0;
}

static int set_listener(struct tcp_sock *t, int name, int value)
{
	if (name != UK_TCP_NODELAY)
		return -ENOPROTOOPT;
	t->nodelay = value != 0;
	return 0;
}

static int set_tcp(struct tcp_sock *t, int name, int value)
{
	struct tcp_pcb *pcb = t->pcb;

	if (pcb->state == LISTEN)
		return set_listener(t, name, value);
	if (name != UK_TCP_NODELAY && (value < 1 || value > 32767))
		return -EINVAL;
	switch (name) {
	case UK_TCP_NODELAY:
		if (value)
			tcp_nagle_disable(pcb);
		else
			tcp_nagle_enable(pcb);
		return 0;
	case UK_TCP_KEEPIDLE: pcb->keep_idle = (u32_t)value * 1000; return 0;
	case UK_TCP_KEEPINTVL: pcb->keep_intvl = (u32_t)value * 1000; return 0;
	case UK_TCP_KEEPCNT: pcb->keep_cnt = (u32_t)value; return 0;
	default: return -ENOPROTOOPT;
	}
}

static uint16_t local_port(struct uk_sock *sock)
{
	return sock->type == UK_SOCK_STREAM ? tcp_of(sock)->pcb->local_port
					    : udp_of(sock)->pcb->local_port;
}

static int set_ip(struct uk_sock *sock, struct ip_pcb *pcb, int level, int name, int value)
{
	if (level == UK_IPPROTO_IPV6 && sock->family != UK_AF_INET6)
		return -ENOPROTOOPT;
	if (level == UK_IPPROTO_IPV6 && name == UK_IPV6_V6ONLY) {
		if (local_port(sock) != 0)
			return -EINVAL; /* it has its address, and of what kind that is */
		UK_CONTAINER_OF(sock, struct lwip_sock, sock)->v6only = value != 0;
		return 0;
	}
	if ((level == UK_IPPROTO_IP && name == UK_IP_TTL) ||
	    (level == UK_IPPROTO_IPV6 && name == UK_IPV6_UNICAST_HOPS)) {
		if (value < 1 || value > 255)
			return -EINVAL;
		pcb->ttl = (u8_t)value;
		return 0;
	}
	if (level == UK_IPPROTO_IP && name == UK_IP_TOS) {
		pcb->tos = (u8_t)value;
		return 0;
	}
	return -ENOPROTOOPT;
}

static int do_set(struct uk_sock *sock, int level, int name, int value)
{
	struct ip_pcb *pcb = pcb_of(sock);

	if (!pcb)
		return -EINVAL;
	if (level == UK_SOL_SOCKET)
		return set_socket(sock, pcb, name, value);
	if (level == UK_IPPROTO_TCP && sock->type == UK_SOCK_STREAM)
		return set_tcp(tcp_of(sock), name, value);
	return set_ip(sock, pcb, level, name, value);
}

int uk__lwip_setopt(struct uk_sock *sock, int level, int name, const void *val, uint32_t len)
{
	int err;

	if (len < sizeof(int32_t))
		return -EINVAL;
	uk__lwip_lock();
	if (level == UK_SOL_SOCKET && name == UK_SO_LINGER)
		err = set_linger(sock, val, len);
	else
		err = do_set(sock, level, name, *(const int32_t *)val);
	uk__lwip_unlock();
	return err;
}

static int get_tcp(const struct tcp_pcb *pcb, int name, int32_t *value)
{
	if (pcb->state == LISTEN)
		return -ENOPROTOOPT;
	switch (name) {
	case UK_TCP_NODELAY: *value = tcp_nagle_disabled(pcb); return 0;
	case UK_TCP_MAXSEG: *value = tcp_mss(pcb); return 0;
	case UK_TCP_KEEPIDLE: *value = (int32_t)(pcb->keep_idle / 1000); return 0;
	case UK_TCP_KEEPINTVL: *value = (int32_t)(pcb->keep_intvl / 1000); return 0;
	case UK_TCP_KEEPCNT: *value = (int32_t)pcb->keep_cnt; return 0;
	default: return -ENOPROTOOPT;
	}
}

static int get_socket(struct uk_sock *sock, const struct ip_pcb *pcb, int name, int32_t *value)
{
	u8_t flag = flag_of(name);

	if (flag)
		*value = ip_get_option(pcb, flag) != 0;
	else if (name == UK_SO_RCVBUF || name == UK_SO_SNDBUF)
		*value = TCP_WND;
	else if (name == UK_SO_ACCEPTCONN)
		*value = sock->type == UK_SOCK_STREAM && tcp_of(sock)->state == STREAM_LISTENING;
	else
		return -ENOPROTOOPT;
	return 0;
}

static int do_get(struct uk_sock *sock, int level, int name, int32_t *value)
{
	const struct ip_pcb *pcb = pcb_of(sock);

	if (!pcb)
		return -EINVAL;
	if (level == UK_SOL_SOCKET)
		return get_socket(sock, pcb, name, value);
	if (level == UK_IPPROTO_TCP && sock->type == UK_SOCK_STREAM)
		return get_tcp(tcp_of(sock)->pcb, name, value);
	if (level == UK_IPPROTO_IPV6 && name == UK_IPV6_V6ONLY && sock->family == UK_AF_INET6)
		*value = UK_CONTAINER_OF(sock, struct lwip_sock, sock)->v6only;
	else if (level == UK_IPPROTO_IP && name == UK_IP_TTL)
		*value = pcb->ttl;
	else if (level == UK_IPPROTO_IP && name == UK_IP_TOS)
		*value = pcb->tos;
	else
		return -ENOPROTOOPT;
	return 0;
}

int uk__lwip_getopt(struct uk_sock *sock, int level, int name, void *val, uint32_t *len)
{
	int err;

	if (*len < sizeof(int32_t))
		return -EINVAL;
	uk__lwip_lock();
	err = do_get(sock, level, name, val);
	uk__lwip_unlock();
	*len = sizeof(int32_t);
	return err;
}
