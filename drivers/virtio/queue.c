/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/virtio.h>

#include <uk/atomic.h>
#include <uk/errno.h>
#include <uk/frames.h>
#include <uk/heap.h>
#include <uk/meminfo.h>
#include <uk/mmu.h>
#include <uk/string.h>

/*
 * Rings begin at different cache lines of their pages, or the hot words of all queues would
 * fall into the same cache sets. The step is no multiple of a power of two near the page's size.
 */
#define COLOUR_STEP 320ul
static uint32_t colour;
static size_t held;

UK_HOLDER(held, "queues of virtio", NULL);

static unsigned int order_for(size_t bytes)
{
	unsigned int order = 0;

	while ((UK_PAGE_SIZE << order) < bytes)
		order++;
	return order;
}

static void *ring_alloc(unsigned int size, unsigned int *order)
{
	size_t bytes = UK_ALIGN_UP(uk_virtq_ring_bytes(size), 64);

	*order = order_for(bytes);

	size_t spare = (UK_PAGE_SIZE << *order) - bytes;
	size_t shift = uk_fetch_add(&colour, 1) * COLOUR_STEP % (spare + 64);
	char *mem = uk_pages_alloc(*order);

	if (!mem) {
		uk_meminfo_lack(bytes);
		return NULL;
	}
	uk_holder_take(&held, (size_t)1 << *order);
	mem += UK_ALIGN_DOWN(shift, 64);
	memset(mem, 0, bytes);
	return mem;
}

static void ring_free(const void *ring, unsigned int order)
{
	/* Blocks are aligned to their size. */
	uintptr_t mem = UK_ALIGN_DOWN((uintptr_t)ring, UK_PAGE_SIZE << order);

	uk_holder_give(&held, (size_t)1 << order);
	uk_pages_free((void *)mem, order);
}

static void put64(struct uk_virtio_dev *dev, enum uk_virtio_reg reg, const void *ring)
{
	uint64_t addr = uk_dma_addr(ring);

	dev->ops->write(dev, reg, (uint32_t)addr);
	dev->ops->write(dev, reg + 1, (uint32_t)(addr >> 32));
}

/* The queue is selected. */
static int enable(struct uk_virtio_dev *dev, struct uk_virtq *vq, uk_virtio_handler fn, void *arg)
{
	const struct uk_virtio_ops *ops = dev->ops;

	if (ops->read(dev, UK_VIRTIO_REG_QUEUE_READY) != 0)
		return -EIO;

	int err = ops->queue_attach(dev, vq, fn, arg);

	if (err != 0)
		return err;
	ops->write(dev, UK_VIRTIO_REG_QUEUE_SIZE, vq->size);
	put64(dev, UK_VIRTIO_REG_QUEUE_DESC, vq->desc);
	put64(dev, UK_VIRTIO_REG_QUEUE_DRIVER, vq->avail);
	put64(dev, UK_VIRTIO_REG_QUEUE_DEVICE, vq->used);
	ops->write(dev, UK_VIRTIO_REG_QUEUE_READY, 1);
	return 0;
}

int uk_virtio_queue_create(struct uk_virtio_dev *dev, unsigned int index, unsigned int size,
			   uk_virtio_handler fn, void *arg, struct uk_virtq **vq_out)
{
	dev->ops->write(dev, UK_VIRTIO_REG_QUEUE_SELECT, index);

	unsigned int max = UK_MIN(dev->ops->read(dev, UK_VIRTIO_REG_QUEUE_MAX), UK_VIRTQ_SIZE_MAX);

	if (max == 0)
		return -ENODEV;
	size = UK_MIN(size, max);
	while (!UK_IS_POW2(size))
		size &= size - 1;

	unsigned int order;
	void *ring = ring_alloc(size, &order);
	struct uk_virtq *vq = ring ? uk_heap_alloc(uk_virtq_struct_bytes(size)) : NULL;

	if (!vq) {
		if (ring)
			ring_free(ring, order);
		return -ENOMEM;
	}
	uk_virtq_init(vq, ring, size, index, uk_virtio_has(dev, UK_VIRTIO_F_EVENT_IDX));
	vq->order = order;

	int err = enable(dev, vq, fn, arg);

	if (err != 0) {
		uk_virtio_queue_destroy(vq);
		return err;
	}
	*vq_out = vq;
	return 0;
}

void uk_virtio_queue_destroy(struct uk_virtq *vq)
{
	if (!vq)
		return;
	ring_free(vq->desc, vq->order);
	uk_heap_free(vq);
}
