/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake.h"

#include <uk/string.h>
#include <uk/test.h>

void fake_net(uint64_t features)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 1, 2, 3 };

	fake_init(UK_VIRTIO_NET, features);
	memcpy(fake.config, mac, 6);
	fake.config[NET_CONFIG_STATUS] = NET_S_LINK_UP;
}

int fake_begin(uint64_t features)
{
	fake_net(features);
	return fake_register();
}

void fake_receive(const struct net_header *header, uint8_t fill, uint32_t len)
{
	int head = fake_take(RX);

	UK_REQUIRE(head >= 0);

	const struct uk_vring_desc *d = &fake.queue[RX]->desc[head];
	uint8_t *at = fake_memory(d->addr);

	UK_EXPECT_EQ(d->flags, UK_VRING_DESC_WRITE);
	UK_REQUIRE(d->len >= NET_HEADER + len);
	memcpy(at, header, NET_HEADER);
	memset(at + NET_HEADER, fill, len);
	fake_complete(RX, (uint32_t)head, NET_HEADER + len);
}

unsigned int fake_sent(void)
{
	unsigned int n = 0;
	int head;

	while ((head = fake_take(TX)) >= 0) {
		fake_complete(TX, (uint32_t)head, 0);
		n++;
	}
	return n;
}
