/* SPDX-License-Identifier: BSD-3-Clause */
/* See net.h: the device, the clock, the memory and the life of an interface. */

#include "net.h"
/* How much memory the stack has, and numbers in store, are in variables of their own. */
#include "ports/lwip/heap.c"
#include "ports/lwip/random.c"

#include <lwip/dhcp.h>
#include <lwip/init.h>
#include <lwip/ip4_frag.h>
#include <lwip/ip6_frag.h>
#include <lwip/priv/tcp_priv.h>
#include <malloc.h>
#include <uk/boot.h>
#include <uk/param.h>
#include <uk/thread.h>

#define FRAME_MAX 1600u
#define STEP_MS   250u

uint32_t net_dhcp_xid;
struct net_flow net_flows[NET_FLOWS];

static uk_nsec_t now;
static unsigned int fail_in;
static uint64_t random_state;
static struct uk_netbuf *pending;

/* --- what the stack asks of the kernel --------------------------------------------------- */

uk_nsec_t uk_clock_now(void)
{
	return now;
}

static bool fails(void)
{
	return fail_in && --fail_in == 0;
}

void net_fail_nth(unsigned int n)
{
	fail_in = n;
}

void *uk_heap_alloc(size_t size)
{
	return fails() ? NULL : malloc(size);
}

void *uk_heap_zalloc(size_t n, size_t size)
{
	return fails() ? NULL : calloc(n, size);
}

void uk_heap_free(void *ptr)
{
	free(ptr);
}

size_t uk_heap_usable_size(void *ptr)
{
	return malloc_usable_size(ptr);
}

/* The same numbers for the same input, or a finding would not repeat. */
int uk_rng_bytes(void *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		random_state = random_state * 6364136223846793005u + 1442695040888963407u;
		((uint8_t *)buf)[i] = (uint8_t)(random_state >> 40);
	}
	return 0;
}

int uk_thread_create(const struct uk_thread_attr *attr, void (*fn)(void *), void *arg,
		     struct uk_thread **out)
{
	(void)attr, (void)fn, (void)arg, (void)out;
	return 0;
}

void uk_thread_sleep_until(uk_nsec_t deadline)
{
	now = deadline;
}

uk_noreturn void uk_boot_fail(const char *fmt, ...)
{
	fprintf(stderr, "%s\n", fmt);
	abort();
}

/* --- the device ---------------------------------------------------------------------------- */

struct heads {
	uint8_t to[6], from[6];
	uint16_t type;
	union {
		struct {
			uint8_t version, tos;
			uint16_t length, id, frag;
			uint8_t ttl, proto;
			uint16_t sum;
			uint8_t from[4], to[4];
		} uk_packed ip4;
		struct {
			uint32_t version;
			uint16_t length;
			uint8_t next, hops, from[16], to[16];
		} uk_packed ip6;
	};
} uk_packed;

#define HEAD4 (14u + 20u)
#define HEAD6 (14u + 40u)

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static struct net_flow *flow_of(bool v6, uint16_t guest, uint16_t peer)
{
	static unsigned int oldest;
	struct net_flow *f;

	for (f = net_flows; f < net_flows + NET_FLOWS; f++) {
		if (f->used && f->v6 == v6 && f->guest == guest && f->peer == peer)
			return f;
	}
	for (f = net_flows; f < net_flows + NET_FLOWS; f++) {
		if (!f->used)
			break;
	}
	if (f == net_flows + NET_FLOWS)
		f = &net_flows[oldest++ % NET_FLOWS];
	*f = (struct net_flow){ .used = true, .v6 = v6, .guest = guest, .peer = peer };
	return f;
}

static void saw_tcp(bool v6, const uint8_t *tcp, size_t n)
{
	struct net_flow *f;
	size_t head;

	if (n < 20)
		return;
	head = (size_t)(tcp[12] >> 4) * 4;
	MUST(head >= 20 && head <= n);
	f = flow_of(v6, be16(tcp), be16(tcp + 2));
	/* SYN and FIN count as a byte each. */
	f->next = be32(tcp + 4) + (uint32_t)(n - head) + (tcp[13] & 1) + (tcp[13] >> 1 & 1);
	f->ack = be32(tcp + 8);
}

/* What goes out is well formed, whatever came in. */
static void saw(const uint8_t *frame, size_t n)
{
	const uint8_t *ip = frame + 14;

	MUST(n >= 14 && n <= FRAME_MAX);
	if (be16(frame + 12) == 0x0800) {
		size_t head = (size_t)(ip[0] & 15) * 4, len = be16(ip + 2);

		MUST(n >= HEAD4 && ip[0] >> 4 == 4 && head >= 20 && len >= head && len <= n - 14);
		if (be16(ip + 6) & 0x3fff)
			return;
		if (ip[9] == 6)
			saw_tcp(false, ip + head, len - head);
		if (ip[9] == 17 && len - head >= 16 && be16(ip + head + 2) == 67)
			memcpy(&net_dhcp_xid, ip + head + 12, 4);
	} else if (be16(frame + 12) == 0x86dd) {
		MUST(n >= HEAD6 && ip[0] >> 4 == 6 && be16(ip + 4) <= n - HEAD6);
		if (ip[6] == 6)
			saw_tcp(true, ip + 40, be16(ip + 4));
	}
}

static int tx_burst(struct uk_netdev *dev, unsigned int queue, struct uk_netbuf **bufs,
		    unsigned int n)
{
	static uint8_t frame[65536];

	(void)dev, (void)queue;
	for (unsigned int i = 0; i < n; i++) {
		saw(frame, uk_netbuf_read(bufs[i], 0, frame, sizeof(frame)));
		uk_netbuf_put(bufs[i]);
	}
	return (int)n;
}

static int rx_burst(struct uk_netdev *dev, unsigned int queue, struct uk_netbuf **bufs,
		    unsigned int n)
{
	(void)dev, (void)queue;
	if (!pending || n == 0)
		return 0;
	bufs[0] = pending;
	pending = NULL;
	return 1;
}

static int start(struct uk_netdev *dev, const struct uk_netdev_conf *conf)
{
	(void)dev, (void)conf;
	return 0;
}

static int tx_reclaim(struct uk_netdev *dev, unsigned int queue)
{
	(void)dev, (void)queue;
	return 0;
}

static int irq_enable(struct uk_netdev *dev, enum uk_netdev_event event, unsigned int queue)
{
	(void)dev, (void)event, (void)queue;
	return 0;
}

static const struct uk_netdev_ops ops = {
	.start = start,
	.rx_burst = rx_burst,
	.tx_burst = tx_burst,
	.tx_reclaim = tx_reclaim,
	.irq_enable = irq_enable,
};

static struct uk_netdev dev = {
	.ops = &ops,
	.driver = "fuzz",
	.mac = { 0x52, 0x54, 0, 0, 0, NET_GUEST },
	.mtu = 1500,
	.tx_headroom = 12,
	.tx_segments = 18,
	.max_rx_queues = 1,
	.max_tx_queues = 1,
};

static void release(struct uk_netbuf *nb, void *arg)
{
	free(nb->start);
	free(nb);
	(void)arg;
}

void net_receive(const void *frame, size_t n, bool vouched)
{
	struct uk_netbuf *nb = malloc(sizeof(*nb));
	uint8_t *copy = malloc(n);

	if (n == 0 || n > FRAME_MAX) {
		free(nb);
		free(copy);
		return;
	}
	memcpy(copy, frame, n);
	uk_netbuf_init(nb, copy, n, 0);
	nb->len = (uint32_t)n;
	nb->release = release;
	nb->flags = vouched ? UK_NETBUF_CSUM_VALID : 0;
	pending = nb;
	uk__lwip_poll();
	MUST(!pending);
}

void net_wait(unsigned int ms)
{
	while (ms) {
		unsigned int step = ms < STEP_MS ? ms : STEP_MS;

		now += (uk_nsec_t)step * (uk_nsec_t)UK_NSEC_PER_MSEC;
		ms -= step;
		uk__lwip_poll();
	}
}

/* --- packets --------------------------------------------------------------------------------- */

static void to_guest(struct heads *h, uint16_t type)
{
	memcpy(h->to, "\x52\x54\0\0\0\x02", 6);
	memcpy(h->from, "\x52\x54\0\0\0\x01", 6);
	h->type = __builtin_bswap16(type);
}

static void receive(const struct heads *h, size_t head, const void *payload, size_t n)
{
	uint8_t frame[FRAME_MAX];

	n = UK_MIN(n, sizeof(frame) - head);
	memcpy(frame, h, head);
	if (n)
		memcpy(frame + head, payload, n);
	net_receive(frame, head + n, true);
}

void net_receive_ip4(uint8_t proto, uint16_t frag, const void *payload, size_t n)
{
	static const uint8_t from[] = { 10, 0, 0, NET_PEER }, to[] = { 10, 0, 0, NET_GUEST };
	struct heads h;

	to_guest(&h, 0x0800);
	h.ip4.version = 0x45;
	h.ip4.tos = 0;
	h.ip4.length = __builtin_bswap16((uint16_t)(20 + n));
	h.ip4.id = 0x1234;
	h.ip4.frag = __builtin_bswap16(frag);
	h.ip4.ttl = 64;
	h.ip4.proto = proto;
	h.ip4.sum = 0;
	memcpy(h.ip4.from, from, 4);
	memcpy(h.ip4.to, to, 4);
	receive(&h, HEAD4, payload, n);
}

void net_receive_ip6(uint8_t next, uint8_t how, const void *payload, size_t n)
{
	static const uint8_t from[4][16] = {
		{ 0xfd, [15] = NET_PEER }, { 0xfe, 0x80, [15] = NET_PEER }, { 0 }, { 0x20, 1 }
	};
	static const uint8_t to[4][16] = {
		{ 0xfd, [15] = NET_GUEST },
		{ 0xff, 2, [15] = 1 }, /* all nodes */
		{ 0xff, 2, [11] = 1, 0xff, [15] = NET_GUEST },
		{ 0xfe, 0x80, [8] = 0x50, 0x54, 0, 0xff, 0xfe, 0, 0, NET_GUEST },
	};
	struct heads h;

	to_guest(&h, 0x86dd);
	h.ip6.version = 0x60;
	h.ip6.length = __builtin_bswap16((uint16_t)n);
	h.ip6.next = next;
	h.ip6.hops = 255;
	memcpy(h.ip6.from, from[how & 3], 16);
	memcpy(h.ip6.to, to[how >> 2 & 3], 16);
	receive(&h, HEAD6, payload, n);
}

/* Who asks is known: ARP and neighbour discovery. */
static void meet_peer(void)
{
	static const uint8_t arp[] = {
		0x52, 0x54, 0,    0, 0, 2, 0x52, 0x54, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0,  6, 4, 0,
		1,    0x52, 0x54, 0, 0, 0, 1,    10,   0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2,
	};
	static const uint8_t ask[] = {
		135, 0, 0, 0, 0, 0, 0, 0, 0xfd, 0, 0,    0,    0, 0, 0, 0,
		0,   0, 0, 0, 0, 0, 0, 2, 1,    1, 0x52, 0x54, 0, 0, 0, 1,
	};

	net_receive(arp, sizeof(arp), false);
	net_receive_ip6(58, 0, ask, sizeof(ask));
}

/* --- the life of an interface ------------------------------------------------------------------
 */

static void set_param(const char *name, const char *value)
{
	UK_TABLE_FOREACH(struct uk_param, param, it) {
		if (strcmp(it->name, name) == 0)
			MUST(it->to.fn(value) == 0);
	}
}

static void once(bool dhcp)
{
	MUST(uk__lwip_random_init() == 0);
	lwip_init();
	if (!dhcp) {
		set_param("net.ip", "10.0.0.2/24");
		set_param("net.gw", "10.0.0.1");
		set_param("net.ip6", "fd00::2/64");
	}
}

void net_begin(bool dhcp)
{
	static bool begun;
	struct netif *netif;

	random_state = 1;
	pool.left = 0;
	fail_in = 0;
	net_dhcp_xid = 0;
	memset(net_flows, 0, sizeof(net_flows));
	if (!begun)
		once(dhcp);
	begun = true;
	uk__lwip_lock();
	MUST(uk__lwip_port_create(&dev) == 0);
	netif = &uk__lwip_ports->netif;
	uk__lwip_setup(uk__lwip_ports);
	netif->chksum_flags &= (u16_t) ~(NETIF_CHECKSUM_CHECK_IP | NETIF_CHECKSUM_CHECK_ICMP |
					 NETIF_CHECKSUM_CHECK_ICMP6);
	uk__lwip_unlock();
	if (!dhcp)
		meet_peer();
}

static void abort_all(void)
{
	while (tcp_active_pcbs)
		tcp_abort(tcp_active_pcbs);
	while (tcp_tw_pcbs)
		tcp_abort(tcp_tw_pcbs);
	while (tcp_bound_pcbs)
		tcp_abort(tcp_bound_pcbs);
}

static void forget_fragments(void)
{
	for (unsigned int i = 0; i <= IP_REASS_MAXAGE; i++)
		ip_reass_tmr();
	for (unsigned int i = 0; i <= IPV6_REASS_MAXAGE; i++)
		ip6_reass_tmr();
}

void net_end(void)
{
	struct uk__lwip_port *port = uk__lwip_ports;
	static size_t before;

	fail_in = 0;
	uk__lwip_lock();
	abort_all();
	forget_fragments();
	dhcp_stop(&port->netif);
	dhcp_cleanup(&port->netif);
	uk__lwip_unlock();
	net_wait(2000);
	uk__lwip_lock();
	netif_remove(&port->netif);
	uk__lwip_tx_flush(port);
	uk__lwip_ports = NULL;
	MUST(port->held == 0 && port->ntx == 0);
	uk__lwip_unlock();
	uk_heap_free(port);
	MUST(!before || used == before);
	before = used;
}
