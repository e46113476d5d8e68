/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/virtio.h>

#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/log.h>
#include <uk/panic.h>
#include <uk/string.h>

#define RESET_PATIENCE 1000000u
#define READ_PATIENCE  8u

static void status_add(struct uk_virtio_dev *dev, uint8_t bits)
{
	dev->ops->status_write(dev, dev->ops->status_read(dev) | bits);
}

int uk_virtio_reset(struct uk_virtio_dev *dev)
{
	const struct uk_virtio_ops *ops = dev->ops;

	ops->status_write(dev, 0);
	for (unsigned int i = 0; ops->status_read(dev) != 0; i++) {
		if (i == RESET_PATIENCE) {
			dev->broken = true;
			uk_err("%s: does not reset", dev->name);
			return -EIO;
		}
		uk_cpu_relax();
	}
	ops->irqs_free(dev);
	dev->features = 0;
	ops->status_write(dev, UK_VIRTIO_ACKNOWLEDGE);
	ops->status_write(dev, UK_VIRTIO_ACKNOWLEDGE | UK_VIRTIO_DRIVER_THERE);
	return 0;
}

int uk_virtio_negotiate(struct uk_virtio_dev *dev, uint64_t wanted)
{
	uint64_t offered = dev->ops->features_read(dev);

	if (!(offered & UK_VIRTIO_F_VERSION_1)) {
		uk_warn("%s: legacy device; give it disable-legacy=on or force-legacy=false",
			dev->name);
		return -ENOTSUP;
	}
	dev->features = offered & (wanted | UK_VIRTIO_F_VERSION_1 | UK_VIRTIO_F_EVENT_IDX);
	dev->ops->features_write(dev, dev->features);
	status_add(dev, UK_VIRTIO_FEATURES_OK);
	if (!(dev->ops->status_read(dev) & UK_VIRTIO_FEATURES_OK)) {
		uk_warn("%s: refuses features 0x%llx", dev->name,
			(unsigned long long)dev->features);
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
	uk_err("%s: given up: %s", dev->name, why);
	dev->broken = true;
	status_add(dev, UK_VIRTIO_FAILED);
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

void uk_virtio_config_read(struct uk_virtio_dev *dev, size_t offset, void *dst, unsigned int width,
			   size_t count)
{
	UK_ASSERT(width <= 4 && UK_IS_POW2(width) && UK_IS_ALIGNED(offset, width));
	for (unsigned int i = 0; i < READ_PATIENCE; i++) {
		uint32_t before = dev->ops->generation(dev);

		config_copy(dev, offset, dst, width, count);
		if (dev->ops->generation(dev) == before)
			return;
	}
}

static const struct uk_virtio_driver *find_driver(uint32_t type)
{
	UK_TABLE_FOREACH(struct uk_virtio_driver, virtio_driver, d) {
		if (d->type == type)
			return d;
	}
	return NULL;
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
	if (err != 0 && !dev->broken)
		uk_virtio_fail(dev, "no start");
	if (err != 0)
		uk_err("%s: driver %s: error %d", dev->name, driver->name, -err);
	return err;
}
