/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Answers that are counted, and SYN cookies: 29 bits of a keyed hash of the connection, the
 * client's sequence number and the time, and 3 bits that name an MSS.
 */

#include "hooks.h"
#include "port.h"

#include <lwip/ip.h>
#include <lwip/prot/tcp.h>
#include <lwip/sys.h>
#include <uk/clock.h>
#include <uk/netguard.h>

#define PERIOD_NS (64 * (uk_nsec_t)UK_NSEC_PER_SEC) /* a cookie is good for one to two */
#define SIZE_BITS 7u

static const uint16_t sizes[] = { TCP_MSS_MIN, 216, 536, 1024, 1220, 1360, 1440, TCP_MSS };
UK_STATIC_ASSERT(UK_ARRAY_SIZE(sizes) == SIZE_BITS + 1);

static uint32_t last_baked; /* period; 0: never. Under the core lock */

/* Not 0, which is the purpose of sequence numbers. */
static uint32_t period_now(void)
{
	return (uint32_t)(uk_clock_now() / PERIOD_NS) + 1;
}

static uint32_t bake(const struct tcp_hdr *tcp, uint32_t seqno, uint32_t period)
{
	struct uk__lwip_ends ends = { ip_current_dest_addr(), ip_current_src_addr(), tcp->dest,
				      tcp->src };

	return (uint32_t)uk__lwip_hash(&ends, (uint64_t)period << 32 | seqno) & ~SIZE_BITS;
}

uint32_t uk__lwip_cookie(const struct tcp_hdr *syn, uint16_t mss)
{
	unsigned int i = SIZE_BITS;

	while (i > 0 && sizes[i] > mss)
		i--;
	last_baked = period_now();
	return bake(syn, syn->seqno, last_baked) | i;
}

uint16_t uk__lwip_cookie_mss(const struct tcp_hdr *ack)
{
	uint32_t cookie = ack->ackno - 1, period = period_now();

	/* Where none was given lately, none can be guessed. */
	if (!last_baked || period - last_baked > 1)
		return 0;
	for (int age = 0; age < 2; age++)
		if (bake(ack, ack->seqno - 1, period - (uint32_t)age) == (cookie & ~SIZE_BITS))
			return sizes[cookie & SIZE_BITS];
	return 0;
}

int uk__lwip_may_send(enum uk__lwip_answer kind)
{
	/* In an eighth of a second. */
	static const uint8_t most[] = {
		[UK__LWIP_ECHO] = 128, [UK__LWIP_ERROR] = 16, [UK__LWIP_RST] = 128
	};
	static struct uk_netguard_limit limits[UK__LWIP_ANSWERS];

	return uk_netguard_within(&limits[kind], sys_now(), most[kind], uk__lwip_random);
}
