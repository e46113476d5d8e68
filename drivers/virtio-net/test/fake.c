/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake.h"

#include <uk/atomic.h>
#include <uk/errno.h>
#include <uk/mmu.h>
#include <uk/string.h>
#include <uk/test.h>

struct fake fake;

static uint8_t status_read(struct uk_virtio_dev *dev uk_unused)
{
	return fake.status;
}

static void status_write(struct uk_virtio_dev *dev uk_unused, uint8_t status)
{
	if (status == 0) {
		if (fake.stuck)
			return;
		for (int q = 0; q < 2; q++) {
			fake.queue[q] = NULL;
			fake.seen[q] = 0;
		}
	}
	if (fake.picky)
		status &= (uint8_t)~UK_VIRTIO_FEATURES_OK;
	fake.status = status;
}

static uint64_t features_read(struct uk_virtio_dev *dev uk_unused)
{
	return fake.features;
}

static void features_write(struct uk_virtio_dev *dev uk_unused, uint64_t features)
{
	UK_EXPECT_EQ(features & ~fake.features, 0);
}

static uint32_t generation(struct uk_virtio_dev *dev uk_unused)
{
	return 0;
}

static uint32_t config_read(struct uk_virtio_dev *dev uk_unused, size_t offset, unsigned int width)
{
	uint32_t v = 0;

	UK_EXPECT(offset + width <= sizeof(fake.config));
	memcpy(&v, fake.config + offset, width);
	return v;
}

static unsigned int queue_max(struct uk_virtio_dev *dev uk_unused, unsigned int index)
{
	return index < 2 ? 64 : 0;
}

static int queue_enable(struct uk_virtio_dev *dev uk_unused, struct uk_virtq *vq,
			uk_virtio_handler fn, void *arg)
{
	fake.queue[vq->index] = vq;
	fake.fn[vq->index] = fn;
	fake.arg[vq->index] = arg;
	vq->notify = &fake.doorbell;
	return 0;
}

static int config_irq(struct uk_virtio_dev *dev uk_unused, uk_virtio_handler fn, void *arg)
{
	fake.config_fn = fn;
	fake.config_arg = arg;
	return 0;
}

static void irqs_free(struct uk_virtio_dev *dev uk_unused)
{
	fake.config_fn = NULL;
}

static const struct uk_virtio_ops ops = {
	.status_read = status_read,
	.status_write = status_write,
	.features_read = features_read,
	.features_write = features_write,
	.generation = generation,
	.config_read = config_read,
	.queue_max = queue_max,
	.queue_enable = queue_enable,
	.config_irq = config_irq,
	.irqs_free = irqs_free,
};

int fake_begin(uint64_t features)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 1, 2, 3 };

	fake = (struct fake){ .features = features | UK_VIRTIO_F_VERSION_1 };
	fake.virtio.ops = &ops;
	fake.virtio.type = UK_VIRTIO_NET;
	fake.virtio.config_size = sizeof(fake.config);
	(void)uk_str_copy(fake.virtio.name, "fake", sizeof(fake.virtio.name));
	memcpy(fake.config, mac, 6);
	fake.config[NET_CONFIG_STATUS] = NET_S_LINK_UP;
	return uk_virtio_register(&fake.virtio);
}

void *fake_memory(uint64_t addr)
{
	return (char *)uk_phys_to_virt(0) + addr;
}

int fake_take(int q)
{
	struct uk_virtq *vq = fake.queue[q];

	if (fake.seen[q] == uk_load_acquire(&vq->avail->idx))
		return -1;
	return vq->avail->ring[fake.seen[q]++ & (vq->size - 1)];
}

void fake_complete(int q, uint32_t id, uint32_t len)
{
	struct uk_vring_used *used = fake.queue[q]->used;
	struct uk_vring_used_elem *e = &used->ring[used->idx & (fake.queue[q]->size - 1)];

	e->id = id;
	e->len = len;
	uk_store_release(&used->idx, (uint16_t)(used->idx + 1));
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
