/* SPDX-License-Identifier: BSD-3-Clause */

/* Addresses and errors between lwIP and the kernel. */

#include "port.h"

#include <lwip/def.h>
#include <string.h>

#if LWIP_IPV6
/* An IPv4 peer of an IPv6 socket is ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
static void in6(const struct uk_sockaddr_in6 *in, ip_addr_t *ip)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const uint8_t *a = (const uint8_t *)&in->sin6_addr;
	uint32_t words[4];

	if (memcmp(a, mapped, sizeof(mapped)) == 0) {
		memcpy(words, a + 12, 4);
		ip_addr_set_ip4_u32(ip, words[0]);
		return;
	}
	memcpy(words, a, sizeof(words));
	IP_ADDR6(ip, words[0], words[1], words[2], words[3]);
	ip6_addr_clear_zone(ip_2_ip6(ip));
	if (in->sin6_scope_id && ip6_addr_has_scope(ip_2_ip6(ip), IP6_UNKNOWN))
		ip6_addr_set_zone(ip_2_ip6(ip), (u8_t)in->sin6_scope_id);
}

static void out6(const ip_addr_t *ip, uint16_t port, struct uk_sockaddr_in6 *out)
{
	uint8_t *a = (uint8_t *)&out->sin6_addr;

	out->sin6_family = UK_AF_INET6;
	out->sin6_port = lwip_htons(port);
	if (IP_IS_V4_VAL(*ip) && !ip4_addr_isany_val(*ip_2_ip4(ip))) {
		a[10] = a[11] = 0xff;
		memcpy(a + 12, &ip_2_ip4(ip)->addr, 4);
	} else if (IP_IS_V6_VAL(*ip)) {
		memcpy(a, ip_2_ip6(ip)->addr, 16);
		out->sin6_scope_id = ip6_addr_zone(ip_2_ip6(ip));
	}
}
#endif

int uk__lwip_addr_in(int family, const struct uk_sockaddr_storage *addr, uint32_t len,
		     ip_addr_t *ip, uint16_t *port)
{
	memset(ip, 0, sizeof(*ip));
	if (addr->ss_family != family)
		return -EAFNOSUPPORT;
	if (family == UK_AF_INET) {
		const struct uk_sockaddr_in *in = (const void *)addr;
		uint32_t word;

		if (len < sizeof(*in))
			return -EINVAL;
		memcpy(&word, &in->sin_addr, sizeof(word));
		ip_addr_set_ip4_u32(ip, word);
		*port = lwip_ntohs(in->sin_port);
		return 0;
	}
#if LWIP_IPV6
	if (len < 24) /* without the scope: RFC 2133 */
		return -EINVAL;
	in6((const void *)addr, ip);
	*port = lwip_ntohs(((const struct uk_sockaddr_in6 *)(const void *)addr)->sin6_port);
	return 0;
#else
	return -EAFNOSUPPORT;
#endif
}

void uk__lwip_addr_out(int family, const ip_addr_t *ip, uint16_t port,
		       struct uk_sockaddr_storage *addr, uint32_t *len)
{
	memset(addr, 0, sizeof(*addr));
#if LWIP_IPV6
	if (family == UK_AF_INET6) {
		out6(ip, port, (void *)addr);
		*len = sizeof(struct uk_sockaddr_in6);
		return;
	}
#endif
	struct uk_sockaddr_in *out = (void *)addr;

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
