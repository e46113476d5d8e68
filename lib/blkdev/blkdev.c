/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/blkdev.h>

#include <uk/errno.h>
#include <uk/log.h>
#include <uk/panic.h>
#include <uk/spinlock.h>

static struct uk_spinlock lock = UK_SPINLOCK_INIT;
static struct uk_list devices = UK_LIST_INIT(devices); /* guarded by lock; never shrinks */
static unsigned int count;                             /* guarded by lock */

void uk_blkdev_register(struct uk_blkdev *dev)
{
	UK_ASSERT(dev->ops && dev->max_queues && dev->max_segs && dev->max_sectors);
	UK_ASSERT(UK_IS_POW2(dev->block) && dev->block >= UK_BLKDEV_SECTOR);
	uk_spin_lock(&lock);
	dev->index = count++;
	uk_list_append(&devices, &dev->node);
	uk_spin_unlock(&lock);
	uk_info("blk%u: %s %llu KiB%s", dev->index, dev->driver,
		(unsigned long long)dev->sectors / 2, dev->read_only ? ", read only" : "");
}

unsigned int uk_blkdev_count(void)
{
	uk_spin_lock(&lock);
	unsigned int n = count;

	uk_spin_unlock(&lock);
	return n;
}

struct uk_blkdev *uk_blkdev_get(unsigned int index)
{
	struct uk_blkdev *found = NULL;

	uk_spin_lock(&lock);
	UK_LIST_FOREACH(node, &devices) {
		struct uk_blkdev *dev = UK_LIST_ENTRY(node, struct uk_blkdev, node);

		if (dev->index == index)
			found = dev;
	}
	uk_spin_unlock(&lock);
	return found;
}

int uk_blkdev_start(struct uk_blkdev *dev, const struct uk_blkdev_conf *conf)
{
	if (conf->queues < 1 || conf->queues > dev->max_queues)
		return -EINVAL;
	return dev->ops->start(dev, conf);
}

static int check_range(const struct uk_blkdev *dev, uint64_t sector, uint64_t bytes)
{
	if (bytes == 0 || bytes % dev->block != 0 || sector * UK_BLKDEV_SECTOR % dev->block != 0)
		return -EINVAL;
	if (bytes / UK_BLKDEV_SECTOR > dev->max_sectors)
		return -EINVAL;
	if (sector > dev->sectors || bytes / UK_BLKDEV_SECTOR > dev->sectors - sector)
		return -ENOSPC;
	return 0;
}

static uint64_t total(const struct uk_blkdev_req *req)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < req->segs; i++)
		bytes += req->seg[i].len;
	return bytes;
}

int uk_blkdev_check(const struct uk_blkdev *dev, const struct uk_blkdev_req *req)
{
	switch (req->op) {
	case UK_BLKDEV_FLUSH: return req->segs ? -EINVAL : 0;
	case UK_BLKDEV_DISCARD:
		if (!dev->can_discard)
			return -EOPNOTSUPP;
		if (dev->read_only)
			return -EROFS;
		return check_range(dev, req->sector, (uint64_t)req->sectors * UK_BLKDEV_SECTOR);
	case UK_BLKDEV_WRITE:
		if (dev->read_only)
			return -EROFS;
		break;
	case UK_BLKDEV_READ: break;
	default: return -EINVAL;
	}
	if (req->segs > dev->max_segs)
		return -EINVAL;
	return check_range(dev, req->sector, total(req));
}

int uk_blkdev_submit(struct uk_blkdev *dev, unsigned int queue, struct uk_blkdev_req **reqs,
		     unsigned int n)
{
	if (CONFIG_ASSERT) {
		for (unsigned int i = 0; i < n; i++)
			UK_ASSERT(uk_blkdev_check(dev, reqs[i]) == 0);
	}
	return dev->ops->submit(dev, queue, reqs, n);
}
