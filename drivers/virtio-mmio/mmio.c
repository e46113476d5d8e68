/* SPDX-License-Identifier: BSD-3-Clause */
#include "mmio.h"

#include "regs.h"
#include <uk/errno.h>
#include <uk/frames.h>
#include <uk/heap.h>
#include <uk/irq.h>
#include <uk/log.h>
#include <uk/mmio.h>
#include <uk/mmu.h>
#include <uk/string.h>
#include <uk/virtio.h>

#define HANDLERS_MAX 16u
#define SIZE_USED    4096u /* registers and configuration */

struct handler {
	uk_virtio_handler fn;
	void *arg;
};

struct device {
	struct uk_virtio_dev virtio;
	volatile uint8_t *regs;
	uint32_t gsi;
	uint32_t irq_flags;
	bool edge;
	bool irq_on;

	/* Read by the interrupt handler; filled before the device may start. */
	struct handler config;
	struct handler queue[HANDLERS_MAX];
	unsigned int queues;
};

static struct device *of(struct uk_virtio_dev *virtio)
{
	return UK_CONTAINER_OF(virtio, struct device, virtio);
}

static const uint8_t offset_of[UK_VIRTIO_REGS] = {
	[UK_VIRTIO_REG_STATUS] = REG_STATUS,
	[UK_VIRTIO_REG_GENERATION] = REG_GENERATION,
	[UK_VIRTIO_REG_DEVICE_SELECT] = REG_DEVICE_SELECT,
	[UK_VIRTIO_REG_DEVICE_FEATURES] = REG_DEVICE_FEATURES,
	[UK_VIRTIO_REG_DRIVER_SELECT] = REG_DRIVER_SELECT,
	[UK_VIRTIO_REG_DRIVER_FEATURES] = REG_DRIVER_FEATURES,
	[UK_VIRTIO_REG_QUEUE_SELECT] = REG_QUEUE_SELECT,
	[UK_VIRTIO_REG_QUEUE_MAX] = REG_QUEUE_MAX,
	[UK_VIRTIO_REG_QUEUE_SIZE] = REG_QUEUE_SIZE,
	[UK_VIRTIO_REG_QUEUE_READY] = REG_QUEUE_READY,
	[UK_VIRTIO_REG_QUEUE_DESC] = REG_QUEUE_DESC,
	[UK_VIRTIO_REG_QUEUE_DESC + 1] = REG_QUEUE_DESC + 4,
	[UK_VIRTIO_REG_QUEUE_DRIVER] = REG_QUEUE_DRIVER,
	[UK_VIRTIO_REG_QUEUE_DRIVER + 1] = REG_QUEUE_DRIVER + 4,
	[UK_VIRTIO_REG_QUEUE_DEVICE] = REG_QUEUE_DEVICE,
	[UK_VIRTIO_REG_QUEUE_DEVICE + 1] = REG_QUEUE_DEVICE + 4,
};

static uint32_t reg_read(struct uk_virtio_dev *dev, enum uk_virtio_reg reg)
{
	return uk_mmio_read32(of(dev)->regs + offset_of[reg]);
}

static void reg_write(struct uk_virtio_dev *dev, enum uk_virtio_reg reg, uint32_t value)
{
	uk_mmio_write32(of(dev)->regs + offset_of[reg], value);
}

static uint32_t config_read(struct uk_virtio_dev *dev, size_t offset, unsigned int width)
{
	return uk_virtio_mmio_read(of(dev)->regs + REG_CONFIG + offset, width);
}

static void call(const struct handler *h)
{
	if (h->fn)
		h->fn(h->arg);
}

/* One round: what the device says, acknowledged before it is handled. False: nothing. */
static bool serve(struct device *d)
{
	uint32_t status = uk_mmio_read32(d->regs + REG_IRQ_STATUS);

	if (status == 0)
		return false;
	uk_mmio_write32(d->regs + REG_IRQ_ACK, status);
	if (status & IRQ_CONFIG)
		call(&d->config);
	if (status & IRQ_QUEUE) {
		for (unsigned int i = 0; i < d->queues; i++)
			call(&d->queue[i]);
	}
	return true;
}

static void interrupt(void *arg)
{
	struct device *d = arg;

	/*
	 * Of an edge-triggered line the last look must have found nothing, or the line stays up
	 * and never tells again. Bounded, as the device could go on for ever.
	 */
	for (unsigned int i = 0; i < 16 && serve(d) && d->edge; i++)
		;
}

static int irq_on(struct device *d)
{
	if (d->irq_on)
		return 0;

	int err = uk_irq_line_request(d->gsi, d->irq_flags, interrupt, d);

	d->irq_on = err == 0;
	return err;
}

static int queue_attach(struct uk_virtio_dev *dev, struct uk_virtq *vq, uk_virtio_handler fn,
			void *arg)
{
	struct device *d = of(dev);

	vq->notify = d->regs + REG_NOTIFY;
	vq->notify_wide = true;
	if (!fn)
		return 0;
	if (d->queues == HANDLERS_MAX)
		return -ENOSPC;
	d->queue[d->queues] = (struct handler){ fn, arg };
	d->queues++;
	return irq_on(d);
}

static int config_irq(struct uk_virtio_dev *dev, uk_virtio_handler fn, void *arg)
{
	struct device *d = of(dev);

	d->config = (struct handler){ fn, arg };
	return irq_on(d);
}

static void irqs_free(struct uk_virtio_dev *dev)
{
	struct device *d = of(dev);

	if (d->irq_on)
		uk_irq_line_free(d->gsi, d->irq_flags, interrupt, d);
	d->irq_on = false;
	d->queues = 0;
	d->config.fn = NULL;
}

static const struct uk_virtio_ops ops = {
	reg_read, reg_write, config_read, queue_attach, config_irq, irqs_free,
};

/* Returns the type of the device, 0: none that can be used. */
static uint32_t identify(volatile uint8_t *regs, uint64_t base)
{
	if (uk_mmio_read32(regs + REG_MAGIC) != MAGIC) {
		uk_warn("0x%llx: no virtio device", (unsigned long long)base);
		return 0;
	}

	uint32_t type = uk_mmio_read32(regs + REG_DEVICE_ID);
	uint32_t version = uk_mmio_read32(regs + REG_VERSION);

	if (type != 0 && version != 2) {
		uk_warn("0x%llx: version %u, not 2; for QEMU: "
			"-global virtio-mmio.force-legacy=false",
			(unsigned long long)base, version);
		return 0;
	}
	return type;
}

void uk__virtio_mmio_probe(const struct place *place)
{
	size_t size = UK_MIN(place->size, (uint64_t)SIZE_USED);
	volatile uint8_t *regs = NULL;

	if (uk_frames_are_ram(place->base, size) || !UK_IS_ALIGNED(place->base, 4))
		uk_warn("0x%llx: no place for a device", (unsigned long long)place->base);
	else
		regs = uk_mmio_map(place->base, size);

	uint32_t type = regs ? identify(regs, place->base) : 0;

	if (type == 0)
		return;

	struct device *d = uk_heap_zalloc(1, sizeof(*d));

	if (!d)
		return;
	d->regs = regs;
	d->gsi = place->gsi;
	d->edge = !place->level;
	d->irq_flags = (place->level ? UK_IRQ_LEVEL : 0) | (place->active_low ? UK_IRQ_LOW : 0);
	d->virtio.ops = &ops;
	d->virtio.type = type;
	d->virtio.config_size = size - REG_CONFIG;
	(void)uk_format(d->virtio.name, sizeof(d->virtio.name), "mmio@%llx",
			(unsigned long long)place->base);
	(void)uk_virtio_register(&d->virtio);
}
