/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A guard between device and network stack: what no honest neighbour sends goes no further, so
 * that the stack need not know all the lies. It keeps nothing and needs no memory. Frames to
 * ourselves, which never were on a wire, do not come here.
 *
 * Dropped are: frames of a group or of our own hardware address, or for somebody else; types but
 * IPv4, IPv6 and ARP; packets from loopback, from "this network", from a group, of a reserved
 * class or from one of our own addresses (RFC 1122, section 3.2.1.3; RFC 4291, sections 2.5 and
 * 2.7; RFC 6890), or to loopback; what is not UDP and came to all although it is for one (RFC
 * 1122, section 3.3.6); IPv6 extension headers but fragments; ICMPv6 for routers, redirects, and
 * neighbour discovery that is malformed, in fragments (RFC 6980) or from beyond a router
 * (RFC 4861, sections 6.1 and 7.1). The stack still checks lengths and sums.
 */

#include <stdbool.h>
#include <uk/defs.h>

struct uk_netguard {
	const uint8_t *mac; /* ours, 6 bytes */
	/* Whether the address (4 or 16 bytes, as on the wire) is our own, or our network's or its
	 * broadcast address: nobody else sends from there. */
	bool (*ours)(const void *arg, const uint8_t *address, size_t length);
	const void *arg;
};

/* Whether the stack shall see a frame that starts with these contiguous bytes. Any context. */
bool uk_netguard_pass(const struct uk_netguard *guard, const uint8_t *frame, size_t length);

/*
 * At most `most`, and at least half of that, in about an eighth of a second. The number varies:
 * otherwise who counts our answers learns what others do (CVE-2020-25705). The caller locks.
 */
struct uk_netguard_limit {
	uint32_t period;
	uint32_t left;
};

/* Whether one more is within the limit; now: milliseconds. */
bool uk_netguard_within(struct uk_netguard_limit *limit, uint32_t now, uint32_t most,
			uint32_t (*random)(void));
