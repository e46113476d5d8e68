/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtqueue whose device is a liar: it may write to all of the ring at any time. What the driver
 * gave away comes back at most once, and with no more bytes than there was room for.
 */

#include "input.h"
#include <uk/errno.h>
#include <uk/virtq.h>

#define SIZE_MAX_HERE 64u
#define OUT_MAX       6u

static struct {
	struct uk_virtq *vq;
	uint8_t *ring;
	size_t ring_bytes;
	unsigned int size;
	uint32_t room[2 * SIZE_MAX_HERE]; /* of the request with this cookie, + 1; 0: free */
	unsigned int held;
	unsigned int descriptors;
	uint16_t seen; /* by the honest part of the device */
} q;

static uint8_t cookies[2 * SIZE_MAX_HERE];
static uint8_t taken[2 * SIZE_MAX_HERE]; /* descriptors of the request */

static void begin(struct input *in)
{
	uint8_t how = in8(in);

	memset(&q, 0, sizeof(q));
	q.size = 1u << (how & 7) % 7;
	q.ring_bytes = uk_virtq_ring_bytes(q.size);
	/* Exact, so that a sanitizer sees what lies beside it. */
	q.ring = aligned_alloc(64, UK_ALIGN_UP(q.ring_bytes, 64ul));
	q.vq = malloc(uk_virtq_struct_bytes(q.size));
	if (!q.ring || !q.vq)
		abort();
	memset(q.ring, 0, q.ring_bytes);
	uk_virtq_init(q.vq, q.ring, q.size, 0, how & 8);
}

static void add(struct input *in)
{
	struct uk_virtq_seg seg[2 * OUT_MAX];
	unsigned int nout = in8(in) % OUT_MAX, nin = in8(in) % OUT_MAX, i;
	uint32_t room = 0;

	if (nout + nin == 0)
		return;
	for (i = 0; i < nout + nin; i++) {
		seg[i] = (struct uk_virtq_seg){ .addr = 0x1000 * i, .len = in8(in) };
		room += i >= nout ? seg[i].len : 0;
	}
	for (i = 0; q.room[i]; i++)
		continue;
	int err = uk_virtq_add(q.vq, seg, nout, nin, &cookies[i]);

	MUST(err == (nout + nin > q.size - q.descriptors ? -ENOSPC : 0));
	if (err)
		return;
	q.room[i] = room + 1;
	taken[i] = (uint8_t)(nout + nin);
	q.descriptors += nout + nin;
	q.held++;
}

static void give_back(const void *cookie)
{
	size_t i = (size_t)((const uint8_t *)cookie - cookies);

	MUST(i < UK_ARRAY_SIZE(cookies) && q.room[i]);
	q.room[i] = 0;
	q.descriptors -= taken[i];
	q.held--;
}

static void pop(void)
{
	uint32_t len = ~0u;
	void *cookie = uk_virtq_pop(q.vq, &len);

	if (!cookie)
		return;
	MUST(len < q.room[(uint8_t *)cookie - cookies]);
	give_back(cookie);
}

/* As a device does: the next chain that was offered, with the length that the input says. */
static void complete(struct input *in)
{
	struct uk_vring_used *used = q.vq->used;
	struct uk_vring_used_elem *e = &used->ring[used->idx % q.size];

	if (q.seen == q.vq->avail->idx)
		return;
	e->id = q.vq->avail->ring[q.seen++ % q.size];
	e->len = in8(in);
	used->idx++;
}

static void lie(struct input *in)
{
	struct uk_vring_used *used = q.vq->used;
	struct uk_vring_used_elem *e = &used->ring[in8(in) % q.size];

	e->id = in8(in) & 1 ? in32(in) : in8(in);
	e->len = in16(in);
	used->idx = (uint16_t)(used->idx + (int8_t)in8(in));
	used->flags = in8(in);
}

static void scribble(struct input *in)
{
	q.ring[in16(in) % q.ring_bytes] = in8(in);
}

static void step(struct input *in)
{
	switch (in8(in) % 9) {
	case 0:
	case 1: add(in); break;
	case 2: complete(in); break;
	case 3: pop(); break;
	case 4: lie(in); break;
	case 5: scribble(in); break;
	case 6: (void)uk_virtq_needs_kick(q.vq); break;
	case 7: (void)uk_virtq_irq_enable(q.vq, in8(in)); break;
	default: uk_virtq_irq_disable(q.vq); break;
	}
	(void)uk_virtq_pending(q.vq);
	MUST(q.vq->free_count == q.size - q.descriptors && q.vq->in_flight == q.held);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	void *cookie;

	begin(&in);
	while (in.left)
		step(&in);
	while ((cookie = uk_virtq_detach(q.vq)))
		give_back(cookie);
	MUST(q.held == 0 && q.descriptors == 0 && q.vq->free_count == q.size);
	free(q.ring);
	free(q.vq);
	return 0;
}
