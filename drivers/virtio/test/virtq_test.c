/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/virtq.h>

#include <uk/atomic.h>
#include <uk/errno.h>
#include <uk/string.h>
#include <uk/test.h>

#define N 8u

/* A queue, and a device that knows the chains it was given. */
static union {
	struct uk_virtq vq;
	uint8_t bytes[1024];
} queue;
static uint8_t ring[1024] uk_aligned(64);
static uint16_t device_seen;

static struct uk_virtq *fresh(bool event_idx)
{
	memset(ring, 0, sizeof(ring));
	memset(&queue, 0xff, sizeof(queue)); /* what lies behind the slots looks like one in use */
	device_seen = 0;
	uk_virtq_init(&queue.vq, ring, N, 3, event_idx);
	return &queue.vq;
}

static uint16_t *avail_event(struct uk_virtq *vq)
{
	return (uint16_t *)(void *)&vq->used->ring[N];
}

static void complete(struct uk_virtq *vq, uint32_t head, uint32_t len)
{
	uint16_t idx = vq->used->idx;

	vq->used->ring[idx % N].id = head;
	vq->used->ring[idx % N].len = len;
	uk_store_release(&vq->used->idx, (uint16_t)(idx + 1));
}

/* What the device sees of the next chain: its head; checks form and lengths. */
static uint16_t take_chain(struct uk_virtq *vq, unsigned int nout, unsigned int n)
{
	uint16_t head = vq->avail->ring[device_seen++ % N];
	uint16_t at = head;

	for (unsigned int i = 0; i < n; i++) {
		const struct uk_vring_desc *d = &vq->desc[at];

		UK_EXPECT(at < N);
		UK_EXPECT_EQ(d->len, i + 1);
		UK_EXPECT_EQ(d->addr, 0x1000 * i);
		UK_EXPECT_EQ((d->flags & UK_VRING_DESC_WRITE) != 0, i >= nout);
		UK_EXPECT_EQ((d->flags & UK_VRING_DESC_NEXT) != 0, i + 1 < n);
		at = d->next;
	}
	return head;
}

static const struct uk_virtq_seg segs[N + 1] = {
	{ 0, 1 },      { 0x1000, 2 }, { 0x2000, 3 }, { 0x3000, 4 },
	{ 0x4000, 5 }, { 0x5000, 6 }, { 0x6000, 7 }, { 0x7000, 8 },
};

UK_TEST(virtq, sizes_fit)
{
	UK_EXPECT(uk_virtq_struct_bytes(N) <= sizeof(queue));
	UK_EXPECT(uk_virtq_ring_bytes(N) <= sizeof(ring));
	UK_EXPECT_EQ(uk_virtq_ring_bytes(256), 4096 + 576 + 2054);
}

UK_TEST(virtq, full_queue_refuses_and_stays)
{
	struct uk_virtq *vq = fresh(false);
	char cookie;

	UK_EXPECT_EQ(uk_virtq_add(vq, segs, N, 1, &cookie), -ENOSPC);
	UK_EXPECT_EQ(vq->free_count, N);
	UK_EXPECT_EQ(uk_virtq_add(vq, segs, N - 1, 1, &cookie), 0);
	UK_EXPECT_EQ(uk_virtq_add(vq, segs, 1, 0, &cookie), -ENOSPC);
	UK_EXPECT(!uk_virtq_pending(vq));
}

/* What is under way, as the device knows it. */
static struct flying {
	uint16_t head;
	void *cookie;
	unsigned int n;
	unsigned int in_len;
} flying[N];
static unsigned int flying_count;
static unsigned int descriptors;

static void random_add(struct uk_virtq *vq)
{
	static char cookies[64];
	unsigned int nout = (unsigned int)uk_test_random_below(3);
	unsigned int nin = (unsigned int)uk_test_random_below(3) + (nout == 0);
	unsigned int n = nout + nin;
	void *cookie = &cookies[uk_test_random_below(64)];
	int err = uk_virtq_add(vq, segs, nout, nin, cookie);

	UK_EXPECT_EQ(err, n > N - descriptors ? -ENOSPC : 0);
	if (err)
		return;

	struct flying f = { take_chain(vq, nout, n), cookie, n, 0 };

	for (unsigned int i = nout; i < n; i++)
		f.in_len += i + 1;
	flying[flying_count++] = f;
	descriptors += n;
}

static void random_complete(struct uk_virtq *vq)
{
	unsigned int i = (unsigned int)uk_test_random_below(flying_count);
	uint32_t len = 0;

	complete(vq, flying[i].head, flying[i].in_len);
	UK_EXPECT(uk_virtq_pop(vq, &len) == flying[i].cookie);
	UK_EXPECT_EQ(len, flying[i].in_len);
	descriptors -= flying[i].n;
	flying[i] = flying[--flying_count];
	UK_EXPECT_EQ(vq->free_count, N - descriptors);
	UK_EXPECT_EQ(vq->in_flight, flying_count);
}

/* The device completes in any order; each request comes back once. */
UK_TEST(virtq, completion_out_of_order)
{
	struct uk_virtq *vq = fresh(true);

	flying_count = 0;
	descriptors = 0;
	for (unsigned int step = 0; step < 200000; step++) {
		if (uk_test_random() & 1)
			random_add(vq);
		else if (flying_count)
			random_complete(vq);
	}
	UK_EXPECT(!vq->broken);
}

UK_TEST(virtq, kick_suppressed_by_flag)
{
	struct uk_virtq *vq = fresh(false);
	char cookie;

	UK_EXPECT(!uk_virtq_needs_kick(vq));
	uk_virtq_add(vq, segs, 1, 0, &cookie);
	UK_EXPECT(uk_virtq_needs_kick(vq));
	UK_EXPECT(!uk_virtq_needs_kick(vq));
	vq->used->flags = UK_VRING_USED_NO_NOTIFY;
	uk_virtq_add(vq, segs, 1, 0, &cookie);
	UK_EXPECT(!uk_virtq_needs_kick(vq));
}

UK_TEST(virtq, kick_by_event_index)
{
	struct uk_virtq *vq = fresh(true);
	char cookie;

	uk_virtq_add(vq, segs, 1, 0, &cookie); /* event 0: at the first */
	UK_EXPECT(uk_virtq_needs_kick(vq));
	uk_virtq_add(vq, segs, 1, 0, &cookie); /* still 0: passed */
	UK_EXPECT(!uk_virtq_needs_kick(vq));
	*avail_event(vq) = 3;
	uk_virtq_add(vq, segs, 1, 0, &cookie);
	UK_EXPECT(!uk_virtq_needs_kick(vq));
	uk_virtq_add(vq, segs, 1, 0, &cookie);
	uk_virtq_add(vq, segs, 1, 0, &cookie);
	UK_EXPECT(uk_virtq_needs_kick(vq)); /* index 3 is among the two */
}

UK_TEST(virtq, kick_goes_to_the_doorbell)
{
	struct uk_virtq *vq = fresh(false);
	uint32_t doorbell = 0xffffffff;
	char cookie;

	vq->notify = &doorbell;
	uk_virtq_add(vq, segs, 1, 0, &cookie);
	uk_virtq_kick(vq);
	UK_EXPECT_EQ(doorbell, 0xffff0003);
	vq->notify_wide = true;
	uk_virtq_add(vq, segs, 1, 0, &cookie);
	uk_virtq_kick(vq);
	UK_EXPECT_EQ(doorbell, 3);
}

UK_TEST(virtq, interrupt_is_asked_for)
{
	struct uk_virtq *vq = fresh(true);
	uint16_t *event = &vq->avail->ring[N];
	char cookie;
	uint32_t len;

	UK_EXPECT_EQ(*event, 0xffff); /* off */
	UK_EXPECT(uk_virtq_irq_enable(vq, 0));
	UK_EXPECT_EQ(*event, 0);
	uk_virtq_add(vq, segs, 0, 1, &cookie);
	uk_virtq_add(vq, segs, 0, 1, &cookie);
	complete(vq, 0, 1);
	UK_EXPECT(!uk_virtq_irq_enable(vq, 0)); /* too late */
	UK_EXPECT(uk_virtq_irq_enable(vq, 1));
	UK_EXPECT_EQ(*event, 1);
	UK_EXPECT(uk_virtq_pop(vq, &len) == &cookie);
	UK_EXPECT(uk_virtq_irq_enable(vq, 0));
	UK_EXPECT_EQ(*event, 1);
	vq = fresh(false);
	UK_EXPECT_EQ(vq->avail->flags, UK_VRING_AVAIL_NO_INTERRUPT);
	UK_EXPECT(uk_virtq_irq_enable(vq, 0));
	UK_EXPECT_EQ(vq->avail->flags, 0);
}

UK_TEST(virtq, indexes_wrap)
{
	struct uk_virtq *vq = fresh(true);
	char cookie;
	uint32_t len;

	for (unsigned int i = 0; i < 70000; i++) {
		*avail_event(vq) = (uint16_t)i;
		UK_REQUIRE(uk_virtq_add(vq, segs, 0, 2, &cookie) == 0);
		UK_REQUIRE(uk_virtq_needs_kick(vq));
		complete(vq, take_chain(vq, 0, 2), 3);
		UK_REQUIRE(uk_virtq_pop(vq, &len) == &cookie);
	}
}

/* What a hostile device may write; each ends with a broken queue that hands out nothing. */
static void expect_broken(struct uk_virtq *vq)
{
	uint32_t len;

	UK_EXPECT(!uk_virtq_pop(vq, &len));
	UK_EXPECT(vq->broken);
	UK_EXPECT(!uk_virtq_pop(vq, &len));
	UK_EXPECT(!uk_virtq_pending(vq));
	UK_EXPECT(!uk_virtq_needs_kick(vq));
}

UK_TEST(virtq, hostile_id_out_of_range)
{
	static const uint32_t ids[] = { N, N + 1, 200, 0x10000, 0x7fffffff, 0xffffffff };

	for (unsigned int i = 0; i < UK_ARRAY_SIZE(ids); i++) {
		struct uk_virtq *vq = fresh(false);
		char cookie;

		uk_virtq_add(vq, segs, 0, 1, &cookie);
		complete(vq, ids[i], 0);
		expect_broken(vq);
	}
}

UK_TEST(virtq, hostile_id_not_in_flight)
{
	struct uk_virtq *vq = fresh(false);
	char cookie;

	uk_virtq_add(vq, segs, 0, 2, &cookie);
	complete(vq, 1, 0); /* inside of a chain, not its head */
	expect_broken(vq);
}

UK_TEST(virtq, hostile_completed_twice)
{
	struct uk_virtq *vq = fresh(false);
	char cookie;
	uint32_t len;

	uk_virtq_add(vq, segs, 0, 1, &cookie);
	uk_virtq_add(vq, segs, 0, 1, &cookie);
	complete(vq, 0, 1);
	UK_EXPECT(uk_virtq_pop(vq, &len) == &cookie);
	complete(vq, 0, 1);
	expect_broken(vq);
}

UK_TEST(virtq, hostile_length)
{
	struct uk_virtq *vq = fresh(false);
	char cookie;

	uk_virtq_add(vq, segs, 1, 2, &cookie); /* may write 2 + 3 bytes */
	complete(vq, 0, 6);
	expect_broken(vq);
}

UK_TEST(virtq, length_of_what_was_sent_means_nothing)
{
	struct uk_virtq *vq = fresh(false);
	char cookie;
	uint32_t len = 1;

	uk_virtq_add(vq, segs, 2, 0, &cookie);
	complete(vq, 0, 1514);
	UK_EXPECT(uk_virtq_pop(vq, &len) == &cookie);
	UK_EXPECT_EQ(len, 0);
	UK_EXPECT(!vq->broken);
}

UK_TEST(virtq, hostile_index_jump)
{
	struct uk_virtq *vq = fresh(false);
	char cookie;

	uk_virtq_add(vq, segs, 0, 1, &cookie);
	uk_virtq_add(vq, segs, 0, 1, &cookie);
	vq->used->idx = 3;
	expect_broken(vq);
	vq = fresh(false);
	uk_virtq_add(vq, segs, 0, 1, &cookie);
	vq->used->idx = 0xffff; /* backwards */
	expect_broken(vq);
}

UK_TEST(virtq, hostile_descriptors_are_not_read_back)
{
	struct uk_virtq *vq = fresh(false);
	char cookie;
	uint32_t len;

	uk_virtq_add(vq, segs, 0, 3, &cookie);
	memset(vq->desc, 0xff, sizeof(*vq->desc) * N);
	complete(vq, 0, 6);
	UK_EXPECT(uk_virtq_pop(vq, &len) == &cookie);
	UK_EXPECT_EQ(vq->free_count, N);
	UK_EXPECT_EQ(uk_virtq_add(vq, segs, 0, N, &cookie), 0);
}

UK_TEST(virtq, detach_returns_all)
{
	struct uk_virtq *vq = fresh(false);
	char cookies[3];
	unsigned int n = 0;

	for (unsigned int i = 0; i < 3; i++)
		uk_virtq_add(vq, segs, 1, 1, &cookies[i]);
	while (uk_virtq_detach(vq))
		n++;
	UK_EXPECT_EQ(n, 3);
	UK_EXPECT_EQ(vq->free_count, N);
	UK_EXPECT_EQ(vq->in_flight, 0);
}
