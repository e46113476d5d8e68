/* SPDX-License-Identifier: BSD-3-Clause */

/* What a DHCP server may tell us (RFC 2131, RFC 2132). */

#include "hooks.h"
#include "port.h"

#include <lwip/def.h>
#include <uk/log.h>

/* Not "this network", loopback, a group or reserved; and in its network neither the first nor the
 * last, which are not for hosts. */
int uk__lwip_dhcp_address(uint32_t address, uint32_t mask)
{
	uint32_t host = lwip_ntohl(address), rest = ~lwip_ntohl(mask);

	if (host >> 24 == 0 || host >> 24 == 127 || host >> 24 >= 224)
		return 0;
	if (!mask)
		return 1;
	/* A mask is ones, then zeros. */
	return (rest & (rest + 1)) == 0 &&
	       (rest < 3 || ((host & rest) != 0 && (host & rest) != rest));
}

void dns_setserver(uint8_t n, const ip_addr_t *server)
{
	if (uk__lwip_dhcp_address(ip_2_ip4(server)->addr, 0))
		uk__lwip_name_servers[n] = *server;
}

int uk__lwip_dhcp_gateway(const ip4_addr_t *address, const ip4_addr_t *mask,
			  const ip4_addr_t *gateway)
{
	if (ip4_addr_isany(gateway))
		return 1;
	if (ip4_addr_netcmp(address, gateway, mask) && !ip4_addr_cmp(address, gateway) &&
	    uk__lwip_dhcp_address(gateway->addr, mask->addr))
		return 1;
	uk_warn("DHCP: the gateway is outside of the network, and not used");
	return 0;
}
