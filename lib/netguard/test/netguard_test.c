/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/netguard.h>

#include <uk/string.h>
#include <uk/test.h>

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 }, peer[6] = { 2, 0, 0, 0, 0, 2 };
static const uint8_t own4[4] = { 10, 0, 0, 2 }, peer4[4] = { 10, 0, 0, 1 };
static const uint8_t own6[16] = { 0xfd, [15] = 2 }, peer6[16] = { 0xfd, [15] = 1 };

static bool ours(const void *arg, const uint8_t *address, size_t length)
{
	(void)arg;
	return memcmp(address, length == 4 ? own4 : own6, length) == 0;
}

static const struct uk_netguard guard = { mac, ours, NULL };

/* Exactly as long as it says, so that the sanitizer sees what is read behind it. */
static bool pass(const uint8_t *frame, size_t length)
{
	uint8_t copy[length + 1];

	memcpy(copy + 1, frame, length);
	return uk_netguard_pass(&guard, copy + 1, length);
}

static void ether(uint8_t *frame, uint16_t type)
{
	memset(frame, 0, 128);
	memcpy(frame, mac, 6);
	memcpy(frame + 6, peer, 6);
	frame[12] = (uint8_t)(type >> 8);
	frame[13] = (uint8_t)type;
}

static void make4(uint8_t *frame)
{
	ether(frame, 0x0800);
	frame[14] = 0x45;
	frame[14 + 9] = 6;
	memcpy(frame + 14 + 12, peer4, 4);
	memcpy(frame + 14 + 16, own4, 4);
}

static bool from4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	uint8_t frame[128];

	make4(frame);
	memcpy(frame + 26, (uint8_t[]){ a, b, c, d }, 4);
	return pass(frame, 60);
}

UK_TEST(netguard, ip4)
{
	uint8_t frame[128];

	make4(frame);
	UK_EXPECT(pass(frame, 60));
	for (size_t n = 0; n < 34; n++)
		UK_EXPECT(!pass(frame, n));
	UK_EXPECT(pass(frame, 34));
	UK_EXPECT(!from4(127, 0, 0, 1) && !from4(0, 0, 0, 0) && !from4(224, 0, 0, 1));
	UK_EXPECT(!from4(255, 255, 255, 255) && !from4(240, 0, 0, 1) && !from4(10, 0, 0, 2));
	UK_EXPECT(from4(1, 1, 1, 1) && from4(126, 0, 0, 1) && from4(223, 255, 255, 255));
	frame[30] = 127;
	UK_EXPECT(!pass(frame, 60));
	frame[30] = 0;
	UK_EXPECT(!pass(frame, 60));
}

UK_TEST(netguard, ethernet)
{
	uint8_t frame[128];

	make4(frame);
	frame[5] = 9; /* for somebody else */
	UK_EXPECT(!pass(frame, 60));
	memset(frame, 0xff, 6); /* to all, but TCP for us */
	UK_EXPECT(!pass(frame, 60));
	frame[14 + 9] = 17;
	UK_EXPECT(pass(frame, 60));
	frame[6] |= 1;
	UK_EXPECT(!pass(frame, 60));
	memcpy(frame + 6, mac, 6);
	UK_EXPECT(!pass(frame, 60));
	ether(frame, 0x8100);
	UK_EXPECT(!pass(frame, 60));
}

UK_TEST(netguard, arp)
{
	uint8_t frame[128];

	ether(frame, 0x0806);
	memcpy(frame + 22, peer, 6);
	memcpy(frame + 28, peer4, 4);
	UK_EXPECT(pass(frame, 60) && pass(frame, 42));
	UK_EXPECT(!pass(frame, 41));
	memset(frame + 28, 0, 4); /* a probe */
	UK_EXPECT(pass(frame, 60));
	memcpy(frame + 28, own4, 4);
	UK_EXPECT(!pass(frame, 60));
	memcpy(frame + 28, peer4, 4);
	frame[22] |= 1;
	UK_EXPECT(!pass(frame, 60));
	memcpy(frame + 22, mac, 6);
	UK_EXPECT(!pass(frame, 60));
}

static void make6(uint8_t *frame, uint8_t next, uint8_t payload)
{
	ether(frame, 0x86dd);
	frame[14] = 0x60;
	frame[14 + 5] = payload;
	frame[14 + 6] = next;
	frame[14 + 7] = 255;
	memcpy(frame + 22, peer6, 16);
	memcpy(frame + 38, own6, 16);
}

UK_TEST(netguard, ip6)
{
	uint8_t frame[128];

	make6(frame, 6, 20);
	UK_EXPECT(pass(frame, 74) && !pass(frame, 73) && !pass(frame, 20));
	memcpy(frame + 22, own6, 16);
	UK_EXPECT(!pass(frame, 74));
	memset(frame + 22, 0, 16);
	UK_EXPECT(!pass(frame, 74));
	frame[37] = 1; /* loopback */
	UK_EXPECT(!pass(frame, 74));
	memset(frame + 32, 0xff, 2); /* mapped */
	UK_EXPECT(!pass(frame, 74));
	memset(frame + 22, 0xff, 16);
	UK_EXPECT(!pass(frame, 74));
	for (unsigned int next = 0; next < 256; next++) {
		make6(frame, (uint8_t)next, 20);
		UK_EXPECT(pass(frame, 74) == (next == 6 || next == 17 || next == 58));
	}
}

UK_TEST(netguard, fragments6)
{
	uint8_t frame[128];

	make6(frame, 44, 20);
	frame[54] = 6;
	UK_EXPECT(pass(frame, 74));
	frame[54] = 44;
	UK_EXPECT(!pass(frame, 74));
	frame[54] = 58;
	frame[62] = 128;
	UK_EXPECT(pass(frame, 74));
	frame[62] = 136;
	UK_EXPECT(!pass(frame, 74));
	make6(frame, 44, 8);
	frame[54] = 6;
	UK_EXPECT(!pass(frame, 62));
	make6(frame, 44, 0);
	UK_EXPECT(!pass(frame, 54));
}

/* A neighbour solicitation of the peer with his address. */
static void make_solicit(uint8_t *frame)
{
	make6(frame, 58, 32);
	frame[54] = 135;
	memcpy(frame + 62, own6, 16);
	frame[78] = 1;
	frame[79] = 1;
}

UK_TEST(netguard, discovery)
{
	uint8_t frame[128];

	make_solicit(frame);
	UK_EXPECT(pass(frame, 86));
	frame[14 + 7] = 254;
	UK_EXPECT(!pass(frame, 86));
	frame[14 + 7] = 255;
	for (unsigned int n = 0; n < 256; n++) {
		frame[79] = (uint8_t)n;
		UK_EXPECT(pass(frame, 86) == (n == 1));
	}
	frame[79] = 1;
	frame[78] = 2; /* a target's address in a solicitation */
	UK_EXPECT(!pass(frame, 86));
	frame[54] = 136;
	UK_EXPECT(pass(frame, 86));
	frame[54] = 137;
	UK_EXPECT(!pass(frame, 86));
	frame[54] = 136;
	memset(frame + 62, 0, 16);
	UK_EXPECT(!pass(frame, 86));
	for (uint8_t n = 1; n < 24; n++) {
		make_solicit(frame);
		frame[14 + 5] = n;
		UK_EXPECT(!pass(frame, 54u + n));
	}
	make_solicit(frame);
	memset(frame + 22, 0, 16); /* is it free? Then there is no address in it. */
	frame[78] = 14;
	UK_EXPECT(pass(frame, 86));
	frame[79] = 2; /* longer than the packet */
	UK_EXPECT(!pass(frame, 86));
	frame[79] = 0; /* an option without a length has no end */
	UK_EXPECT(!pass(frame, 86));
}

static uint32_t some(void)
{
	return 0;
}

static uint32_t many(void)
{
	return 0xffffffff;
}

UK_TEST(netguard, limit)
{
	struct uk_netguard_limit limit = { 0 };
	unsigned int n = 0;

	while (uk_netguard_within(&limit, 5, 16, some))
		n++;
	UK_EXPECT(n == 16);
	UK_EXPECT(!uk_netguard_within(&limit, 127, 16, some));
	UK_EXPECT(uk_netguard_within(&limit, 128, 16, many));
	for (n = 1; uk_netguard_within(&limit, 200, 16, many); n++)
		;
	UK_EXPECT(n >= 8 && n <= 16);
}
