/* SPDX-License-Identifier: BSD-3-Clause */

/* A network interface of lwIP for each network device. */

#include "port.h"

#include <lwip/etharp.h>
#include <lwip/init.h>
#include <netif/ethernet.h>
#include <string.h>
#include <uk/boot.h>
#include <uk/clock.h>
#include <uk/heap.h>
#include <uk/init.h>
#include <uk/log.h>
#include <uk/param.h>
#include <uk/thread.h>

struct uk__lwip_port *uk__lwip_ports;

static const char *hostname = CONFIG_APP_NAME;
UK_PARAM_AS(STRING, "net.hostname", net_hostname, hostname, "what DHCP is told");

static unsigned int wait_ms = 5000;
UK_PARAM_AS(UINT, "net.wait_ms", net_wait_ms, wait_ms, "how long boot waits for an address");

static void notify(struct uk_netdev *dev, enum uk_netdev_event event, unsigned int queue, void *arg)
{
	(void)dev, (void)event, (void)queue, (void)arg;
	uk__lwip_kick();
}

err_t uk__lwip_netif_init(struct netif *netif)
{
	struct uk__lwip_port *port = netif->state;

	netif->name[0] = 'e';
	netif->name[1] = 'n';
	netif->hostname = hostname;
	netif->output = etharp_output;
	netif->linkoutput = uk__lwip_tx;
	netif->mtu = port->dev->mtu;
	netif->hwaddr_len = ETH_HWADDR_LEN;
	memcpy(netif->hwaddr, port->dev->mac, ETH_HWADDR_LEN);
	netif->flags =
		NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
	return ERR_OK;
}

static int start_device(struct uk__lwip_port *port)
{
	struct uk_netdev_conf conf = {
		.rx_queues = 1, .tx_queues = 1, .notify = notify, .arg = port
	};
	int err = uk_netdev_start(port->dev, &conf);

	/* Something may have come already. */
	if (err == 0 && uk_netdev_irq_enable(port->dev, UK_NETDEV_RX, 0))
		uk__lwip_kick();
	return err;
}

int uk__lwip_port_create(struct uk_netdev *dev)
{
	struct uk__lwip_port *port = uk_heap_zalloc(1, sizeof(*port));

	if (!port)
		return -ENOMEM;
	port->dev = dev;
	dev->stack = port;
	if (!netif_add_noaddr(&port->netif, port, uk__lwip_netif_init, ethernet_input)) {
		uk_heap_free(port);
		return -ENOMEM;
	}
	port->next = uk__lwip_ports;
	uk__lwip_ports = port;
	if (!port->next)
		netif_set_default(&port->netif);
	return start_device(port);
}

static bool all_set(void)
{
	for (struct uk__lwip_port *port = uk__lwip_ports; port; port = port->next)
		if (!uk__lwip_setup_done(port))
			return false;
	return true;
}

/* An application may connect at once: it is started when it can. */
static void wait_for_address(void)
{
	uk_nsec_t end = uk_clock_now() + (uk_nsec_t)wait_ms * (uk_nsec_t)UK_NSEC_PER_MSEC;

	uk__lwip_poll();
	while (!all_set() && uk_clock_now() < end) {
		uk_thread_sleep_until(uk_clock_now() + (uk_nsec_t)UK_NSEC_PER_MSEC);
		uk__lwip_poll();
	}
	if (!all_set())
		uk_warn("no address after %u ms: is there a DHCP server? Or give net.ip=", wait_ms);
}

#if CONFIG_LIB_VIRTIO_RNG
#define VIRTIO_RNG "a virtio-rng device"
#else
#define VIRTIO_RNG "a virtio-rng device with LIB_VIRTIO_RNG"
#endif

static int lwip_start(void)
{
	int err = uk__lwip_random_init();

	if (err)
		uk_boot_fail("net: no entropy: sequence numbers could be guessed; use a CPU with "
			     "RDRAND (CPU=max), rng.seed= or " VIRTIO_RNG);
	if (uk_netdev_count() == 0)
		uk_boot_fail(
			"net: no network device that a driver knows (NET=user or NET=tap:NAME; "
			"virtio must be modern)");
	lwip_init();
	err = uk__lwip_core_start();
	uk__lwip_lock();
	for (unsigned int i = 0; !err && i < uk_netdev_count(); i++)
		err = uk__lwip_port_create(uk_netdev_get(i));
	for (struct uk__lwip_port *port = uk__lwip_ports; !err && port; port = port->next)
		uk__lwip_setup(port);
	uk__lwip_unlock();
	if (!err)
		wait_for_address();
	return err;
}

UK_INIT(SERVICE, lwip_start);
