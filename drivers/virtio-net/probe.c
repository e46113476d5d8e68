/* SPDX-License-Identifier: BSD-3-Clause */
#include "net.h"

#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/log.h>
#include <uk/string.h>

/* Address and MTU, read once. False: it has no address that a station can have. */
static bool read_config(struct uk_virtio_dev *virtio, struct uk_netdev *dev)
{
	static const uint8_t none[6];
	uint16_t mtu = NET_MTU;
	int err = uk_virtio_config_read(virtio, NET_CONFIG_MAC, dev->mac, 1, sizeof(dev->mac));

	if (err == 0 && uk_virtio_has(virtio, NET_F_MTU))
		err = uk_virtio_config_read(virtio, NET_CONFIG_MTU, &mtu, 2, 1);
	if (err != 0) {
		uk_virtio_fail(virtio, "its configuration does not come to rest");
		return false;
	}
	/* IEEE 802, section 8.2: the group bit. */
	if ((dev->mac[0] & 1) || memcmp(dev->mac, none, sizeof(none)) == 0) {
		uk_virtio_fail(virtio, "its address is a group's, or zero");
		return false;
	}
	if (mtu < NET_MTU_MIN || mtu > NET_MTU_MAX) {
		uk_warn("%s: mtu %u is refused, %u is used", virtio->name, mtu, NET_MTU);
		mtu = NET_MTU;
	}
	dev->mtu = mtu;
	return true;
}

static uint32_t class_features(const struct uk_virtio_dev *virtio)
{
	uint32_t features = 0;

	if (uk_virtio_has(virtio, NET_F_CSUM))
		features |= UK_NETDEV_TX_CSUM;
	if (uk_virtio_has(virtio, NET_F_GUEST_CSUM))
		features |= UK_NETDEV_RX_CSUM;
	if (uk_virtio_has(virtio, NET_F_STATUS))
		features |= UK_NETDEV_LINK;
	return features;
}

int uk__virtio_net_probe(struct uk_virtio_dev *virtio)
{
	int err = uk_virtio_negotiate(virtio, NET_F_WANTED);

	if (err != 0)
		return err;
	if (!uk_virtio_has(virtio, NET_F_MAC)) {
		uk_virtio_fail(virtio, "has no address of its own");
		return -ENOTSUP;
	}

	struct net *net = uk_heap_zalloc(1, sizeof(*net));

	if (!net)
		return -ENOMEM;
	net->virtio = virtio;
	net->fresh = true;
	net->rx.dev = &net->dev;
	net->tx.dev = &net->dev;
	net->dev.ops = &uk__virtio_net_ops;
	net->dev.driver = virtio->name;
	net->dev.tx_headroom = NET_HEADER;
	net->dev.tx_segments = NET_SEGMENTS;
	net->dev.max_rx_queues = 1;
	net->dev.max_tx_queues = 1;
	net->dev.features = class_features(virtio);
	if (!read_config(virtio, &net->dev)) {
		uk_heap_free(net);
		return -EIO;
	}
	virtio->driver_data = net;
	uk_netdev_register(&net->dev);
	return 0;
}

UK_VIRTIO_DRIVER(net) = {
	.name = "net",
	.type = UK_VIRTIO_NET,
	.probe = uk__virtio_net_probe,
};
