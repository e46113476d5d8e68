/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/errno.h>
#include <uk/mmu.h>
#include <uk/rng.h>
#include <uk/string.h>
#include <uk/test.h>
#include <uk/virtio.h>

/* An entropy device that the test plays. */
static struct {
	struct uk_virtio_dev virtio;
	uint8_t status;
	struct uk_virtq *vq;
	struct uk_rng_source *source;
} fake;

/* In place of lib/rng: remembers the sources, which live for ever. */
void uk_rng_source_register(struct uk_rng_source *source)
{
	static struct uk_list sources = UK_LIST_INIT(sources);

	uk_list_append(&sources, &source->node);
	fake.source = source;
}

static uint8_t status_read(struct uk_virtio_dev *dev uk_unused)
{
	return fake.status;
}

static void status_write(struct uk_virtio_dev *dev uk_unused, uint8_t status)
{
	fake.status = status;
}

static uint64_t features_read(struct uk_virtio_dev *dev uk_unused)
{
	return UK_VIRTIO_F_VERSION_1;
}

static void features_write(struct uk_virtio_dev *dev uk_unused, uint64_t features)
{
	UK_EXPECT_EQ(features, UK_VIRTIO_F_VERSION_1);
}

static unsigned int queue_max(struct uk_virtio_dev *dev uk_unused, unsigned int index)
{
	return index == 0 ? 8 : 0;
}

static int queue_enable(struct uk_virtio_dev *dev uk_unused, struct uk_virtq *vq,
			uk_virtio_handler fn, void *arg uk_unused)
{
	static uint32_t doorbell;

	UK_EXPECT(!fn);
	vq->notify = &doorbell;
	fake.vq = vq;
	return 0;
}

static void irqs_free(struct uk_virtio_dev *dev uk_unused)
{
}

static const struct uk_virtio_ops ops = {
	.status_read = status_read,
	.status_write = status_write,
	.features_read = features_read,
	.features_write = features_write,
	.queue_max = queue_max,
	.queue_enable = queue_enable,
	.irqs_free = irqs_free,
};

static bool begin(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.virtio.ops = &ops;
	fake.virtio.type = UK_VIRTIO_RNG;
	(void)uk_str_copy(fake.virtio.name, "fake", sizeof(fake.virtio.name));
	return UK_EXPECT_EQ(uk_virtio_register(&fake.virtio), 0) && UK_EXPECT(fake.source);
}

/* The answer lies in the ring before the question: the driver waits, and nobody else runs. */
static void answer_in_advance(uint32_t id, uint32_t len)
{
	fake.vq->used->ring[fake.vq->used->idx % 8].id = id;
	fake.vq->used->ring[fake.vq->used->idx % 8].len = len;
	fake.vq->used->idx++;
}

UK_TEST(virtio_rng, takes_what_comes)
{
	uint8_t out[64] = { 0 };

	UK_REQUIRE(begin());
	UK_EXPECT(fake.status & UK_VIRTIO_DRIVER_OK);
	answer_in_advance(0, 64);
	UK_EXPECT_EQ(fake.source->read(fake.source, out, 64), 64);
	UK_EXPECT_EQ(fake.vq->desc[0].len, 64);
	answer_in_advance(0, 10);
	UK_EXPECT_EQ(fake.source->read(fake.source, out, 10), 10);
}

UK_TEST(virtio_rng, a_silent_device_is_not_waited_for)
{
	uint8_t out[64];

	UK_REQUIRE(begin());
	UK_EXPECT_EQ(fake.source->read(fake.source, out, 64), 0);
	UK_EXPECT_EQ(fake.source->read(fake.source, out, 64), 0);
	UK_EXPECT_EQ(fake.vq->in_flight, 1); /* asked once */
	answer_in_advance(0, 64);
	UK_EXPECT_EQ(fake.source->read(fake.source, out, 32), 32);
}

UK_TEST(virtio_rng, hostile_answers)
{
	uint8_t out[64];

	UK_REQUIRE(begin());
	answer_in_advance(0, 65); /* more than there is room for */
	UK_EXPECT(fake.source->read(fake.source, out, 64) <= 0);
	UK_EXPECT(fake.vq->broken);
	UK_EXPECT(fake.source->read(fake.source, out, 64) <= 0);
	UK_REQUIRE(begin());
	answer_in_advance(5, 64);
	UK_EXPECT(fake.source->read(fake.source, out, 64) <= 0);
	UK_EXPECT(fake.vq->broken);
}
