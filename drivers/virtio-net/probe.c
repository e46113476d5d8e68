/* SPDX-License-Identifier: BSD-3-Clause */
#include "net.h"

#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/log.h>

static uint16_t read_mtu(struct uk_virtio_dev *virtio)
{
	uint16_t mtu = 1500;

	if (!uk_virtio_has(virtio, NET_F_MTU))
		return mtu;
	uk_virtio_config_read(virtio, NET_CONFIG_MTU, &mtu, 2, 1);
	if (mtu < NET_MTU_MIN || mtu > NET_MTU_MAX) {
		uk_warn("%s: mtu %u is refused, 1500 is used", virtio->name, mtu);
		mtu = 1500;
	}
	return mtu;
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
		uk_err("%s: has no address of its own", virtio->name);
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
	net->dev.mtu = read_mtu(virtio);
	net->dev.tx_headroom = NET_HEADER;
	net->dev.tx_segments = NET_SEGMENTS;
	net->dev.max_rx_queues = 1;
	net->dev.max_tx_queues = 1;
	net->dev.features = class_features(virtio);
	uk_virtio_config_read(virtio, NET_CONFIG_MAC, net->dev.mac, 1, sizeof(net->dev.mac));
	virtio->driver_data = net;
	uk_netdev_register(&net->dev);
	return 0;
}

UK_VIRTIO_DRIVER(net) = {
	.name = "net",
	.type = UK_VIRTIO_NET,
	.probe = uk__virtio_net_probe,
};
