/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A network device that lies. Each lie is told to a driver that works; afterwards the device
 * serves on (packets pass both ways), or it was given up (or never taken) with one line in the log.
 * Whatever happens, each buffer comes home, and the sanitizers see no access astray.
 */
#include "fake.h"

#include <uk/errno.h>
#include <uk/host.h>
#include <uk/string.h>
#include <uk/test.h>

enum end {
	SERVED,  /* as if nothing had been said; what was impossible is dropped */
	BROKEN,  /* started; then given up, and no buffer moves any more */
	REFUSED, /* never started */
};

static struct net *net;
static struct uk_netdev *dev;
static char text[4096];
static const struct net_header plain;

static void notify(struct uk_netdev *d uk_unused, enum uk_netdev_event event uk_unused,
		   unsigned int queue uk_unused, void *arg uk_unused)
{
}

static const struct uk_netdev_conf conf = { .rx_queues = 1, .tx_queues = 1, .notify = notify };

/* --- Lies before the start: what the device says of itself. --- */

static uint32_t count; /* of calls of a lie */

#define LIE(name, reg_, value) \
	static uint32_t name##_lie(enum uk_virtio_reg reg, uint32_t v) \
	{ \
		count++; \
		return reg == UK_VIRTIO_REG_##reg_ ? (uint32_t)(value) : v; \
	} \
	static void name(void) \
	{ \
		fake.lie = name##_lie; \
	}

LIE(never_resets, STATUS, v | 1)
LIE(status_all_ones, STATUS, ~0u)
LIE(status_zero, STATUS, 0)
LIE(status_noise, STATUS, uk_test_random())
LIE(generation_counts, GENERATION, count)
LIE(no_features, DEVICE_FEATURES, 0)
LIE(all_features, DEVICE_FEATURES, ~0u)
LIE(features_flicker, DEVICE_FEATURES, count % 7 < 3 ? v : ~v)
LIE(refuses_features, STATUS, v & ~(uint32_t)UK_VIRTIO_FEATURES_OK)
LIE(no_queues, QUEUE_MAX, 0)
LIE(queue_of_one, QUEUE_MAX, 1)
LIE(queue_of_sixteen, QUEUE_MAX, 16)
LIE(queue_odd, QUEUE_MAX, 63)
LIE(queue_immense, QUEUE_MAX, ~0u)
LIE(queue_size_flickers, QUEUE_MAX, count % 2 ? 64 : 0xffff)
LIE(queue_is_on_already, QUEUE_READY, 1)

static void one_queue(void)
{
	fake.queues = 1;
}

static void interrupt_refused(void)
{
	fake.attach_error = -ENOSPC;
}

static void doorbell_outside(void)
{
	fake.attach_error = -EIO;
}

static void mac_zero(void)
{
	memset(fake.config, 0, 6);
}

static void mac_group(void)
{
	fake.config[0] |= 1;
}

static void mac_broadcast(void)
{
	memset(fake.config, 0xff, 6);
}

static uint32_t flicker(size_t offset, uint32_t v)
{
	return offset == 0 ? v & 0xfe : (uint32_t)uk_test_random();
}

static void mac_flickers(void)
{
	fake.lie_config = flicker;
}

static void set_mtu(uint16_t mtu)
{
	fake.features |= NET_F_MTU;
	memcpy(fake.config + NET_CONFIG_MTU, &mtu, 2);
}

static void mtu_zero(void)
{
	set_mtu(0);
}

static void mtu_tiny(void)
{
	set_mtu(67);
}

static void mtu_immense(void)
{
	set_mtu(0xffff);
}

static void config_short(void)
{
	fake.virtio.config_size = 3; /* the rest of the address reads as zero */
}

static void config_absent(void)
{
	fake.virtio.config_size = 0;
}

static void no_address(void)
{
	fake.features &= ~NET_F_MAC;
}

static void legacy(void)
{
	fake.features &= ~UK_VIRTIO_F_VERSION_1;
}

/* --- Lies of a device that runs. --- */

/* Take all that has come, answer each packet with itself. */
static void pump(void)
{
	struct uk_netbuf *bufs[16];
	int n;

	while ((n = uk_netdev_rx_burst(dev, 0, bufs, 16)) > 0) {
		for (int i = 0; i < n; i++) {
			UK_EXPECT(bufs[i]->data >= bufs[i]->start &&
				  bufs[i]->data + bufs[i]->len <= bufs[i]->end);
			if (uk_netdev_tx_burst(dev, 0, &bufs[i], 1) == 0)
				uk_netbuf_put(bufs[i]);
		}
	}
	(void)uk_netdev_tx_reclaim(dev, 0);
}

static void used(int q, uint16_t idx)
{
	fake.queue[q]->used->idx = idx;
}

static void id_just_outside(void)
{
	fake_complete(RX, 64, 60);
}

static void id_immense(void)
{
	fake_complete(RX, 0xffffffff, 60);
}

static void id_high_half(void)
{
	fake_complete(RX, 0x10000u | (uint32_t)fake_take(RX), 60);
}

static void id_twice(void)
{
	uint32_t id = (uint32_t)fake_take(RX);

	fake_complete(RX, id, NET_HEADER + 60);
	fake_complete(RX, id, NET_HEADER + 60);
}

static void id_never_sent(void)
{
	fake_complete(TX, 5, 0);
}

static void id_of_the_middle(void)
{
	struct uk_netbuf *nb = uk_netbuf_pool_get(&net->pool);
	struct uk_netbuf *tail = uk_netbuf_pool_get(&net->pool);

	UK_REQUIRE(nb && tail);
	nb->len = 14;
	tail->len = 50;
	uk_netbuf_chain(nb, tail);
	UK_EXPECT_EQ(uk_netdev_tx_burst(dev, 0, &nb, 1), 1);
	int head = fake_take(TX);

	UK_REQUIRE(head >= 0);
	fake_complete(TX, fake.queue[TX]->desc[head].next, 0);
}

static void length_one_too_many(void)
{
	int head = fake_take(RX);

	fake_complete(RX, (uint32_t)head, fake.queue[RX]->desc[head].len + 1);
}

static void length_immense(void)
{
	fake_complete(RX, (uint32_t)fake_take(RX), 0xffffffff);
}

static void length_negative(void)
{
	fake_complete(RX, (uint32_t)fake_take(RX), 0x80000000);
}

static void length_of_header_only(void)
{
	fake_complete(RX, (uint32_t)fake_take(RX), NET_HEADER);
}

static void length_zero(void)
{
	fake_complete(RX, (uint32_t)fake_take(RX), 0);
}

static void length_of_what_was_sent(void)
{
	struct uk_netbuf *nb = uk_netbuf_pool_get(&net->pool);

	UK_REQUIRE(nb);
	nb->len = 60;
	UK_EXPECT_EQ(uk_netdev_tx_burst(dev, 0, &nb, 1), 1);
	fake_complete(TX, (uint32_t)fake_take(TX), 0xffffffff);
}

static void index_ahead(void)
{
	used(RX, 65);
}

static void index_half_round(void)
{
	used(RX, 0x8000);
}

static void index_back(void)
{
	used(RX, (uint16_t)(fake.queue[RX]->used->idx - 1));
}

static void index_of_sending(void)
{
	used(TX, 1);
	pump();
}

static void header(struct net_header h)
{
	fake_receive(&h, 0x11, 60);
}

static void checksum_outside(void)
{
	header((struct net_header){ NET_HDR_NEEDS_CSUM, .csum_start = 0xffff,
				    .csum_offset = 0xffff });
}

static void checksum_one_outside(void)
{
	header((struct net_header){ NET_HDR_NEEDS_CSUM, .csum_start = 34, .csum_offset = 25 });
}

static void segments_not_agreed(void)
{
	header((struct net_header){ .gso_type = 0x81, .gso_size = 1, .hdr_len = 0xffff });
}

static void buffers_not_agreed(void)
{
	header((struct net_header){ .num_buffers = 0xffff });
}

static void flags_unknown(void)
{
	header((struct net_header){ .flags = 0xfc, .gso_type = 0x7e });
}

/* The driver goes on as if nothing had been written; the device itself needs them again. */
static void rewrites_descriptors(void)
{
	static struct uk_vring_desc saved[64];

	memcpy(saved, fake.queue[RX]->desc, sizeof(saved));
	memset(fake.queue[RX]->desc, 0xee, sizeof(saved));
	memset(fake.queue[TX]->desc, 0xee, sizeof(saved));
	fake_complete(RX, (uint32_t)fake_take(RX), NET_HEADER + 60);
	pump();
	memcpy(fake.queue[RX]->desc, saved, sizeof(saved));
}

static void rewrites_available(void)
{
	static uint16_t saved[64];
	struct uk_vring_avail *avail = fake.queue[RX]->avail;
	uint16_t idx = avail->idx;

	memcpy(saved, avail->ring, sizeof(saved));
	for (int i = 0; i < 64; i++)
		avail->ring[i] = (uint16_t)uk_test_random();
	avail->flags = 0xffff;
	avail->idx = 0x1234;
	fake_complete(RX, saved[0], NET_HEADER + 60);
	pump();
	fake.seen[RX]++;
	avail->idx = idx;
	memcpy(avail->ring, saved, sizeof(saved));
}

static void avail_event_noise(void)
{
	uint16_t *event = (uint16_t *)&fake.queue[TX]->used->ring[64];

	*event = (uint16_t)uk_test_random();
	fake.queue[TX]->used->flags = 0xffff;
}

static void interrupts_without_cause(void)
{
	for (int i = 0; i < 1000; i++) {
		fake.fn[RX](fake.arg[RX]);
		fake.fn[TX](fake.arg[TX]);
	}
}

static void config_interrupts(void)
{
	for (int i = 0; i < 1000; i++)
		fake.config_fn(fake.config_arg);
}

static void link_flaps(void)
{
	for (int i = 0; i < 10; i++) {
		fake.config[NET_CONFIG_STATUS] ^= NET_S_LINK_UP;
		fake.config_fn(fake.config_arg);
	}
}

static void link_status_noise(void)
{
	fake.config[NET_CONFIG_STATUS] = 0xff;
	fake.config[NET_CONFIG_STATUS + 1] = 0xff;
	fake.config_fn(fake.config_arg);
}

static void config_never_rests(void)
{
	fake.lie = generation_counts_lie;
	fake.config[NET_CONFIG_STATUS] = 0;
	fake.config_fn(fake.config_arg);
	fake.lie = NULL;
	UK_EXPECT(dev->link_up); /* not believed */
}

static void address_changes(void)
{
	memset(fake.config, 0xff, 6);
	fake.config_fn(fake.config_arg);
	UK_EXPECT_EQ(dev->mac[0], 0x52);
}

static void wants_reset(void)
{
	fake.reg[UK_VIRTIO_REG_STATUS] |= UK_VIRTIO_NEEDS_RESET;
	fake.config_fn(fake.config_arg);
}

static void gone_reads_ones(void)
{
	fake.lie = status_all_ones_lie;
	fake.config_fn(fake.config_arg);
}

/* All-zero registers, and nothing is ever taken: it shows when the queue is full. */
static void gone_takes_nothing(void)
{
	struct uk_netbuf *nb;
	int sent = 1;

	fake.lie = status_zero_lie;
	while (sent && (nb = uk_netbuf_pool_get(&net->pool)) != NULL) {
		nb->len = 60;
		uk_netbuf_get(nb); /* shared: two descriptors each */
		sent = uk_netdev_tx_burst(dev, 0, &nb, 1);
		uk_netbuf_put(nb);
		if (!sent)
			uk_netbuf_put(nb);
	}
	UK_EXPECT(!sent);
	fake.lie = NULL;
}

/* --- Lies at a second start. --- */

static void restart(void)
{
	uk_netdev_stop(dev);
	(void)uk_netdev_start(dev, &conf);
}

static void features_fewer_later(void)
{
	fake.features &= ~NET_F_GUEST_CSUM;
	restart();
}

static void features_gone_later(void)
{
	fake.features = 0;
	restart();
}

static void queue_smaller_later(void)
{
	fake.queue_max = 32;
	restart();
}

static void no_reset_later(void)
{
	fake.stuck = true;
	restart();
}

enum when { BEFORE, RUNNING };

static const struct lie {
	const char *name; /* what it says */
	void (*tell)(void);
	enum when when;
	enum end end;
} lies[] = {
	{ "it never resets", never_resets, BEFORE, REFUSED },
	{ "status: all ones", status_all_ones, BEFORE, REFUSED },
	{ "status: noise", status_noise, BEFORE, REFUSED },
	{ "status: always zero", status_zero, BEFORE, REFUSED },
	{ "another generation at each look", generation_counts, BEFORE, REFUSED },
	{ "no features", no_features, BEFORE, REFUSED },
	{ "all features", all_features, BEFORE, SERVED },
	{ "features that flicker", features_flicker, BEFORE, REFUSED },
	{ "refuses what it offered", refuses_features, BEFORE, REFUSED },
	{ "no version 1", legacy, BEFORE, REFUSED },
	{ "no address", no_address, BEFORE, REFUSED },
	{ "no queues", no_queues, BEFORE, REFUSED },
	{ "no sending queue", one_queue, BEFORE, REFUSED },
	{ "queues of 1", queue_of_one, BEFORE, REFUSED },
	{ "queues of 16: less than a packet's pieces", queue_of_sixteen, BEFORE, REFUSED },
	{ "queues of 63", queue_odd, BEFORE, SERVED },
	{ "queues of 4294967295", queue_immense, BEFORE, SERVED },
	{ "queues of 64 or 65535, as it likes", queue_size_flickers, BEFORE, SERVED },
	{ "queues are in use already", queue_is_on_already, BEFORE, REFUSED },
	{ "no interrupt for you", interrupt_refused, BEFORE, REFUSED },
	{ "a doorbell outside its BAR", doorbell_outside, BEFORE, REFUSED },
	{ "address 00:00:00:00:00:00", mac_zero, BEFORE, REFUSED },
	{ "a group's address", mac_group, BEFORE, REFUSED },
	{ "address ff:ff:ff:ff:ff:ff", mac_broadcast, BEFORE, REFUSED },
	{ "another address at each look", mac_flickers, BEFORE, SERVED },
	{ "MTU 0", mtu_zero, BEFORE, SERVED },
	{ "MTU 67", mtu_tiny, BEFORE, SERVED },
	{ "MTU 65535", mtu_immense, BEFORE, SERVED },
	{ "a configuration of 3 bytes", config_short, BEFORE, SERVED },
	{ "no configuration", config_absent, BEFORE, REFUSED },
	{ "done: descriptor 64 of 64", id_just_outside, RUNNING, BROKEN },
	{ "done: descriptor 4294967295", id_immense, RUNNING, BROKEN },
	{ "done: a right one with bits above 16", id_high_half, RUNNING, BROKEN },
	{ "done: the same one twice", id_twice, RUNNING, BROKEN },
	{ "sent: what was never sent", id_never_sent, RUNNING, BROKEN },
	{ "sent: the middle of a chain", id_of_the_middle, RUNNING, BROKEN },
	{ "one byte more than there was room for", length_one_too_many, RUNNING, BROKEN },
	{ "4294967295 bytes", length_immense, RUNNING, BROKEN },
	{ "2147483648 bytes", length_negative, RUNNING, BROKEN },
	{ "a header and no packet", length_of_header_only, RUNNING, SERVED },
	{ "nothing at all received", length_zero, RUNNING, SERVED },
	{ "bytes written into what was sent", length_of_what_was_sent, RUNNING, SERVED },
	{ "index one round ahead", index_ahead, RUNNING, BROKEN },
	{ "index half of all numbers ahead", index_half_round, RUNNING, BROKEN },
	{ "index back", index_back, RUNNING, BROKEN },
	{ "index of an empty sending queue", index_of_sending, RUNNING, BROKEN },
	{ "checksum at 65535 + 65535", checksum_outside, RUNNING, SERVED },
	{ "checksum one byte outside", checksum_one_outside, RUNNING, SERVED },
	{ "segments that were not agreed on", segments_not_agreed, RUNNING, SERVED },
	{ "65535 buffers for one packet", buffers_not_agreed, RUNNING, SERVED },
	{ "unknown flags", flags_unknown, RUNNING, SERVED },
	{ "writes over all descriptors", rewrites_descriptors, RUNNING, SERVED },
	{ "writes over the available ring", rewrites_available, RUNNING, SERVED },
	{ "wants no doorbell, or at odd numbers", avail_event_noise, RUNNING, SERVED },
	{ "2000 interrupts without cause", interrupts_without_cause, RUNNING, SERVED },
	{ "1000 changes of an unchanged configuration", config_interrupts, RUNNING, SERVED },
	{ "link down, up, down, up", link_flaps, RUNNING, SERVED },
	{ "status of the link: noise", link_status_noise, RUNNING, SERVED },
	{ "a configuration that never rests", config_never_rests, RUNNING, SERVED },
	{ "another address while it runs", address_changes, RUNNING, SERVED },
	{ "it wants a reset", wants_reset, RUNNING, BROKEN },
	{ "gone: registers read as ones", gone_reads_ones, RUNNING, BROKEN },
	{ "gone: takes nothing, registers read as zero", gone_takes_nothing, RUNNING, BROKEN },
	{ "fewer features at the second start", features_fewer_later, RUNNING, REFUSED },
	{ "no features at the second start", features_gone_later, RUNNING, REFUSED },
	{ "smaller queues at the second start", queue_smaller_later, RUNNING, SERVED },
	{ "no reset at the second start", no_reset_later, RUNNING, REFUSED },
};

static bool start(void)
{
	net = NULL;
	if (fake_register() != 0)
		return false;
	net = fake.virtio.driver_data;
	dev = &net->dev;
	return uk_netdev_start(dev, &conf) == 0;
}

static bool serves(void)
{
	struct uk_netdev_stats before, after;

	fake.lie = NULL;
	pump();
	uk_netdev_stats(dev, &before);
	/* Through all the ring, more than once. */
	for (int i = 0; i < 200; i++) {
		if (fake.queue[RX]->in_flight == 0 || fake.seen[RX] == fake.queue[RX]->avail->idx)
			break;
		fake_receive(&plain, 0x42, 100);
		pump();
		(void)fake_sent();
	}
	pump();
	uk_netdev_stats(dev, &after);
	return !dev->broken && after.rx_packets - before.rx_packets >= 60 &&
	       after.tx_packets - before.tx_packets >= 60;
}

static bool moves_nothing(void)
{
	struct uk_netbuf *nb = uk_netbuf_pool_get(&net->pool);
	struct uk_netbuf *bufs[4];
	int n = uk_netdev_rx_burst(dev, 0, bufs, 4);

	for (int i = 0; i < n; i++)
		uk_netbuf_put(bufs[i]);
	if (nb) {
		nb->len = 60;
		if (uk_netdev_tx_burst(dev, 0, &nb, 1) == 0)
			uk_netbuf_put(nb);
	}
	pump();
	return dev->broken && uk_netdev_irq_enable(dev, UK_NETDEV_RX, 0) == 0;
}

/* Also of a device that was given up: it is reset first. */
static void everything_back(void)
{
	if (!net)
		return;
	fake.lie = NULL;
	fake.stuck = false;
	uk_netdev_stop(dev);
	if (net->has_pool) {
		UK_EXPECT_EQ(uk_netbuf_pool_free_count(&net->pool), net->pool.count);
		uk_netbuf_pool_destroy(&net->pool);
		net->has_pool = false;
	}
}

/* Lines of complaint: registration says one of its own, and the link's state is none. */
static unsigned int lines(char *log)
{
	unsigned int n = 0;

	while (*log) {
		char *end = log;

		while (*end && *end != '\n')
			end++;
		bool last = *end == '\0';

		*end = '\0';
		n += !uk_test_glob("netdev: net*", 12, log) && !uk_test_glob("*link is*", 9, log);
		if (!last)
			*end++ = '\n';
		log = end;
	}
	return n;
}

/* The exact end; noise may be taken for any of the refusals. */
static void one(const struct lie *lie)
{
	bool started;
	bool ok;

	count = 0;
	fake_net(ALL);
	uk_host_console_capture(text, sizeof(text));
	if (lie->when == BEFORE)
		lie->tell();
	started = start();
	if (lie->when == RUNNING && started)
		lie->tell();
	if (lie->end == SERVED)
		ok = started && serves();
	else if (lie->end == BROKEN)
		ok = started && moves_nothing() && lines(text) == 1;
	else
		ok = (lie->when == RUNNING ? !net->started : !started) && lines(text) == 1;
	uk_host_console_capture(NULL, 0);
	if (!UK_EXPECT(ok))
		uk_test_note("the lie \"%s\" ends otherwise; log: %s", lie->name, text);
	everything_back();
}

UK_TEST(virtio_net, lies)
{
	UK_EXPECT_EQ(UK_ARRAY_SIZE(lies), 67u); /* SECURITY.md says so */
	for (size_t i = 0; i < UK_ARRAY_SIZE(lies); i++)
		one(&lies[i]);
	uk_test_note("%zu lies", UK_ARRAY_SIZE(lies));
}
