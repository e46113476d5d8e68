/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Virtio devices: the core between transports (virtio-pci, virtio-mmio) and drivers (net, rng).
 * Virtio 1.2; legacy devices are refused. Boot and thread context unless said otherwise; the
 * driver serialises the calls for its device.
 *
 * A driver:
 *
 *	static int net_probe(struct uk_virtio_dev *dev) { ... }
 *	UK_VIRTIO_DRIVER(net) = { .name = "net", .type = UK_VIRTIO_NET, .probe = net_probe };
 *
 * probe() finds the device reset and acknowledged. It negotiates, creates its queues, and calls
 * uk_virtio_ready(); or returns a negative errno: the core then sets FAILED, logs it, and goes
 * on with the next device.
 */

#include <stdbool.h>
#include <uk/defs.h>
#include <uk/mmio.h>
#include <uk/table.h>
#include <uk/virtq.h>

/* Device types, section 5. */
enum uk_virtio_type {
	UK_VIRTIO_NET = 1,
	UK_VIRTIO_BLOCK = 2,
	UK_VIRTIO_CONSOLE = 3,
	UK_VIRTIO_RNG = 4,
	UK_VIRTIO_9P = 9,
};

/* Feature bits that are not a device's own, section 6. */
#define UK_VIRTIO_F_INDIRECT_DESC (1ull << 28)
#define UK_VIRTIO_F_EVENT_IDX     (1ull << 29)
#define UK_VIRTIO_F_VERSION_1     (1ull << 32)

/* Device status, section 2.1. */
enum uk_virtio_status {
	UK_VIRTIO_ACKNOWLEDGE = 1,
	UK_VIRTIO_DRIVER_THERE = 2,
	UK_VIRTIO_DRIVER_OK = 4,
	UK_VIRTIO_FEATURES_OK = 8,
	UK_VIRTIO_NEEDS_RESET = 64,
	UK_VIRTIO_FAILED = 128,
};

struct uk_virtio_dev;
typedef void (*uk_virtio_handler)(void *arg);

/*
 * Registers that every transport has (sections 4.1.4.3 and 4.2.2), of any width up to 32 bits. What
 * follows QUEUE_SELECT is of the queue selected. Addresses are two registers, the low half first.
 */
enum uk_virtio_reg {
	UK_VIRTIO_REG_STATUS,
	UK_VIRTIO_REG_GENERATION,
	UK_VIRTIO_REG_DEVICE_SELECT, /* which 32 bits DEVICE_FEATURES shows */
	UK_VIRTIO_REG_DEVICE_FEATURES,
	UK_VIRTIO_REG_DRIVER_SELECT,
	UK_VIRTIO_REG_DRIVER_FEATURES,
	UK_VIRTIO_REG_QUEUE_SELECT,
	UK_VIRTIO_REG_QUEUE_MAX, /* descriptors that it may have; 0: there is no such queue */
	UK_VIRTIO_REG_QUEUE_SIZE,
	UK_VIRTIO_REG_QUEUE_READY,
	UK_VIRTIO_REG_QUEUE_DESC,
	UK_VIRTIO_REG_QUEUE_DRIVER = UK_VIRTIO_REG_QUEUE_DESC + 2,
	UK_VIRTIO_REG_QUEUE_DEVICE = UK_VIRTIO_REG_QUEUE_DRIVER + 2,
	UK_VIRTIO_REGS = UK_VIRTIO_REG_QUEUE_DEVICE + 2,
};

/* For transports: a register of 1, 2 or 4 bytes. */
uk_inline uint32_t uk_virtio_mmio_read(const volatile uint8_t *at, unsigned int width)
{
	return width == 1   ? uk_mmio_read8(at)
	       : width == 2 ? uk_mmio_read16(at)
			    : uk_mmio_read32(at);
}

uk_inline void uk_virtio_mmio_write(volatile uint8_t *at, unsigned int width, uint32_t value)
{
	if (width == 1)
		uk_mmio_write8(at, (uint8_t)value);
	else if (width == 2)
		uk_mmio_write16(at, (uint16_t)value);
	else
		uk_mmio_write32(at, value);
}

/* What a transport does. */
struct uk_virtio_ops {
	/* Any context. */
	uint32_t (*read)(struct uk_virtio_dev *dev, enum uk_virtio_reg reg);
	void (*write)(struct uk_virtio_dev *dev, enum uk_virtio_reg reg, uint32_t value);
	/* width: 1, 2 or 4 bytes at an offset aligned to it, inside config_size. Any context. */
	uint32_t (*config_read)(struct uk_virtio_dev *dev, size_t offset, unsigned int width);
	/* Of the queue that is selected: its interrupt calls fn(arg) (fn NULL: it needs none), and
	 * vq->notify becomes its doorbell. 0 or a negative errno. */
	int (*queue_attach)(struct uk_virtio_dev *dev, struct uk_virtq *vq, uk_virtio_handler fn,
			    void *arg);
	/* Interrupt for changes of the configuration; before the first queue. */
	int (*config_irq)(struct uk_virtio_dev *dev, uk_virtio_handler fn, void *arg);
	/* Reset, or used no more: give back interrupts of queues and configuration. */
	void (*irqs_free)(struct uk_virtio_dev *dev);
};

struct uk_virtio_dev {
	/* Set by the transport before uk_virtio_register(). */
	const struct uk_virtio_ops *ops;
	char name[24]; /* where it is: "mmio@feb02e00" */
	uint32_t type; /* enum uk_virtio_type */
	size_t config_size;

	/* Of the core and the driver. */
	uint64_t features; /* negotiated, from the first time on */
	bool broken;
	void *driver_data;
};

struct uk_virtio_driver {
	const char *name;
	uint32_t type;
	int (*probe)(struct uk_virtio_dev *dev);
};

UK_TABLE(struct uk_virtio_driver, virtio_driver);
#define UK_VIRTIO_DRIVER(id) \
	UK_TABLE_ENTRY(struct uk_virtio_driver, virtio_driver) uk_virtio_driver_##id

/* For transports: this image has a driver for the type. */
bool uk_virtio_is_known(uint32_t type);

/* For transports: finds the driver and probes. 0, and dev lives for ever, or what probe() said, or
 * -ENODEV: no driver in this image. */
int uk_virtio_register(struct uk_virtio_dev *dev);

/* Reset and acknowledge: as before probe(). Queues are gone, interrupts given back. 0 or -EIO:
 * the device does not come to rest. */
int uk_virtio_reset(struct uk_virtio_dev *dev);

/*
 * Offer the device those of `wanted` that it has, VERSION_1 and EVENT_IDX added; dev->features
 * tells the result. 0, or -ENOTSUP: a legacy device, or it refuses. After a reset the device must
 * offer what it offered before, or this is -EIO.
 */
int uk_virtio_negotiate(struct uk_virtio_dev *dev, uint64_t wanted);

uk_inline bool uk_virtio_has(const struct uk_virtio_dev *dev, uint64_t feature)
{
	return (dev->features & feature) != 0;
}

/*
 * Queue `index` with at most `size` descriptors (rounded down to a power of two), memory included;
 * fn(arg) is its interrupt handler, or NULL. 0, -ENODEV (no such queue), -ENOMEM, -EIO.
 */
int uk_virtio_queue_create(struct uk_virtio_dev *dev, unsigned int index, unsigned int size,
			   uk_virtio_handler fn, void *arg, struct uk_virtq **vq);
/* After uk_virtio_reset(); what was in flight was taken by uk_virtq_detach(). NULL is allowed. */
void uk_virtio_queue_destroy(struct uk_virtq *vq);

/* The device may start. */
void uk_virtio_ready(struct uk_virtio_dev *dev);
/* Log it, tell the device, and use it no more. The first time; then it has been said. */
void uk_virtio_fail(struct uk_virtio_dev *dev, const char *why);

/* The device is there, runs, and asks for no reset; else it is failed. Reads a register. Any
 * context. */
bool uk_virtio_works(struct uk_virtio_dev *dev);

/*
 * Read `count` fields of `width` bytes (1, 2 or 4: what the specification gives the field, 64-bit
 * ones as two of 4) from the device's configuration; what lies behind its end reads as zero. Read
 * again while the device changes it, at most a few times: 0, or -EIO where it does not come to
 * rest, and then *dst is not to be believed. Any context.
 */
int uk_virtio_config_read(struct uk_virtio_dev *dev, size_t offset, void *dst, unsigned int width,
			  size_t count);
