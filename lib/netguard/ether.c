/* SPDX-License-Identifier: BSD-3-Clause */

/* Ethernet, ARP (RFC 826) and IPv4. */

#include "internal.h"

#include <uk/string.h>

#define ETHER_LEN 14u
#define ARP_LEN   28u
#define IP4_LEN   20u

static bool bad_source4(const struct uk_netguard *guard, const uint8_t *a)
{
	return a[0] == 0 || a[0] == 127 || a[0] >= 224 || guard->ours(guard->arg, a, 4);
}

/* A sender of 0.0.0.0 asks whether an address is free (RFC 5227, section 2.1.1). */
static bool pass_arp(const struct uk_netguard *guard, const uint8_t *arp, size_t length)
{
	static const uint8_t none[4];
	const uint8_t *mac = arp + 8, *sender = arp + 14;

	if (length < ARP_LEN || (mac[0] & 1) || memcmp(mac, guard->mac, 6) == 0)
		return false;
	return memcmp(sender, none, 4) == 0 || !bad_source4(guard, sender);
}

static bool pass4(const struct uk_netguard *guard, const uint8_t *ip, size_t length, bool group)
{
	const uint8_t *dest = ip + 16;

	if (length < IP4_LEN || bad_source4(guard, ip + 12) || dest[0] == 0 || dest[0] == 127)
		return false;
	return !group || ip[9] == PROTOCOL_UDP || dest[0] >= 224;
}

bool uk_netguard_pass(const struct uk_netguard *guard, const uint8_t *frame, size_t length)
{
	bool group;

	if (length < ETHER_LEN)
		return false;
	group = frame[0] & 1;
	if ((frame[6] & 1) || memcmp(frame + 6, guard->mac, 6) == 0 ||
	    (!group && memcmp(frame, guard->mac, 6) != 0))
		return false;
	length -= ETHER_LEN;
	switch (frame[12] << 8 | frame[13]) {
	case 0x0800: return pass4(guard, frame + ETHER_LEN, length, group);
	case 0x0806: return pass_arp(guard, frame + ETHER_LEN, length);
	case 0x86dd: return uk__netguard_pass6(guard, frame + ETHER_LEN, length, group);
	default: return false;
	}
}
