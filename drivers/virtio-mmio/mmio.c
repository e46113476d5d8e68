/* SPDX-License-Identifier: BSD-3-Clause */
#include "mmio.h"

#include "regs.h"
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/irq.h>
#include <uk/log.h>
#include <uk/mmio.h>
#include <uk/mmu.h>
#include <uk/string.h>
#include <uk/virtio.h>

#define HANDLERS_MAX 16u

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

static uint32_t get(const struct device *d, size_t reg)
{
	return uk_mmio_read32(d->regs + reg);
}

static void set(struct device *d, size_t reg, uint32_t value)
{
	uk_mmio_write32(d->regs + reg, value);
}

static void set64(struct device *d, size_t reg, uint64_t value)
{
	set(d, reg, (uint32_t)value);
	set(d, reg + 4, (uint32_t)(value >> 32));
}

static uint8_t status_read(struct uk_virtio_dev *dev)
{
	return (uint8_t)get(of(dev), REG_STATUS);
}

static void status_write(struct uk_virtio_dev *dev, uint8_t status)
{
	set(of(dev), REG_STATUS, status);
}

static uint64_t features_read(struct uk_virtio_dev *dev)
{
	struct device *d = of(dev);

	set(d, REG_DEVICE_SELECT, 0);

	uint64_t low = get(d, REG_DEVICE_FEATURES);

	set(d, REG_DEVICE_SELECT, 1);
	return low | (uint64_t)get(d, REG_DEVICE_FEATURES) << 32;
}

static void features_write(struct uk_virtio_dev *dev, uint64_t features)
{
	struct device *d = of(dev);

	set(d, REG_DRIVER_SELECT, 0);
	set(d, REG_DRIVER_FEATURES, (uint32_t)features);
	set(d, REG_DRIVER_SELECT, 1);
	set(d, REG_DRIVER_FEATURES, (uint32_t)(features >> 32));
}

static uint32_t generation(struct uk_virtio_dev *dev)
{
	return get(of(dev), REG_GENERATION);
}

static uint32_t config_read(struct uk_virtio_dev *dev, size_t offset, unsigned int width)
{
	const volatile uint8_t *at = of(dev)->regs + REG_CONFIG + offset;

	return width == 1   ? uk_mmio_read8(at)
	       : width == 2 ? uk_mmio_read16(at)
			    : uk_mmio_read32(at);
}

static unsigned int queue_max(struct uk_virtio_dev *dev, unsigned int index)
{
	set(of(dev), REG_QUEUE_SELECT, index);
	return get(of(dev), REG_QUEUE_MAX);
}

static void call(const struct handler *h)
{
	if (h->fn)
		h->fn(h->arg);
}

/* One round: what the device says, acknowledged before it is handled. False: nothing. */
static bool serve(struct device *d)
{
	uint32_t status = get(d, REG_IRQ_STATUS);

	if (status == 0)
		return false;
	set(d, REG_IRQ_ACK, status);
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

static int queue_enable(struct uk_virtio_dev *dev, struct uk_virtq *vq, uk_virtio_handler fn,
			void *arg)
{
	struct device *d = of(dev);

	if (fn) {
		if (d->queues == HANDLERS_MAX)
			return -ENOSPC;
		d->queue[d->queues] = (struct handler){ fn, arg };
		d->queues++;

		int err = irq_on(d);

		if (err != 0)
			return err;
	}
	set(d, REG_QUEUE_SELECT, vq->index);
	if (get(d, REG_QUEUE_READY) != 0)
		return -EIO;
	set(d, REG_QUEUE_SIZE, vq->size);
	set64(d, REG_QUEUE_DESC, uk_dma_addr(vq->desc));
	set64(d, REG_QUEUE_DRIVER, uk_dma_addr(vq->avail));
	set64(d, REG_QUEUE_DEVICE, uk_dma_addr(vq->used));
	set(d, REG_QUEUE_READY, 1);
	vq->notify = d->regs + REG_NOTIFY;
	vq->notify_wide = true;
	return 0;
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
	volatile uint8_t *regs = uk_mmio_map(place->base, place->size);
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
	d->virtio.config_size = place->size - REG_CONFIG;
	(void)uk_format(d->virtio.name, sizeof(d->virtio.name), "mmio@%llx",
			(unsigned long long)place->base);
	(void)uk_virtio_register(&d->virtio);
}
