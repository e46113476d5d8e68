/* SPDX-License-Identifier: BSD-3-Clause */
#include "caps.h"

#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/log.h>
#include <uk/mmio.h>
#include <uk/mmu.h>
#include <uk/virtio.h>

/* The common configuration structure: virtio 1.2, section 4.1.4.3. */
#define VECTOR_OF_CONFIG 16u
#define QUEUE_VECTOR     26u
#define QUEUE_NOTIFY_OFF 30u
#define COMMON_BYTES     56u

static const struct {
	uint8_t offset;
	uint8_t width;
} place_of[UK_VIRTIO_REGS] = {
	[UK_VIRTIO_REG_STATUS] = { 20, 1 },
	[UK_VIRTIO_REG_GENERATION] = { 21, 1 },
	[UK_VIRTIO_REG_DEVICE_SELECT] = { 0, 4 },
	[UK_VIRTIO_REG_DEVICE_FEATURES] = { 4, 4 },
	[UK_VIRTIO_REG_DRIVER_SELECT] = { 8, 4 },
	[UK_VIRTIO_REG_DRIVER_FEATURES] = { 12, 4 },
	[UK_VIRTIO_REG_QUEUE_SELECT] = { 22, 2 },
	[UK_VIRTIO_REG_QUEUE_MAX] = { 24, 2 }, /* until it is written */
	[UK_VIRTIO_REG_QUEUE_SIZE] = { 24, 2 },
	[UK_VIRTIO_REG_QUEUE_READY] = { 28, 2 },
	[UK_VIRTIO_REG_QUEUE_DESC] = { 32, 4 },
	[UK_VIRTIO_REG_QUEUE_DESC + 1] = { 36, 4 },
	[UK_VIRTIO_REG_QUEUE_DRIVER] = { 40, 4 },
	[UK_VIRTIO_REG_QUEUE_DRIVER + 1] = { 44, 4 },
	[UK_VIRTIO_REG_QUEUE_DEVICE] = { 48, 4 },
	[UK_VIRTIO_REG_QUEUE_DEVICE + 1] = { 52, 4 },
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

static uint32_t reg_read(struct uk_virtio_dev *dev, enum uk_virtio_reg reg)
{
	return uk_virtio_mmio_read(of(dev)->common + place_of[reg].offset, place_of[reg].width);
}

static void reg_write(struct uk_virtio_dev *dev, enum uk_virtio_reg reg, uint32_t value)
{
	uk_virtio_mmio_write(of(dev)->common + place_of[reg].offset, place_of[reg].width, value);
}

static uint32_t config_read(struct uk_virtio_dev *dev, size_t offset, unsigned int width)
{
	return uk_virtio_mmio_read(of(dev)->config + offset, width);
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

static int queue_attach(struct uk_virtio_dev *dev, struct uk_virtq *vq, uk_virtio_handler fn,
			void *arg)
{
	struct device *d = of(dev);
	long doorbell =
		uk__virtio_pci_doorbell(&d->notify, uk_mmio_read16(d->common + QUEUE_NOTIFY_OFF));

	if (doorbell < 0)
		return (int)doorbell;
	vq->notify = d->doorbells + doorbell;
	vq->notify_wide = false;
	if (!fn) {
		uk_mmio_write16(d->common + QUEUE_VECTOR, NO_VECTOR);
		return 0;
	}

	int err = set_vector(d, QUEUE_VECTOR, d->next_vector, fn, arg);

	d->next_vector += err == 0;
	return err;
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
	reg_read, reg_write, config_read, queue_attach, config_irq, irqs_free,
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

/* What no driver here asks for is left as it is. */
static bool match(const struct uk_pci_dev *pci)
{
	return uk_virtio_is_known(uk__virtio_pci_type(pci));
}

/* Memory of its registers, and interrupts. */
static int open(struct device *d)
{
	uk_pci_enable(d->pci);

	int err = map(d);

	if (err == 0)
		err = uk_pci_msix_enable(d->pci);
	if (err != 0)
		uk_warn("%s: %s", d->virtio.name,
			err == -ENOTSUP ? "legacy device; give it disable-legacy=on"
					: "structures or MSI-X cannot be used");
	return err;
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

	int err = open(d);

	if (err == 0)
		err = uk_virtio_register(&d->virtio);
	if (err != 0)
		uk_heap_free(d);
	return err;
}

UK_PCI_DRIVER(virtio) = { .name = "virtio", .match = match, .probe = probe };
