/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * netping ADDRESS [COUNT]: answer ARP, ping and UDP echo for ADDRESS on the first network
 * device; after COUNT answers (0: never) print figures and end with status 0.
 */

#include "reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <uk/atomic.h>
#include <uk/waitq.h>

#define BURST 32

static struct uk_waitq arrived = UK_WAITQ_INIT(arrived);
static bool ready;
static unsigned long wakeups;

static void notify(struct uk_netdev *dev, enum uk_netdev_event event, unsigned int queue, void *arg)
{
	(void)dev;
	(void)queue;
	(void)arg;
	if (event != UK_NETDEV_RX)
		return;
	uk_store(&ready, true);
	wakeups++;
	uk_waitq_wake_all(&arrived);
}

static int parse(const char *text, struct self *self)
{
	unsigned int a, b, c, d;
	char end;

	if (sscanf(text, "%3u.%3u.%3u.%3u%c", &a, &b, &c, &d, &end) != 4 || (a | b | c | d) > 255)
		return -1;
	self->ip[0] = (uint8_t)a;
	self->ip[1] = (uint8_t)b;
	self->ip[2] = (uint8_t)c;
	self->ip[3] = (uint8_t)d;
	return 0;
}

/* Answer one burst; returns the number of packets in it. */
static int serve(struct uk_netdev *dev, const struct self *self, unsigned long *answers)
{
	struct uk_netbuf *in[BURST];
	struct uk_netbuf *out[BURST];
	unsigned int n = 0;
	int got = uk_netdev_rx_burst(dev, 0, in, BURST);

	for (int i = 0; i < got; i++) {
		enum reply reply = reply_make(self, in[i]);

		if (reply == REPLY_NONE)
			uk_netbuf_put(in[i]);
		else
			out[n++] = in[i];
		*answers += reply == REPLY_PING || reply == REPLY_UDP;
	}

	unsigned int sent = n ? (unsigned int)uk_netdev_tx_burst(dev, 0, out, n) : 0;

	while (sent < n)
		uk_netbuf_put(out[sent++]);
	return got;
}

static void figures(struct uk_netdev *dev, unsigned long answers)
{
	struct uk_netdev_stats s;

	uk_netdev_stats(dev, &s);
	printf("netping: %lu answers, %lu wake-ups, rx %llu (%llu bytes, %llu dropped), "
	       "tx %llu (%llu bytes, %llu refused)\n",
	       answers, wakeups, (unsigned long long)s.rx_packets, (unsigned long long)s.rx_bytes,
	       (unsigned long long)s.rx_dropped, (unsigned long long)s.tx_packets,
	       (unsigned long long)s.tx_bytes, (unsigned long long)s.tx_full);
}

static void run(struct uk_netdev *dev, const struct self *self, unsigned long count)
{
	unsigned long answers = 0;

	while (count == 0 || answers < count) {
		if (serve(dev, self, &answers) > 0)
			continue;
		uk_netdev_tx_reclaim(dev, 0);
		uk_store(&ready, false);
		if (uk_netdev_irq_enable(dev, UK_NETDEV_RX, 0) == 0)
			uk_waitq_wait(&arrived, uk_load(&ready));
	}
	figures(dev, answers);
}

int main(int argc, char **argv)
{
	struct uk_netdev_conf conf = { .rx_queues = 1, .tx_queues = 1, .notify = notify };
	struct uk_netdev *dev = uk_netdev_get(0);
	struct self self = { 0 };

	if (argc < 2 || parse(argv[1], &self) != 0) {
		printf("usage: netping ADDRESS [COUNT]\n");
		return 2;
	}
	if (!dev) {
		printf("netping: there is no network device\n");
		return 1;
	}
	for (int i = 0; i < 6; i++)
		self.mac[i] = dev->mac[i];
	self.tx_csum = dev->features & UK_NETDEV_TX_CSUM;

	int err = uk_netdev_start(dev, &conf);

	if (err != 0) {
		printf("netping: the device does not start: error %d\n", -err);
		return 1;
	}
	printf("netping: ready at %s, checksum offload %s, link %s\n", argv[1],
	       self.tx_csum ? "on" : "off", dev->link_up ? "up" : "down");
	fflush(stdout);
	run(dev, &self, argc > 2 ? strtoul(argv[2], NULL, 10) : 0);
	uk_netdev_stop(dev);
	return 0;
}
