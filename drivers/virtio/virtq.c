/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/virtq.h>

#include <uk/atomic.h>
#include <uk/errno.h>
#include <uk/log.h>
#include <uk/mmio.h>
#include <uk/panic.h>

/*
 * The device can write to all it shares with us, so nothing we rely on is read back from
 * there: chains and the free list are linked in slot[], not desc[].
 */

/* Sizes with the event fields, which lie behind the rings. */
#define AVAIL_BYTES(size) (sizeof(struct uk_vring_avail) + 2ul * (size) + 2)
#define USED_BYTES(size)  (sizeof(struct uk_vring_used) + 8ul * (size) + 2)

size_t uk_virtq_ring_bytes(unsigned int size)
{
	size_t n = sizeof(struct uk_vring_desc) * size + AVAIL_BYTES(size);

	return UK_ALIGN_UP(n, 64) + USED_BYTES(size);
}

size_t uk_virtq_struct_bytes(unsigned int size)
{
	return sizeof(struct uk_virtq) + sizeof(struct uk_virtq_slot) * size;
}

static uint16_t *used_event(const struct uk_virtq *vq)
{
	return &vq->avail->ring[vq->size];
}

static const uint16_t *avail_event(const struct uk_virtq *vq)
{
	return (const uint16_t *)(const void *)&vq->used->ring[vq->size];
}

void uk_virtq_init(struct uk_virtq *vq, void *ring, unsigned int size, unsigned int index,
		   bool event_idx)
{
	size_t desc_bytes = sizeof(struct uk_vring_desc) * size;
	char *at = ring;

	UK_ASSERT(UK_IS_POW2(size) && size <= UK_VIRTQ_SIZE_MAX);
	*vq = (struct uk_virtq){
		.desc = ring,
		.avail = (void *)(at + desc_bytes),
		.used = (void *)(at + UK_ALIGN_UP(desc_bytes + AVAIL_BYTES(size), 64)),
		.size = (uint16_t)size,
		.index = (uint16_t)index,
		.event_idx = event_idx,
		.free_count = (uint16_t)size,
	};
	for (unsigned int i = 0; i < size; i++) {
		vq->slot[i].cookie = NULL;
		vq->slot[i].next = (uint16_t)(i + 1);
	}
	uk_virtq_irq_disable(vq);
}

int uk_virtq_add(struct uk_virtq *vq, const struct uk_virtq_seg *seg, unsigned int nout,
		 unsigned int nin, void *cookie)
{
	unsigned int n = nout + nin;
	uint16_t head = vq->free_head;
	uint16_t at = head;
	uint32_t in_len = 0;

	UK_ASSERT(n > 0 && cookie);
	if (n > vq->free_count)
		return -ENOSPC;

	for (unsigned int i = 0; i < n; i++) {
		struct uk_vring_desc *d = &vq->desc[at];
		uint16_t flags = i < nout ? 0 : UK_VRING_DESC_WRITE;

		at = vq->slot[at].next;
		d->addr = seg[i].addr;
		d->len = seg[i].len;
		d->flags = i + 1 < n ? flags | UK_VRING_DESC_NEXT : flags;
		d->next = at;
		if (i >= nout)
			in_len += seg[i].len;
	}
	vq->slot[head].cookie = cookie;
	vq->slot[head].in_len = in_len;
	vq->slot[head].count = (uint16_t)n;
	vq->free_head = at;
	vq->free_count = (uint16_t)(vq->free_count - n);
	vq->in_flight++;

	vq->avail->ring[vq->avail_next++ & (vq->size - 1u)] = head;
	/* Release: pairs with the device, which follows the chain once it sees the index. */
	uk_store_release(&vq->avail->idx, vq->avail_next);
	return 0;
}

bool uk_virtq_needs_kick(struct uk_virtq *vq)
{
	uint16_t old = vq->avail_kicked;
	uint16_t new = vq->avail_next;

	if (old == new || vq->broken)
		return false;
	vq->avail_kicked = new;
	/* Our index goes out before its event is read, or both sides may sleep. */
	uk_mb();
	if (!vq->event_idx)
		return !(uk_load(&vq->used->flags) & UK_VRING_USED_NO_NOTIFY);
	/* Section 2.7.10: the event lies in [old, new). */
	return (uint16_t)(new - uk_load(avail_event(vq)) - 1) < (uint16_t)(new - old);
}

void uk_virtq_kick(struct uk_virtq *vq)
{
	if (!uk_virtq_needs_kick(vq))
		return;
	if (vq->notify_wide)
		uk_mmio_write32(vq->notify, vq->index);
	else
		uk_mmio_write16(vq->notify, vq->index);
}

static void *give_up(struct uk_virtq *vq, const char *what, unsigned int value)
{
	uk_err("queue %u: device says %s %u, which cannot be; the queue is given up", vq->index,
	       what, value);
	vq->broken = true;
	return NULL;
}

static void free_chain(struct uk_virtq *vq, unsigned int head)
{
	struct uk_virtq_slot *first = &vq->slot[head];
	struct uk_virtq_slot *last = first;

	for (unsigned int i = 1; i < first->count; i++)
		last = &vq->slot[last->next];
	last->next = vq->free_head;
	vq->free_head = (uint16_t)head;
	vq->free_count = (uint16_t)(vq->free_count + first->count);
	vq->in_flight--;
	first->cookie = NULL;
}

bool uk_virtq_pending(const struct uk_virtq *vq)
{
	return !vq->broken && uk_load(&vq->used->idx) != vq->used_seen;
}

/* Learn how far the device is; false if nothing new, or broken. */
static bool look(struct uk_virtq *vq)
{
	/* Acquire: pairs with the device, which writes elements before the index over them. */
	uint16_t idx = uk_load_acquire(&vq->used->idx);
	uint16_t n = (uint16_t)(idx - vq->used_seen);

	if (n > vq->in_flight) {
		(void)give_up(vq, "used index", idx);
		return false;
	}
	vq->used_known = idx;
	return n > 0;
}

void *uk_virtq_pop(struct uk_virtq *vq, uint32_t *len)
{
	if (vq->broken || (vq->used_seen == vq->used_known && !look(vq)))
		return NULL;

	const struct uk_vring_used_elem *e = &vq->used->ring[vq->used_seen & (vq->size - 1u)];
	uint32_t head = uk_load(&e->id);
	uint32_t written = uk_load(&e->len);

	if (head >= vq->size || !vq->slot[head].cookie)
		return give_up(vq, "completed descriptor", head);
	/* What there is nothing to write to is not looked at: Cloud Hypervisor tells for a packet
	 * that was sent how long it was. */
	if (written > vq->slot[head].in_len && vq->slot[head].in_len > 0)
		return give_up(vq, "written length", written);

	void *cookie = vq->slot[head].cookie;

	*len = UK_MIN(written, vq->slot[head].in_len);
	free_chain(vq, head);
	vq->used_seen++;
	return cookie;
}

bool uk_virtq_irq_enable(struct uk_virtq *vq, unsigned int skip)
{
	if (vq->event_idx)
		uk_store(used_event(vq), (uint16_t)(vq->used_seen + skip));
	else
		uk_store(&vq->avail->flags, 0);
	/* The wish goes out before the index is read: the device does it the other way round. */
	uk_mb();
	return vq->broken || (uint16_t)(uk_load(&vq->used->idx) - vq->used_seen) <= skip;
}

void uk_virtq_irq_disable(struct uk_virtq *vq)
{
	/* An event just passed is 65,535 completions away. */
	if (vq->event_idx)
		uk_store(used_event(vq), (uint16_t)(vq->used_seen - 1));
	else
		uk_store(&vq->avail->flags, UK_VRING_AVAIL_NO_INTERRUPT);
}

void *uk_virtq_detach(struct uk_virtq *vq)
{
	for (unsigned int i = 0; i < vq->size; i++) {
		void *cookie = vq->slot[i].cookie;

		if (cookie) {
			free_chain(vq, i);
			return cookie;
		}
	}
	return NULL;
}
