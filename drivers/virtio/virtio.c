/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/virtio.h>

#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/log.h>
#include <uk/panic.h>
#include <uk/string.h>

#define RESET_PATIENCE 1000000u
#define READ_PATIENCE  8u

static void status_add(struct uk_virtio_dev *dev, uint8_t bits)
{
	uint32_t now = dev->ops->read(dev, UK_VIRTIO_REG_STATUS);

	dev->ops->write(dev, UK_VIRTIO_REG_STATUS, (now & 0xff) | bits);
}

int uk_virtio_reset(struct uk_virtio_dev *dev)
{
	const struct uk_virtio_ops *ops = dev->ops;

	ops->write(dev, UK_VIRTIO_REG_STATUS, 0);
	for (unsigned int i = 0; ops->read(dev, UK_VIRTIO_REG_STATUS) != 0; i++) {
		if (i == RESET_PATIENCE) {
			uk_virtio_fail(dev, "does not reset");
			return -EIO;
		}
		uk_cpu_relax();
	}
	ops->irqs_free(dev);
	ops->write(dev, UK_VIRTIO_REG_STATUS, UK_VIRTIO_ACKNOWLEDGE);
	ops->write(dev, UK_VIRTIO_REG_STATUS, UK_VIRTIO_ACKNOWLEDGE | UK_VIRTIO_DRIVER_THERE);
	return 0;
}

static uint64_t features_read(struct uk_virtio_dev *dev)
{
	uint64_t features = 0;

	for (unsigned int i = 0; i < 2; i++) {
		dev->ops->write(dev, UK_VIRTIO_REG_DEVICE_SELECT, i);
		features |= (uint64_t)dev->ops->read(dev, UK_VIRTIO_REG_DEVICE_FEATURES) << 32 * i;
	}
	return features;
}

static void features_write(struct uk_virtio_dev *dev)
{
	for (unsigned int i = 0; i < 2; i++) {
		dev->ops->write(dev, UK_VIRTIO_REG_DRIVER_SELECT, i);
		dev->ops->write(dev, UK_VIRTIO_REG_DRIVER_FEATURES,
				(uint32_t)(dev->features >> 32 * i));
	}
}

int uk_virtio_negotiate(struct uk_virtio_dev *dev, uint64_t wanted)
{
	uint64_t before = dev->features;
	uint64_t offered = features_read(dev);

	if (!(offered & UK_VIRTIO_F_VERSION_1)) {
		uk_virtio_fail(dev,
			       "legacy device; give it disable-legacy=on or force-legacy=false");
		return -ENOTSUP;
	}
	dev->features = offered & (wanted | UK_VIRTIO_F_VERSION_1 | UK_VIRTIO_F_EVENT_IDX);
	/* What was told of the device's abilities stands. */
	if (before && dev->features != before) {
		uk_virtio_fail(dev, "offers other features than before");
		return -EIO;
	}
	features_write(dev);
	status_add(dev, UK_VIRTIO_FEATURES_OK);
	if (!(dev->ops->read(dev, UK_VIRTIO_REG_STATUS) & UK_VIRTIO_FEATURES_OK)) {
		uk_virtio_fail(dev, "refuses the features that it offers");
		return -ENOTSUP;
	}
	return 0;
}

void uk_virtio_ready(struct uk_virtio_dev *dev)
{
	status_add(dev, UK_VIRTIO_DRIVER_OK);
}

void uk_virtio_fail(struct uk_virtio_dev *dev, const char *why)
{
	if (uk_exchange(&dev->broken, true))
		return;
	uk_err("%s: given up: %s", dev->name, why);
	status_add(dev, UK_VIRTIO_FAILED);
}

bool uk_virtio_works(struct uk_virtio_dev *dev)
{
	uint32_t status = dev->ops->read(dev, UK_VIRTIO_REG_STATUS);

	/* What is unplugged reads as all zeros or all ones. */
	if ((status & (UK_VIRTIO_DRIVER_OK | UK_VIRTIO_NEEDS_RESET | UK_VIRTIO_FAILED)) !=
	    UK_VIRTIO_DRIVER_OK)
		uk_virtio_fail(dev, status & UK_VIRTIO_DRIVER_OK ? "wants a reset" : "is gone");
	return !uk_load(&dev->broken);
}

static void config_copy(struct uk_virtio_dev *dev, size_t offset, void *dst, unsigned int width,
			size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t at = offset + i * width;
		uint32_t v = 0;

		if (at + width <= dev->config_size)
			v = dev->ops->config_read(dev, at, width);
		memcpy((uint8_t *)dst + i * width, &v, width);
	}
}

int uk_virtio_config_read(struct uk_virtio_dev *dev, size_t offset, void *dst, unsigned int width,
			  size_t count)
{
	UK_ASSERT(width <= 4 && UK_IS_POW2(width) && UK_IS_ALIGNED(offset, width));
	for (unsigned int i = 0; i < READ_PATIENCE; i++) {
		uint32_t before = dev->ops->read(dev, UK_VIRTIO_REG_GENERATION);

		config_copy(dev, offset, dst, width, count);
		if (dev->ops->read(dev, UK_VIRTIO_REG_GENERATION) == before)
			return 0;
	}
	return -EIO;
}

/* Not inline: two ask it, and httpd has a budget. */
static uk_noinline const struct uk_virtio_driver *find_driver(uint32_t type)
{
	UK_TABLE_FOREACH(struct uk_virtio_driver, virtio_driver, d) {
		if (d->type == type)
			return d;
	}
	return NULL;
}

bool uk_virtio_is_known(uint32_t type)
{
	return find_driver(type) != NULL;
}

int uk_virtio_register(struct uk_virtio_dev *dev)
{
	const struct uk_virtio_driver *driver = find_driver(dev->type);

	if (!driver) {
		uk_info("%s: type %u: no driver in this image", dev->name, dev->type);
		return -ENODEV;
	}

	int err = uk_virtio_reset(dev);

	if (err == 0)
		err = driver->probe(dev);
	if (err == 0)
		return 0;
	if (!dev->broken)
		uk_err("%s: driver %s: error %d", dev->name, driver->name, -err);
	dev->broken = true;
	status_add(dev, UK_VIRTIO_FAILED);
	dev->ops->irqs_free(dev);
	return err;
}
