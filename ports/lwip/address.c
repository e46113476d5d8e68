/* SPDX-License-Identifier: BSD-3-Clause */

/* Addresses and errors between lwIP and the kernel. */

#include "port.h"

#include <lwip/def.h>
#include <string.h>

static int in4(const struct uk_sockaddr_in *in, uint32_t len, ip_addr_t *ip, uint16_t *port)
{
	uint32_t word;

	if (len < sizeof(*in))
		return -EINVAL;
	memcpy(&word, &in->sin_addr, sizeof(word));
	ip_addr_set_ip4_u32(ip, word);
	*port = lwip_ntohs(in->sin_port);
	return 0;
}

int uk__lwip_addr_in(int family, const struct uk_sockaddr_storage *addr, uint32_t len,
		     ip_addr_t *ip, uint16_t *port)
{
	memset(ip, 0, sizeof(*ip));
	if (addr->ss_family != family)
		return -EAFNOSUPPORT;
	if (family == UK_AF_INET6)
		return uk__lwip_addr6_in((const void *)addr, len, ip, port);
	return in4((const void *)addr, len, ip, port);
}

void uk__lwip_addr_out(int family, const ip_addr_t *ip, uint16_t port,
		       struct uk_sockaddr_storage *addr, uint32_t *len)
{
	struct uk_sockaddr_in *out = (void *)addr;

	memset(addr, 0, sizeof(*addr));
	if (family == UK_AF_INET6) {
		uk__lwip_addr6_out(ip, port, (void *)addr);
		*len = sizeof(struct uk_sockaddr_in6);
		return;
	}
	out->sin_family = (uint16_t)family;
	out->sin_port = lwip_htons(port);
	if (IP_IS_V4_VAL(*ip))
		memcpy(&out->sin_addr, &ip_2_ip4(ip)->addr, 4);
	*len = sizeof(*out);
}

int uk__lwip_errno(err_t err)
{
	switch (err) {
	case ERR_OK: return 0;
	case ERR_MEM: return -ENOMEM;
	case ERR_BUF: return -ENOBUFS;
	case ERR_TIMEOUT: return -ETIMEDOUT;
	case ERR_RTE: return -ENETUNREACH;
	case ERR_INPROGRESS: return -EINPROGRESS;
	case ERR_VAL: return -EINVAL;
	case ERR_WOULDBLOCK: return -EAGAIN;
	case ERR_USE: return -EADDRINUSE;
	case ERR_ALREADY: return -EALREADY;
	case ERR_ISCONN: return -EISCONN;
	case ERR_CONN: return -ENOTCONN;
	case ERR_ABRT: return -ECONNABORTED;
	case ERR_RST: return -ECONNRESET;
	case ERR_CLSD: return -ENOTCONN;
	case ERR_ARG: return -EINVAL;
	default: return -EIO;
	}
}
