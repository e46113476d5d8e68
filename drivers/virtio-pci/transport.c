/* SPDX-License-Identifier: BSD-3-Clause */
#include "caps.h"

#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/log.h>
#include <uk/mmio.h>
#include <uk/mmu.h>
#include <uk/virtio.h>

/* The common configuration structure: virtio 1.2, section 4.1.4.3. */
enum {
	DEVICE_SELECT = 0,
	DEVICE_FEATURES = 4,
	DRIVER_SELECT = 8,
	DRIVER_FEATURES = 12,
	VECTOR_OF_CONFIG = 16,
	STATUS = 20,
	GENERATION = 21,
	QUEUE_SELECT = 22,
	QUEUE_SIZE = 24,
	QUEUE_VECTOR = 26,
	QUEUE_ENABLE = 28,
	QUEUE_NOTIFY_OFF = 30,
	QUEUE_DESC = 32,
	QUEUE_DRIVER = 40,
	QUEUE_DEVICE = 48,
	COMMON_BYTES = 56,
};

#define NO_VECTOR  0xffffu
#define DEVICE_MAX 4096u         /* bytes of device configuration that are mapped, at most */
#define NOTIFY_MAX (1024u << 10) /* bytes of doorbells */

struct device {
	struct uk_virtio_dev virtio;
	struct uk_pci_dev *pci;
	volatile uint8_t *common;
	volatile uint8_t *config;
	volatile uint8_t *doorbells;
	struct place notify;
	unsigned int next_vector; /* 0 is the configuration's */
};

static struct device *of(struct uk_virtio_dev *virtio)
{
	return UK_CONTAINER_OF(virtio, struct device, virtio);
}

static uint8_t status_read(struct uk_virtio_dev *dev)
{
	return uk_mmio_read8(of(dev)->common + STATUS);
}

static void status_write(struct uk_virtio_dev *dev, uint8_t status)
{
	uk_mmio_write8(of(dev)->common + STATUS, status);
}

static uint64_t features_read(struct uk_virtio_dev *dev)
{
	volatile uint8_t *c = of(dev)->common;

	uk_mmio_write32(c + DEVICE_SELECT, 0);

	uint64_t low = uk_mmio_read32(c + DEVICE_FEATURES);

	uk_mmio_write32(c + DEVICE_SELECT, 1);
	return low | (uint64_t)uk_mmio_read32(c + DEVICE_FEATURES) << 32;
}

static void features_write(struct uk_virtio_dev *dev, uint64_t features)
{
	volatile uint8_t *c = of(dev)->common;

	uk_mmio_write32(c + DRIVER_SELECT, 0);
	uk_mmio_write32(c + DRIVER_FEATURES, (uint32_t)features);
	uk_mmio_write32(c + DRIVER_SELECT, 1);
	uk_mmio_write32(c + DRIVER_FEATURES, (uint32_t)(features >> 32));
}

static uint32_t generation(struct uk_virtio_dev *dev)
{
	return uk_mmio_read8(of(dev)->common + GENERATION);
}

static uint32_t config_read(struct uk_virtio_dev *dev, size_t offset, unsigned int width)
{
	const volatile uint8_t *at = of(dev)->config + offset;

	return width == 1   ? uk_mmio_read8(at)
	       : width == 2 ? uk_mmio_read16(at)
			    : uk_mmio_read32(at);
}

static unsigned int queue_max(struct uk_virtio_dev *dev, unsigned int index)
{
	volatile uint8_t *c = of(dev)->common;

	uk_mmio_write16(c + QUEUE_SELECT, (uint16_t)index);
	return uk_mmio_read16(c + QUEUE_SIZE);
}

/* Put the vector into a field of the device, which may refuse it. */
static int set_vector(struct device *d, unsigned int field, unsigned int vector,
		      uk_virtio_handler fn, void *arg)
{
	int err = uk_pci_msix_request(d->pci, vector, fn, arg);

	if (err != 0)
		return err;
	uk_mmio_write16(d->common + field, (uint16_t)vector);
	if (uk_mmio_read16(d->common + field) == vector)
		return 0;
	uk_pci_msix_free(d->pci, vector);
	return -EIO;
}

static void set64(struct device *d, unsigned int field, uint64_t value)
{
	uk_mmio_write32(d->common + field, (uint32_t)value);
	uk_mmio_write32(d->common + field + 4, (uint32_t)(value >> 32));
}

static int queue_enable(struct uk_virtio_dev *dev, struct uk_virtq *vq, uk_virtio_handler fn,
			void *arg)
{
	struct device *d = of(dev);

	uk_mmio_write16(d->common + QUEUE_SELECT, vq->index);
	if (uk_mmio_read16(d->common + QUEUE_ENABLE) != 0)
		return -EIO;

	long doorbell =
		uk__virtio_pci_doorbell(&d->notify, uk_mmio_read16(d->common + QUEUE_NOTIFY_OFF));

	if (doorbell < 0)
		return (int)doorbell;
	if (fn) {
		int err = set_vector(d, QUEUE_VECTOR, d->next_vector, fn, arg);

		if (err != 0)
			return err;
		d->next_vector++;
	} else {
		uk_mmio_write16(d->common + QUEUE_VECTOR, NO_VECTOR);
	}
	uk_mmio_write16(d->common + QUEUE_SIZE, vq->size);
	set64(d, QUEUE_DESC, uk_dma_addr(vq->desc));
	set64(d, QUEUE_DRIVER, uk_dma_addr(vq->avail));
	set64(d, QUEUE_DEVICE, uk_dma_addr(vq->used));
	uk_mmio_write16(d->common + QUEUE_ENABLE, 1);
	vq->notify = d->doorbells + doorbell;
	vq->notify_wide = false;
	return 0;
}

static int config_irq(struct uk_virtio_dev *dev, uk_virtio_handler fn, void *arg)
{
	return set_vector(of(dev), VECTOR_OF_CONFIG, 0, fn, arg);
}

static void irqs_free(struct uk_virtio_dev *dev)
{
	struct device *d = of(dev);

	for (unsigned int i = 0; i < d->next_vector; i++)
		uk_pci_msix_free(d->pci, i);
	d->next_vector = 1;
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

/* Find and map the structures. 0; -ENOTSUP: a legacy device; -EIO: they cannot be used. */
static int map(struct device *d)
{
	struct place common;
	struct place config;

	if (!uk__virtio_pci_find(d->pci, CAP_COMMON, &common) ||
	    !uk__virtio_pci_find(d->pci, CAP_NOTIFY, &d->notify))
		return -ENOTSUP;
	if (common.length < COMMON_BYTES || common.offset % 4 != 0 || d->notify.offset % 4 != 0)
		return -EIO;
	d->notify.length = UK_MIN(d->notify.length, NOTIFY_MAX);
	d->common = uk_pci_map(d->pci, common.bar, common.offset, COMMON_BYTES);
	d->doorbells = uk_pci_map(d->pci, d->notify.bar, d->notify.offset, d->notify.length);
	if (!d->common || !d->doorbells)
		return -EIO;
	if (uk__virtio_pci_find(d->pci, CAP_DEVICE, &config) && config.offset % 4 == 0) {
		config.length = UK_MIN(config.length, DEVICE_MAX);
		d->config = uk_pci_map(d->pci, config.bar, config.offset, config.length);
		d->virtio.config_size = d->config ? config.length : 0;
	}
	return 0;
}

static bool match(const struct uk_pci_dev *pci)
{
	return uk__virtio_pci_type(pci) != 0;
}

static int probe(struct uk_pci_dev *pci)
{
	struct device *d = uk_heap_zalloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->pci = pci;
	d->next_vector = 1;
	d->virtio.ops = &ops;
	d->virtio.type = uk__virtio_pci_type(pci);
	(void)uk_format(d->virtio.name, sizeof(d->virtio.name), "pci@%02x:%02x.%u", pci->bus,
			pci->slot, pci->function);
	uk_pci_enable(pci);

	int err = map(d);

	if (err == 0)
		err = uk_pci_msix_enable(pci);
	if (err != 0) {
		uk_warn("%s: %s", d->virtio.name,
			err == -ENOTSUP ? "legacy device; give it disable-legacy=on"
					: "structures or MSI-X cannot be used");
		uk_heap_free(d);
		return err;
	}
	(void)uk_virtio_register(&d->virtio); /* what went wrong was said there */
	return 0;
}

UK_PCI_DRIVER(virtio) = { .name = "virtio", .match = match, .probe = probe };
