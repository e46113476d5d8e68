/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Network buffers: a packet is a chain of them, and they move between driver, stack and
 * application without being copied.
 *
 *	start ... headroom ... data ... data + len ... tailroom ... end
 *
 * Sizes are bytes. Memory given to a device (start..end) is kernel memory that uk_dma_addr()
 * knows: of the image, the heap or uk_pages_alloc(); one buffer is contiguous for the device.
 *
 * Ownership: every buffer counts its holders; the last uk_netbuf_put() of a buffer calls its
 * release function, which gets the memory back to where it came from. `next` belongs to the
 * buffer: the put that releases a buffer puts the rest of its chain too. Who holds a packet
 * alone (uk_netbuf_shared() is false) may change all of it; others only read.
 *
 * All functions are for thread and boot context; counting is atomic, everything else of a
 * buffer belongs to one holder at a time.
 */

#include <stdbool.h>
#include <uk/atomic.h>
#include <uk/defs.h>
#include <uk/list.h>
#include <uk/spinlock.h>

enum uk_netbuf_flags {
	/* The checksum from csum_start on is still to be stored at csum_start + csum_offset;
	 * the field holds the sum of the pseudo header. Given to a device by the sender if the
	 * device has UK_NETDEV_TX_CSUM; seen in a received packet of a local sender. */
	UK_NETBUF_CSUM_PARTIAL = 1u << 0,
	/* Received, and the device vouches for the transport checksum. */
	UK_NETBUF_CSUM_VALID = 1u << 1,
};

enum uk_netbuf_gso {
	UK_NETBUF_GSO_NONE,
	UK_NETBUF_GSO_TCP4,
	UK_NETBUF_GSO_TCP6,
	UK_NETBUF_GSO_UDP
};

struct uk_netbuf {
	uint8_t *data;
	uint32_t len;
	uint32_t refs;
	struct uk_netbuf *next; /* rest of the packet, or NULL */
	uint8_t *start;
	uint8_t *end;
	void (*release)(struct uk_netbuf *nb, void *arg);
	void *release_arg;
	struct uk_netbuf *link; /* for queues and pools of whoever holds the packet */

	/* Of the packet, in its first buffer. Offsets count from data. */
	uint16_t flags;
	uint16_t csum_start;
	uint16_t csum_offset;
	uint16_t gso_size; /* payload of a segment; gso_* are reserved until a driver offers TSO */
	uint16_t gso_header; /* bytes of all headers */
	uint8_t gso_type;    /* enum uk_netbuf_gso */
	uint8_t rx_queue;

	uint64_t user[6]; /* scratch of the holder: a stack keeps its own descriptor here */
};

/* Make nb a buffer of one holder over mem[size], empty, with `headroom` bytes in front. */
uk_inline void uk_netbuf_init(struct uk_netbuf *nb, void *mem, size_t size, size_t headroom)
{
	nb->start = (uint8_t *)mem;
	nb->end = nb->start + size;
	nb->data = nb->start + headroom;
	nb->len = 0;
	nb->refs = 1;
	nb->next = NULL;
	nb->link = NULL;
	nb->flags = 0;
	nb->gso_type = UK_NETBUF_GSO_NONE;
	nb->rx_queue = 0;
}

uk_inline size_t uk_netbuf_headroom(const struct uk_netbuf *nb)
{
	return (size_t)(nb->data - nb->start);
}

uk_inline size_t uk_netbuf_tailroom(const struct uk_netbuf *nb)
{
	return (size_t)(nb->end - nb->data) - nb->len;
}

uk_inline bool uk_netbuf_shared(const struct uk_netbuf *nb)
{
	/* Acquire: pairs with the release of a holder that let go. */
	return uk_load_acquire(&nb->refs) != 1;
}

/* One more holder of this buffer (not of the rest of its chain). */
uk_inline void uk_netbuf_get(struct uk_netbuf *nb)
{
	(void)__atomic_fetch_add(&nb->refs, 1, __ATOMIC_RELAXED);
}

/* Let go; NULL is allowed. */
void uk_netbuf_put(struct uk_netbuf *nb);

/* Bytes of the whole packet. */
size_t uk_netbuf_length(const struct uk_netbuf *nb);
/* Buffers of the packet. */
unsigned int uk_netbuf_count(const struct uk_netbuf *nb);

/* Append `tail` (with its chain) to the packet nb, which then holds it. */
void uk_netbuf_chain(struct uk_netbuf *nb, struct uk_netbuf *tail);

/* Copy up to n bytes from `offset` of the packet into dst; returns how many there were. */
size_t uk_netbuf_read(const struct uk_netbuf *nb, size_t offset, void *dst, size_t n);

/* Widen at the front by n <= headroom, or take n <= len off the front; returns the new data. */
uint8_t *uk_netbuf_push(struct uk_netbuf *nb, size_t n);
uint8_t *uk_netbuf_pull(struct uk_netbuf *nb, size_t n);

/*
 * Pools: buffers of one size, cut from one physically contiguous piece. Buffers lie an odd
 * number of cache lines apart, so that their headers do not compete for the same cache sets.
 */
struct uk_netbuf_pool {
	struct uk_spinlock lock; /* guards what follows */
	struct uk_netbuf *free;
	unsigned int free_count;
	unsigned int fresh; /* buffers of mem that were never handed out: from here on */

	/* Constant. */
	unsigned int count;
	size_t stride;
	size_t headroom;
	uint8_t *mem;
	size_t pages; /* of uk_netbuf_pool_create() */
};

/* Bytes from one buffer to the next for payloads of `size` with `headroom` before them. */
size_t uk_netbuf_pool_stride(size_t size, size_t headroom);
/* A pool over mem[bytes], 64-byte aligned, which stays the caller's. */
void uk_netbuf_pool_init(struct uk_netbuf_pool *pool, void *mem, size_t bytes, size_t size,
			 size_t headroom);
/* A pool of at least `count` buffers in memory of its own; 0 or -ENOMEM. */
int uk_netbuf_pool_create(struct uk_netbuf_pool *pool, unsigned int count, size_t size,
			  size_t headroom);
/* All buffers are back. For pools of uk_netbuf_pool_create(). */
void uk_netbuf_pool_destroy(struct uk_netbuf_pool *pool);

/* An empty buffer of the caller's, or NULL; uk_netbuf_put() brings it back. */
struct uk_netbuf *uk_netbuf_pool_get(struct uk_netbuf_pool *pool);
/* Up to n at once, under one lock; returns how many. */
unsigned int uk_netbuf_pool_get_many(struct uk_netbuf_pool *pool, struct uk_netbuf **bufs,
				     unsigned int n);
unsigned int uk_netbuf_pool_free_count(struct uk_netbuf_pool *pool);

/* A bounded queue of packets, first in, first out, linked by `link`; any number of CPUs. */
struct uk_netbuf_queue {
	struct uk_spinlock lock; /* guards all */
	struct uk_netbuf *first;
	struct uk_netbuf *last;
	unsigned int count;
	unsigned int limit;
};

void uk_netbuf_queue_init(struct uk_netbuf_queue *queue, unsigned int limit);
/* Takes over the first k of n packets and returns k; the rest stay the caller's. */
unsigned int uk_netbuf_queue_put(struct uk_netbuf_queue *queue, struct uk_netbuf **bufs,
				 unsigned int n);
/* Hands out up to n packets; returns how many. */
unsigned int uk_netbuf_queue_get(struct uk_netbuf_queue *queue, struct uk_netbuf **bufs,
				 unsigned int n);
