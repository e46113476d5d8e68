/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/netdev.h>

#include <uk/errno.h>
#include <uk/log.h>
#include <uk/panic.h>

static struct uk_spinlock lock = UK_SPINLOCK_INIT;
static struct uk_list devices = UK_LIST_INIT(devices); /* guarded by lock; never shrinks */
static unsigned int count;                             /* guarded by lock */

void uk_netdev_register(struct uk_netdev *dev)
{
	UK_ASSERT(dev->ops && dev->mtu && dev->max_rx_queues && dev->max_tx_queues);
	uk_spin_lock(&lock);
	dev->index = count++;
	uk_list_append(&devices, &dev->node);
	uk_spin_unlock(&lock);
	uk_info("net%u: %s %02x:%02x:%02x:%02x:%02x:%02x mtu %u", dev->index, dev->driver,
		dev->mac[0], dev->mac[1], dev->mac[2], dev->mac[3], dev->mac[4], dev->mac[5],
		dev->mtu);
}

unsigned int uk_netdev_count(void)
{
	uk_spin_lock(&lock);
	unsigned int n = count;

	uk_spin_unlock(&lock);
	return n;
}

struct uk_netdev *uk_netdev_get(unsigned int index)
{
	struct uk_netdev *found = NULL;

	uk_spin_lock(&lock);
	UK_LIST_FOREACH(node, &devices) {
		struct uk_netdev *dev = UK_LIST_ENTRY(node, struct uk_netdev, node);

		if (dev->index == index)
			found = dev;
	}
	uk_spin_unlock(&lock);
	return found;
}

int uk_netdev_start(struct uk_netdev *dev, const struct uk_netdev_conf *conf)
{
	if (conf->rx_queues < 1 || conf->rx_queues > dev->max_rx_queues || conf->tx_queues < 1 ||
	    conf->tx_queues > dev->max_tx_queues)
		return -EINVAL;
	return dev->ops->start(dev, conf);
}
