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

/* What a transport does. */
struct uk_virtio_ops {
	uint8_t (*status_read)(struct uk_virtio_dev *dev);
	void (*status_write)(struct uk_virtio_dev *dev, uint8_t status);
	uint64_t (*features_read)(struct uk_virtio_dev *dev);
	void (*features_write)(struct uk_virtio_dev *dev, uint64_t features);
	uint32_t (*generation)(struct uk_virtio_dev *dev);
	/* width: 1, 2 or 4 bytes at an offset aligned to it, inside config_size. Any context. */
	uint32_t (*config_read)(struct uk_virtio_dev *dev, size_t offset, unsigned int width);
	/* Descriptors that queue `index` may have; 0: there is no such queue. */
	unsigned int (*queue_max)(struct uk_virtio_dev *dev, unsigned int index);
	/* Tell the device where the rings are, enable the queue, fill vq->notify. fn NULL: the
	 * queue needs no interrupt. */
	int (*queue_enable)(struct uk_virtio_dev *dev, struct uk_virtq *vq, uk_virtio_handler fn,
			    void *arg);
	/* Interrupt for changes of the configuration; before the first queue_enable(). */
	int (*config_irq)(struct uk_virtio_dev *dev, uk_virtio_handler fn, void *arg);
	/* The device was reset: give back interrupts of queues and configuration. */
	void (*irqs_free)(struct uk_virtio_dev *dev);
};

struct uk_virtio_dev {
	/* Set by the transport before uk_virtio_register(). */
	const struct uk_virtio_ops *ops;
	char name[24]; /* where it is: "mmio@feb02e00" */
	uint32_t type; /* enum uk_virtio_type */
	size_t config_size;

	/* Of the core and the driver. */
	uint64_t features; /* negotiated */
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

/* For transports: dev lives for ever. Finds the driver and probes. 0, or what probe() said, or
 * -ENODEV: no driver in this image. */
int uk_virtio_register(struct uk_virtio_dev *dev);

/* Reset and acknowledge: as before probe(). Queues are gone, interrupts given back. 0 or -EIO:
 * the device does not come to rest. */
int uk_virtio_reset(struct uk_virtio_dev *dev);

/*
 * Offer the device those of `wanted` that it has, VERSION_1 and EVENT_IDX added; dev->features
 * tells the result. 0, or -ENOTSUP: a legacy device, or it refuses.
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
/* Log it, tell the device, and use it no more. */
void uk_virtio_fail(struct uk_virtio_dev *dev, const char *why);

/*
 * Read `count` fields of `width` bytes (1, 2 or 4: what the specification gives the field, 64-bit
 * ones as two of 4) from the device's configuration; what lies behind its end reads as zero. Read
 * again while the device changes it, at most a few times. Any context.
 */
void uk_virtio_config_read(struct uk_virtio_dev *dev, size_t offset, void *dst, unsigned int width,
			   size_t count);
