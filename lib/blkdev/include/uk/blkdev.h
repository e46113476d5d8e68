/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Block devices: the class between drivers and file systems. Requests go to a queue in bursts
 * and complete in any order, by polling or by an interrupt.
 *
 * Sectors are 512 bytes whatever the device's block size, which offsets and lengths must be
 * multiples of. Memory of a request is kernel memory that uk_dma_addr() knows; it and the
 * request belong to the driver from submit until done() is called.
 *
 * Contexts: notify() comes in interrupts. Everything else is thread and boot context; calls for
 * one queue are serialised by the caller, different queues may be used at the same time. No
 * call waits.
 */

#include <stdbool.h>
#include <uk/defs.h>
#include <uk/list.h>

#define UK_BLKDEV_SECTOR 512u

enum uk_blkdev_op {
	UK_BLKDEV_READ,
	UK_BLKDEV_WRITE,
	UK_BLKDEV_FLUSH,   /* all completed writes are on stable storage; no data */
	UK_BLKDEV_DISCARD, /* content of [sector, sector + sectors) does not matter any more */
};

struct uk_blkdev_seg {
	void *ptr;
	uint32_t len; /* bytes */
};

struct uk_blkdev_req {
	/* By the caller. */
	enum uk_blkdev_op op;
	uint64_t sector;
	uint32_t sectors; /* DISCARD; READ and WRITE: the sum of the segments */
	const struct uk_blkdev_seg *seg;
	uint16_t segs;
	/* Called by uk_blkdev_poll() when it is over; may submit again. */
	void (*done)(struct uk_blkdev_req *req);
	void *arg;

	/* By the driver, valid in done(). */
	int status; /* 0, -EIO, -EOPNOTSUPP, -ECANCELED (the device was stopped) */

	struct uk_list node; /* of whoever holds the request */
};

struct uk_blkdev;

struct uk_blkdev_conf {
	uint16_t queues;
	/* Once per uk_blkdev_irq_enable() of the queue. NULL: polling only. */
	void (*notify)(struct uk_blkdev *dev, unsigned int queue, void *arg);
	void *arg;
};

struct uk_blkdev_ops {
	int (*start)(struct uk_blkdev *dev, const struct uk_blkdev_conf *conf);
	void (*stop)(struct uk_blkdev *dev);
	int (*submit)(struct uk_blkdev *dev, unsigned int queue, struct uk_blkdev_req **reqs,
		      unsigned int n);
	int (*poll)(struct uk_blkdev *dev, unsigned int queue, unsigned int n);
	int (*irq_enable)(struct uk_blkdev *dev, unsigned int queue);
	void (*irq_disable)(struct uk_blkdev *dev, unsigned int queue);
};

struct uk_blkdev {
	/* Set by the driver before uk_blkdev_register(), then constant. */
	const struct uk_blkdev_ops *ops;
	const char *driver;
	uint64_t sectors;
	uint32_t block;       /* bytes: what offsets and lengths are multiples of, 512 or more */
	uint32_t max_sectors; /* of a request */
	uint16_t max_segs;
	uint16_t max_queues;
	bool read_only;
	bool can_flush; /* else writes are stable when they complete, and FLUSH does nothing */
	bool can_discard;

	bool broken; /* written by the driver at any time: read with uk_load() */

	/* Of the class. */
	struct uk_list node;
	unsigned int index;
};

/* For drivers; the device lives for ever. DEVICE level of init. */
void uk_blkdev_register(struct uk_blkdev *dev);
unsigned int uk_blkdev_count(void);
/* Device `index`, in the order of registration, from 0; NULL: no such. */
struct uk_blkdev *uk_blkdev_get(unsigned int index);

/* Set up the queues; their interrupts are off. 0, -EINVAL, -ENOMEM, -EBUSY, -EIO. */
int uk_blkdev_start(struct uk_blkdev *dev, const struct uk_blkdev_conf *conf);

/* The device is at rest; requests that were under way are done with -ECANCELED. */
uk_inline void uk_blkdev_stop(struct uk_blkdev *dev)
{
	dev->ops->stop(dev);
}

/*
 * Is this a request that the device can take? 0, -EINVAL (alignment, empty, too many sectors or
 * segments), -ENOSPC (behind the end), -EROFS, -EOPNOTSUPP. For whoever makes requests;
 * uk_blkdev_submit() asserts it.
 */
int uk_blkdev_check(const struct uk_blkdev *dev, const struct uk_blkdev_req *req);

/* Takes the first k of n requests and returns k; k < n: no room until some are done. */
int uk_blkdev_submit(struct uk_blkdev *dev, unsigned int queue, struct uk_blkdev_req **reqs,
		     unsigned int n);

/* Calls done() for up to n requests that are over; returns how many. */
uk_inline int uk_blkdev_poll(struct uk_blkdev *dev, unsigned int queue, unsigned int n)
{
	return dev->ops->poll(dev, queue, n);
}

/* Arm one notify(). Nonzero: something is over already and none will come; poll again. */
uk_inline int uk_blkdev_irq_enable(struct uk_blkdev *dev, unsigned int queue)
{
	return dev->ops->irq_enable(dev, queue);
}

uk_inline void uk_blkdev_irq_disable(struct uk_blkdev *dev, unsigned int queue)
{
	dev->ops->irq_disable(dev, queue);
}
