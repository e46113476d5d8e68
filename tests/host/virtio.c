/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/fakevirtio.h>

#include <string.h>
#include <uk/atomic.h>
#include <uk/mmu.h>
#include <uk/test.h>

struct fake fake;

static uint32_t look(enum uk_virtio_reg reg)
{
	unsigned int q = fake.reg[UK_VIRTIO_REG_QUEUE_SELECT];

	switch (reg) {
	case UK_VIRTIO_REG_DEVICE_FEATURES:
		return (uint32_t)(fake.features >> 32 * fake.reg[UK_VIRTIO_REG_DEVICE_SELECT]);
	case UK_VIRTIO_REG_QUEUE_MAX: return q < fake.queues ? fake.queue_max : 0;
	case UK_VIRTIO_REG_QUEUE_READY: return q < FAKE_QUEUES && fake.queue[q] != NULL;
	default: return fake.reg[reg];
	}
}

static uint32_t read(struct uk_virtio_dev *dev uk_unused, enum uk_virtio_reg reg)
{
	uint32_t value = look(reg);

	fake.reads++;
	return fake.lie ? fake.lie(reg, value) : value;
}

static void reset(void)
{
	memset(fake.queue, 0, sizeof(fake.queue));
	memset(fake.seen, 0, sizeof(fake.seen));
	memset(fake.reg, 0, sizeof(fake.reg));
	fake.accepted = 0;
}

static void write(struct uk_virtio_dev *dev uk_unused, enum uk_virtio_reg reg, uint32_t value)
{
	unsigned int half = fake.reg[UK_VIRTIO_REG_DRIVER_SELECT];

	if (reg == UK_VIRTIO_REG_STATUS && value == 0) {
		if (!fake.stuck)
			reset();
		return;
	}
	fake.reg[reg] = value;
	if (reg == UK_VIRTIO_REG_DRIVER_FEATURES) {
		fake.accepted |= (uint64_t)value << 32 * half;
		UK_EXPECT_EQ(fake.lie ? 0 : fake.accepted & ~fake.features, 0);
	}
}

static uint32_t config_read(struct uk_virtio_dev *dev uk_unused, size_t offset, unsigned int width)
{
	uint32_t v = 0;

	UK_EXPECT(offset + width <= sizeof(fake.config));
	memcpy(&v, fake.config + offset, width);
	return fake.lie_config ? fake.lie_config(offset, v) : v;
}

static int queue_attach(struct uk_virtio_dev *dev uk_unused, struct uk_virtq *vq,
			uk_virtio_handler fn, void *arg)
{
	if (fake.attach_error || vq->index >= FAKE_QUEUES)
		return fake.attach_error;
	fake.queue[vq->index] = vq;
	fake.fn[vq->index] = fn;
	fake.arg[vq->index] = arg;
	vq->notify = &fake.doorbell;
	vq->notify_wide = true;
	return 0;
}

static int config_irq(struct uk_virtio_dev *dev uk_unused, uk_virtio_handler fn, void *arg)
{
	fake.config_fn = fn;
	fake.config_arg = arg;
	return fake.attach_error;
}

static void irqs_free(struct uk_virtio_dev *dev uk_unused)
{
	fake.config_fn = NULL;
}

static const struct uk_virtio_ops ops = {
	read, write, config_read, queue_attach, config_irq, irqs_free,
};

void fake_init(uint32_t type, uint64_t features)
{
	fake = (struct fake){ .features = features | UK_VIRTIO_F_VERSION_1,
			      .queues = 2,
			      .queue_max = 64 };
	fake.virtio.ops = &ops;
	fake.virtio.type = type;
	fake.virtio.config_size = sizeof(fake.config);
	strcpy(fake.virtio.name, "fake");
}

int fake_register(void)
{
	return uk_virtio_register(&fake.virtio);
}

uint32_t fake_status(void)
{
	return fake.reg[UK_VIRTIO_REG_STATUS];
}

void *fake_memory(uint64_t addr)
{
	return (void *)((uintptr_t)uk_phys_to_virt(0) + addr);
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
