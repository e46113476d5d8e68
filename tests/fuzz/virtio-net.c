/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The virtio-net driver with a device that is a liar: features, status, configuration, sizes of
 * queues, completions, and all of the rings. At the end the device rests, and each buffer is back.
 */

#include "drivers/virtio-net/net.h"
#include "input.h"
#include <uk/atomic.h>
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/host.h>
#include <uk/mmu.h>

#define HELD_MAX 80u
#define TX_MAX   22u /* buffers of a packet; the driver takes NET_SEGMENTS */

static struct {
	struct uk_virtio_dev virtio;
	struct net *net;
	uint64_t features;
	uint8_t config[16];
	uint32_t reg[UK_VIRTIO_REGS];
	uint8_t lies; /* wrong values to come of the register ... */
	uint8_t lies_about;
	uint32_t lie;
	uint8_t unstable;  /* changes of the configuration to come */
	uint16_t sizes[2]; /* of the queues, as the device says */
	bool refuses;      /* to enable a queue */
	struct uk_virtq *queue[2];
	uint16_t seen[2];
	uk_virtio_handler fn[2], config_fn;
	void *arg[2], *config_arg;
	uint32_t doorbell;
	struct uk_netbuf *held[HELD_MAX];
	unsigned int nheld;
	unsigned int unsent; /* buffers of ours that the driver has */
} dev;

/* Now and then a register says what it likes. */
static uint32_t read_register(struct uk_virtio_dev *virtio, enum uk_virtio_reg reg)
{
	unsigned int q = dev.reg[UK_VIRTIO_REG_QUEUE_SELECT];
	uint32_t half = dev.reg[UK_VIRTIO_REG_DEVICE_SELECT];

	(void)virtio;
	MUST(half < 2 && q < 2);
	if (dev.lies && reg == dev.lies_about) {
		dev.lies--;
		return dev.lie;
	}
	switch (reg) {
	case UK_VIRTIO_REG_DEVICE_FEATURES: return (uint32_t)(dev.features >> 32 * half);
	case UK_VIRTIO_REG_QUEUE_MAX: return dev.sizes[q];
	case UK_VIRTIO_REG_QUEUE_READY: return dev.queue[q] != NULL;
	case UK_VIRTIO_REG_GENERATION: return dev.reg[reg] += dev.unstable;
	default: return dev.reg[reg];
	}
}

static void write_register(struct uk_virtio_dev *virtio, enum uk_virtio_reg reg, uint32_t value)
{
	(void)virtio;
	MUST(reg < UK_VIRTIO_REGS);
	dev.reg[reg] = value;
	if (reg != UK_VIRTIO_REG_STATUS || value)
		return;
	memset(dev.reg, 0, sizeof(dev.reg));
	memset(dev.queue, 0, sizeof(dev.queue));
	memset(dev.seen, 0, sizeof(dev.seen));
}

static uint32_t config_read(struct uk_virtio_dev *virtio, size_t offset, unsigned int width)
{
	uint32_t v = 0;

	MUST(offset + width <= virtio->config_size);
	memcpy(&v, dev.config + offset, width);
	if (dev.unstable)
		dev.config[offset] ^= dev.unstable--;
	return v;
}

static int queue_attach(struct uk_virtio_dev *virtio, struct uk_virtq *vq, uk_virtio_handler fn,
			void *arg)
{
	(void)virtio;
	if (dev.refuses)
		return -EIO;
	dev.queue[vq->index] = vq;
	dev.fn[vq->index] = fn;
	dev.arg[vq->index] = arg;
	vq->notify = &dev.doorbell;
	return 0;
}

static int config_irq(struct uk_virtio_dev *virtio, uk_virtio_handler fn, void *arg)
{
	(void)virtio;
	dev.config_fn = fn;
	dev.config_arg = arg;
	return 0;
}

static void irqs_free(struct uk_virtio_dev *virtio)
{
	(void)virtio;
	dev.fn[0] = dev.fn[1] = dev.config_fn = NULL;
}

static const struct uk_virtio_ops ops = {
	.read = read_register,
	.write = write_register,
	.config_read = config_read,
	.queue_attach = queue_attach,
	.config_irq = config_irq,
	.irqs_free = irqs_free,
};

static void put_used(unsigned int i, uint32_t id, uint32_t len)
{
	struct uk_vring_used *used = dev.queue[i]->used;
	struct uk_vring_used_elem *e = &used->ring[used->idx % dev.queue[i]->size];

	e->id = id;
	e->len = len;
	used->idx++;
}

/* The next chain as a device finds it; the rings may be scribbled over. NULL: none. */
static struct uk_netbuf *next_chain(unsigned int i, uint32_t *head)
{
	struct uk_virtq *vq = dev.queue[i];

	if (!vq || dev.seen[i] == vq->avail->idx)
		return NULL;
	*head = vq->avail->ring[dev.seen[i]++ % vq->size];
	return *head < vq->size ? vq->slot[*head].cookie : NULL;
}

static void receive(struct input *in)
{
	struct net_header h;
	uint32_t head;
	struct uk_netbuf *nb = next_chain(0, &head);
	size_t len = in8(in);

	in_copy(in, &h, NET_HEADER);
	if (!nb)
		return;
	memcpy(nb->data - NET_HEADER, &h, NET_HEADER);
	len = UK_MIN(len * 8, (size_t)(nb->end - nb->data));
	in_copy(in, nb->data, UK_MIN(len, (size_t)64));
	put_used(0, head, NET_HEADER + (uint32_t)len);
}

static void sent(void)
{
	uint32_t head;

	if (next_chain(1, &head))
		put_used(1, head, 0);
}

/* The driver waits for the last packets to go out: they do, or the device says nonsense. */
static void finish(void)
{
	uint32_t head;

	if (next_chain(1, &head))
		put_used(1, head, 0);
	else if (dev.queue[1])
		dev.queue[1]->used->idx = (uint16_t)(dev.queue[1]->used->idx + 0x4000);
}

static void lie(struct input *in)
{
	unsigned int i = in8(in) & 1;

	if (!dev.queue[i])
		return;
	put_used(i, in8(in) & 1 ? in32(in) : in8(in), in16(in));
	dev.queue[i]->used->idx = (uint16_t)(dev.queue[i]->used->idx + (int8_t)in8(in));
}

static void scribble(struct input *in)
{
	unsigned int i = in8(in) & 1;
	size_t at = in16(in);

	if (dev.queue[i])
		((uint8_t *)dev.queue[i]->desc)[at % uk_virtq_ring_bytes(dev.queue[i]->size)] =
			in8(in);
}

static void hold(struct uk_netbuf *nb)
{
	if (dev.nheld < HELD_MAX)
		dev.held[dev.nheld++] = nb;
	else
		uk_netbuf_put(nb);
}

static void rx(struct input *in)
{
	uint8_t how = in8(in);
	struct uk_netbuf *bufs[16];
	int n = uk_netdev_rx_burst(&dev.net->dev, 0, bufs, 1 + how % 16);

	for (int i = 0; i < n; i++) {
		struct uk_netbuf *nb = bufs[i];

		MUST(nb->len > 0 && nb->len <= (size_t)(nb->end - nb->data) && !nb->next);
		if (nb->flags & UK_NETBUF_CSUM_PARTIAL)
			MUST((uint32_t)nb->csum_start + nb->csum_offset + 2 <= nb->len);
		touch(nb->data, nb->len);
		if (how & 0x80)
			hold(nb);
		else
			uk_netbuf_put(nb);
	}
}

static void release(struct uk_netbuf *nb, void *arg)
{
	(void)arg;
	dev.unsent--;
	free(nb);
}

static struct uk_netbuf *piece(struct input *in)
{
	size_t room = in8(in) & 0x1f, len = in8(in);
	struct uk_netbuf *nb = malloc(sizeof(*nb) + room + len + 1);

	if (!nb)
		abort();
	uk_netbuf_init(nb, nb + 1, room + len + 1, room);
	nb->len = (uint32_t)len;
	nb->release = release;
	dev.unsent++;
	return nb;
}

static void tx(struct input *in)
{
	struct uk_netbuf *nb = piece(in);
	uint8_t how = in8(in);

	for (unsigned int n = how % TX_MAX; n; n--)
		uk_netbuf_chain(nb, piece(in));
	if (how & 0x80) {
		nb->flags = UK_NETBUF_CSUM_PARTIAL;
		nb->csum_start = in16(in);
		nb->csum_offset = in16(in);
	}
	if (uk_netdev_tx_burst(&dev.net->dev, 0, &nb, 1) == 0)
		uk_netbuf_put(nb);
}

static void notify(struct uk_netdev *netdev, enum uk_netdev_event event, unsigned int queue,
		   void *arg)
{
	(void)event, (void)arg;
	MUST(netdev == &dev.net->dev && queue == 0);
}

static void interrupt(unsigned int which)
{
	if (which == 2 && dev.config_fn)
		dev.config_fn(dev.config_arg);
	else if (which < 2 && dev.queue[which] && dev.fn[which])
		dev.fn[which](dev.arg[which]);
}

static void change(struct input *in)
{
	dev.unstable = in8(in);
	dev.config[in8(in) % sizeof(dev.config)] = in8(in);
	dev.lies = in8(in) % 4;
	dev.lies_about = in8(in) % UK_VIRTIO_REGS;
	dev.lie = in8(in) & 1 ? in32(in) : in8(in);
	dev.sizes[in8(in) & 1] = in16(in);
	dev.refuses = in8(in) & 1;
}

static int start(struct input *in)
{
	struct uk_netdev_conf conf = { .rx_queues = 1, .tx_queues = 1 };

	if (in8(in) & 1)
		conf.notify = notify;
	return uk_netdev_start(&dev.net->dev, &conf);
}

/* False: the device could not be started again. */
static bool step(struct input *in)
{
	struct uk_netdev *netdev = &dev.net->dev;

	switch (in8(in) % 12) {
	case 0: receive(in); break;
	case 1: lie(in); break;
	case 2: rx(in); break;
	case 3: tx(in); break;
	case 4: sent(); break;
	case 5: scribble(in); break;
	case 6: (void)uk_netdev_tx_reclaim(netdev, 0); break;
	case 7: (void)uk_netdev_irq_enable(netdev, in8(in) & 1, 0); break;
	case 8: interrupt(in8(in) % 3); break;
	case 9:
		if (dev.nheld)
			uk_netbuf_put(dev.held[--dev.nheld]);
		break;
	case 10: change(in); break;
	default:
		if ((in8(in) & 7) == 0) {
			uk_netdev_stop(netdev);
			return start(in) == 0;
		}
	}
	return true;
}

static void begin(struct input *in)
{
	memset(&dev, 0, sizeof(dev));
	uk_host_relax = finish;
	dev.features = (in64(in) & 0x3ffffffff) | UK_VIRTIO_F_VERSION_1;
	in_copy(in, dev.config, sizeof(dev.config));
	dev.virtio.ops = &ops;
	dev.virtio.type = UK_VIRTIO_NET;
	dev.virtio.config_size = in8(in) % (sizeof(dev.config) + 1);
	for (int i = 0; i < 2; i++) {
		uint8_t bits = in8(in);

		dev.sizes[i] = bits < 16 ? (uint16_t)(1u << bits) : in16(in);
	}
}

static void end(void)
{
	struct net *net = dev.net;

	while (dev.nheld)
		uk_netbuf_put(dev.held[--dev.nheld]);
	dev.lies = 0;
	dev.unstable = 0;
	uk_netdev_stop(&net->dev);
	MUST(!net->rx.vq && !net->tx.vq && dev.unsent == 0);
	if (net->has_pool)
		uk_netbuf_pool_destroy(&net->pool);
	uk_list_remove(&net->dev.node);
	uk_heap_free(net);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	begin(&in);
	if (uk_virtio_register(&dev.virtio) != 0)
		return 0;
	dev.net = dev.virtio.driver_data;
	MUST(dev.net->dev.mtu >= NET_MTU_MIN && dev.net->dev.mtu <= NET_MTU_MAX);
	change(&in);
	if (start(&in) == 0) {
		while (in.left && step(&in))
			continue;
	}
	end();
	return 0;
}
