/* SPDX-License-Identifier: BSD-3-Clause */

/* What is different with IPv6: addresses of sockets and of the interface. */

#include "hooks.h"
#include "port.h"

#include <lwip/ethip6.h>
#include <lwip/inet_chksum.h>
#include <lwip/nd6.h>
#include <lwip/prot/tcp.h>
#include <string.h>
#include <uk/param.h>

#define ADDRESS_LEN_MIN 24 /* without the scope: RFC 2133 */

static ip_addr_t ip6;
static bool have6;

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

void uk__lwip_addr6_out(const ip_addr_t *ip, uint16_t port, struct uk_sockaddr_in6 *out)
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

int uk__lwip_addr6_in(const struct uk_sockaddr_in6 *addr, uint32_t len, ip_addr_t *ip,
		      uint16_t *port)
{
	if (len < ADDRESS_LEN_MIN)
		return -EINVAL;
	in6(addr, ip);
	*port = lwip_ntohs(addr->sin6_port);
	return 0;
}

/* The wildcard of an IPv6 socket is both families' unless it said otherwise. */
const ip_addr_t *uk__lwip_wildcard6(bool v6only)
{
	return v6only ? IP6_ADDR_ANY : IP_ANY_TYPE;
}

static int set_ip6(const char *value)
{
	char text[IPADDR_STRLEN_MAX];
	unsigned int length;

	have6 = uk__lwip_cut(value, text, sizeof(text), 128, &length) == 0 && length == 64 &&
		ipaddr_aton(text, &ip6) && IP_IS_V6_VAL(ip6);
	return have6 ? 0 : -EINVAL;
}

UK_PARAM_AS(FN, "net.ip6", net_ip6, set_ip6, "own IPv6 address: a:b::c/64");

void uk__lwip_setup6(struct netif *netif, bool first)
{
	netif->output_ip6 = ethip6_output;
	netif_create_ip6_linklocal_address(netif, 1);
	netif_set_ip6_autoconfig_enabled(netif, 1);
	if (first && have6) {
		netif_ip6_addr_set(netif, 1, ip_2_ip6(&ip6));
		/* Given by a person: no need to ask whether somebody else has it. */
		netif_ip6_addr_set_state(netif, 1, IP6_ADDR_PREFERRED);
	}
}

bool uk__lwip_own6(const struct netif *netif, const uint8_t *address)
{
	for (int i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
		if (ip6_addr_isvalid(netif_ip6_addr_state(netif, i)) &&
		    memcmp(netif_ip6_addr(netif, i)->addr, address, 16) == 0)
			return true;
	return false;
}

void uk__lwip_sum_tcp6(struct pbuf *p, struct netif *netif)
{
	const struct ip6_hdr *h = p->payload;
	struct tcp_hdr *tcp = (void *)((char *)p->payload + IP6_HLEN);
	ip6_addr_t from, to;

	if ((netif->chksum_flags & NETIF_CHECKSUM_GEN_TCP) || p->len < IP6_HLEN + TCP_HLEN ||
	    IP6H_NEXTH(h) != IP6_NEXTH_TCP)
		return;
	ip6_addr_copy_from_packed(from, h->src);
	ip6_addr_copy_from_packed(to, h->dest);
	tcp->chksum = 0;
	pbuf_remove_header(p, IP6_HLEN);
	tcp->chksum = ip6_chksum_pseudo(p, IP6_NEXTH_TCP, p->tot_len, &from, &to);
	pbuf_add_header(p, IP6_HLEN);
}
