/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * The first interface's addresses: from the command line, or by DHCP and router advertisements.
 * Further interfaces only ask DHCP.
 */

#include "port.h"

#include <lwip/dhcp.h>
#include <string.h>
#include <uk/log.h>
#include <uk/param.h>

#if LWIP_DHCP
static err_t ask_dhcp(struct netif *netif)
{
	return dhcp_start(netif);
}
#else
static err_t ask_dhcp(struct netif *netif)
{
	(void)netif;
	return ERR_OK;
}
#endif

ip_addr_t uk__lwip_name_servers[DNS_MAX_SERVERS];
static ip_addr_t ip4, gateway4;
static unsigned int prefix4, nservers;
static bool have4;

int uk__lwip_cut(const char *value, char *text, size_t size, unsigned int most,
		 unsigned int *length)
{
	const char *slash = strchr(value, '/');
	size_t n = slash ? (size_t)(slash - value) : strlen(value);

	*length = most;
	if (n >= size)
		return -EINVAL;
	memcpy(text, value, n);
	text[n] = '\0';
	if (!slash)
		return 0;
	*length = 0;
	for (slash++; *slash >= '0' && *slash <= '9' && *length <= most; slash++)
		*length = *length * 10 + (unsigned int)(*slash - '0');
	return *slash == '\0' && *length <= most ? 0 : -EINVAL;
}

static int set_ip(const char *value)
{
	char text[IPADDR_STRLEN_MAX];

	have4 = uk__lwip_cut(value, text, sizeof(text), 32, &prefix4) == 0 &&
		ipaddr_aton(text, &ip4) && IP_IS_V4_VAL(ip4);
	return have4 ? 0 : -EINVAL;
}

static int set_gateway(const char *value)
{
	return ipaddr_aton(value, &gateway4) && IP_IS_V4_VAL(gateway4) ? 0 : -EINVAL;
}

/* One or two, separated by a comma. */
static int set_dns(const char *value)
{
	while (*value && nservers < DNS_MAX_SERVERS) {
		char text[IPADDR_STRLEN_MAX];
		size_t n = strcspn(value, ",");

		if (n >= sizeof(text))
			return -EINVAL;
		memcpy(text, value, n);
		text[n] = '\0';
		if (!ipaddr_aton(text, &uk__lwip_name_servers[nservers++]))
			return -EINVAL;
		value += n + (value[n] == ',');
	}
	return *value ? -EINVAL : 0;
}

UK_PARAM_AS(FN, "net.ip", net_ip, set_ip, "own IPv4 address: a.b.c.d/length");
UK_PARAM_AS(FN, "net.gw", net_gw, set_gateway, "IPv4 gateway");
UK_PARAM_AS(FN, "net.dns", net_dns, set_dns, "name servers, separated by a comma");

static void setup4(struct netif *netif)
{
	ip4_addr_t mask;

	ip4_addr_set_u32(&mask, prefix4 ? lwip_htonl(~0u << (32 - prefix4)) : 0);
	netif_set_addr(netif, ip_2_ip4(&ip4), &mask, ip_2_ip4(&gateway4));
}

/* Sums that the device makes, the stack does not. */
static void setup_checksums(struct uk__lwip_port *port)
{
	u16_t flags = NETIF_CHECKSUM_ENABLE_ALL;

	if (port->dev->features & UK_NETDEV_TX_CSUM)
		flags &= (u16_t)~NETIF_CHECKSUM_GEN_TCP;
	NETIF_SET_CHECKSUM_CTRL(&port->netif, flags);
}

void uk__lwip_setup(struct uk__lwip_port *port)
{
	struct netif *netif = &port->netif;
	bool first = netif == netif_default;

	setup_checksums(port);
	netif_set_up(netif);
	uk__lwip_setup6(netif, first);
	if (first && have4) {
		setup4(netif);
		return;
	}
	if (LWIP_DHCP && ask_dhcp(netif) != ERR_OK)
		uk_err("DHCP cannot start: no memory");
}

bool uk__lwip_setup_done(const struct uk__lwip_port *port)
{
	return !LWIP_DHCP || !ip4_addr_isany(netif_ip4_addr(&port->netif));
}
