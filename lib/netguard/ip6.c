/* SPDX-License-Identifier: BSD-3-Clause */

/* IPv6 (RFC 8200), ICMPv6 (RFC 4443) and neighbour discovery (RFC 4861). */

#include "internal.h"

#include <uk/string.h>

#define IP6_LEN      40u
#define FRAGMENT_LEN 8u

#define PROTOCOL_FRAGMENT 44
#define PROTOCOL_ICMP6    58

enum { ROUTER_SOLICIT = 133, ROUTER_ADVERT, SOLICIT, ADVERT, REDIRECT };

static const uint8_t zeros[16];

/* Loopback, unspecified, IPv4-mapped and IPv4-compatible: nothing of it is on a wire. */
static bool is_special(const uint8_t *a)
{
	return memcmp(a, zeros, 10) == 0;
}

static bool is_discovery(uint8_t type)
{
	return type >= ROUTER_SOLICIT && type <= REDIRECT;
}

/* Options have a length and fit; the first of an NS or NA that has a sender is his address. */
static bool options_fit(const uint8_t *option, const uint8_t *end, uint8_t first)
{
	while (option < end) {
		size_t n = end - option >= 2 ? option[1] * 8u : 0;

		if (n == 0 || n > (size_t)(end - option))
			return false;
		if ((first && option[0] != first) || ((option[0] == 1 || option[0] == 2) && n != 8))
			return false;
		first = 0;
		option += n;
	}
	return true;
}

static bool pass_discovery(const uint8_t *ip, const uint8_t *end)
{
	const uint8_t *icmp = ip + IP6_LEN, *target = icmp + 8;
	bool anonymous = memcmp(ip + 8, zeros, 16) == 0;

	if (ip[7] != 255 || end - icmp < 16 || icmp[1] != 0)
		return false;
	if (icmp[0] == ROUTER_ADVERT)
		return !anonymous && options_fit(icmp + 16, end, 0);
	if (icmp[0] != SOLICIT && icmp[0] != ADVERT)
		return false;
	if (end - icmp < 24 || target[0] == 0xff || is_special(target))
		return false;
	return options_fit(icmp + 24, end, anonymous ? 0 : icmp[0] == SOLICIT ? 1 : 2);
}

static bool pass_upper(const uint8_t *ip, const uint8_t *end)
{
	const uint8_t *next = ip + IP6_LEN;

	switch (ip[6]) {
	case PROTOCOL_TCP:
	case PROTOCOL_UDP: return true;
	case PROTOCOL_ICMP6:
		return end - next >= 8 && (!is_discovery(next[0]) || pass_discovery(ip, end));
	case PROTOCOL_FRAGMENT:
		if (end - next <= (int)FRAGMENT_LEN)
			return false;
		if (next[0] == PROTOCOL_TCP || next[0] == PROTOCOL_UDP)
			return true;
		return next[0] == PROTOCOL_ICMP6 &&
		       (next[2] || next[3] & 0xf8 || !is_discovery(next[FRAGMENT_LEN]));
	default: return false;
	}
}

/* From nowhere come only questions whether an address is free (RFC 4862, section 5.4). */
static bool bad_source6(const struct uk_netguard *guard, const uint8_t *ip, size_t length)
{
	const uint8_t *a = ip + 8;

	if (memcmp(a, zeros, 16) == 0)
		return length < IP6_LEN + 24 || ip[6] != PROTOCOL_ICMP6 || ip[IP6_LEN] != SOLICIT;
	return a[0] == 0xff || is_special(a) || guard->ours(guard->arg, a, 16);
}

bool uk__netguard_pass6(const struct uk_netguard *guard, const uint8_t *ip, size_t length,
			bool group)
{
	size_t payload;

	if (length < IP6_LEN || bad_source6(guard, ip, length) || is_special(ip + 24) ||
	    (group && ip[24] != 0xff))
		return false;
	payload = (size_t)(ip[4] << 8 | ip[5]);
	if (payload > length - IP6_LEN)
		return false;
	return pass_upper(ip, ip + IP6_LEN + payload);
}
