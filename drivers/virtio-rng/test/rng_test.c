/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/errno.h>
#include <uk/fakevirtio.h>
#include <uk/host.h>
#include <uk/mmu.h>
#include <uk/rng.h>
#include <uk/string.h>
#include <uk/test.h>
#include <uk/virtio.h>

static struct uk_rng_source *found;

/* In place of lib/rng: remembers the sources, which live for ever. */
void uk_rng_source_register(struct uk_rng_source *source)
{
	static struct uk_list sources = UK_LIST_INIT(sources);

	uk_list_append(&sources, &source->node);
	found = source;
}

/* An entropy device that the test plays. */
static bool begin(void)
{
	found = NULL;
	fake_init(UK_VIRTIO_RNG, 0);
	fake.queue_max = 8;
	return UK_EXPECT_EQ(fake_register(), 0) && UK_EXPECT(found);
}

/* Ask and get nothing yet; then the device writes `fill` into the buffer and says these. */
static void answer(uint32_t id, uint32_t len, uint8_t fill)
{
	uint8_t out[64];

	if (fake_take(0) < 0) {
		UK_EXPECT_EQ(found->read(found, out, sizeof(out)), 0);
		UK_EXPECT_EQ(fake_take(0), 0);
	}

	const struct uk_vring_desc *d = &fake.queue[0]->desc[0];

	UK_EXPECT_EQ(d->len, 64);
	memset(fake_memory(d->addr), fill, UK_MIN(len, 64u));
	fake_complete(0, id, len);
}

UK_TEST(virtio_rng, takes_what_comes)
{
	uint8_t out[64] = { 0 };

	UK_REQUIRE(begin());
	UK_EXPECT(fake_status() & UK_VIRTIO_DRIVER_OK);
	answer(0, 64, 0x5a);
	UK_EXPECT_EQ(found->read(found, out, 64), 64);
	UK_EXPECT(out[0] == 0x5a && out[63] == 0x5a);
	answer(0, 10, 0x33);
	UK_EXPECT_EQ(found->read(found, out, 10), 10);
	UK_EXPECT(out[9] == 0x33 && out[10] == 0x5a);
}

UK_TEST(virtio_rng, a_silent_device_is_waited_for_once)
{
	uint8_t out[64];
	char log[256];

	UK_REQUIRE(begin());
	uk_host_console_capture(log, sizeof(log));
	UK_EXPECT_EQ(found->read(found, out, 64), 0);
	for (int i = 0; i < 100000; i++) /* each as long as the first would take for ever */
		UK_EXPECT_EQ(found->read(found, out, 64), 0);
	uk_host_console_capture(NULL, 0);
	UK_EXPECT_STR_EQ(log, "virtio-rng: fake: gives no answer\n");
	UK_EXPECT_EQ(fake.queue[0]->in_flight, 1); /* asked once */
	fake_take(0);
	memset(fake_memory(fake.queue[0]->desc[0].addr), 7, 64);
	fake_complete(0, 0, 64);
	UK_EXPECT_EQ(found->read(found, out, 32), 32);
}

UK_TEST(virtio_rng, hostile_answers)
{
	uint8_t out[64];

	UK_REQUIRE(begin());
	answer(0, 65, 1); /* more than there is room for */
	UK_EXPECT(found->read(found, out, 64) <= 0);
	UK_EXPECT(fake.queue[0]->broken);
	UK_EXPECT(found->read(found, out, 64) <= 0);
	UK_REQUIRE(begin());
	answer(5, 64, 1);
	UK_EXPECT(found->read(found, out, 64) <= 0);
	UK_EXPECT(fake.queue[0]->broken);
}

UK_TEST(virtio_rng, what_it_did_not_write_is_no_entropy)
{
	uint8_t out[64];

	UK_REQUIRE(begin());
	answer(0, 64, 0);
	UK_EXPECT(found->read(found, out, 64) <= 0);
	UK_EXPECT(fake.virtio.broken && (fake_status() & UK_VIRTIO_FAILED));
	UK_EXPECT(found->read(found, out, 64) <= 0);
}
