/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Driver side of a split virtqueue (virtio 1.2, section 2.7).
 *
 * Addresses are the device's (uk_dma_addr()), lengths are bytes. Nothing here sleeps, allocates
 * or locks: any context may call, and the owner of the queue serialises the calls. The memory
 * of a segment belongs to the device from uk_virtq_add() until uk_virtq_pop() returns the
 * request's cookie.
 *
 * The device is not trusted: what it shares with us is read once and checked against private
 * state; the first thing that cannot be makes the queue `broken`, which moves nothing more.
 */

#include <stdbool.h>
#include <uk/defs.h>
#include <uk/vring.h>

#define UK_VIRTQ_SIZE_MAX 1024u

struct uk_virtq_seg {
	uint64_t addr;
	uint32_t len;
};

struct uk_virtq_slot {
	void *cookie;    /* set in the head of a chain in flight */
	uint32_t in_len; /* in the head: bytes that the device may write */
	uint16_t next;   /* next in the chain or in the free list */
	uint16_t count;  /* in the head: descriptors in the chain */
};

struct uk_virtq {
	/* Set up at the start, then constant. */
	struct uk_vring_desc *desc;
	struct uk_vring_avail *avail;
	struct uk_vring_used *used;
	uint16_t size; /* descriptors, a power of two */
	uint16_t index;
	bool event_idx;
	bool notify_wide;      /* the doorbell takes 32 bits, else 16 */
	volatile void *notify; /* the doorbell: takes the queue's index */
	unsigned int order;    /* of the ring's pages, for who allocated them */

	/* Guarded by the owner. */
	bool broken;           /* the device broke the protocol; reset it */
	uint16_t avail_next;   /* the last avail->idx we published */
	uint16_t avail_kicked; /* avail_next at the last look whether to kick */
	uint16_t used_seen;    /* used->idx up to which we popped */
	uint16_t used_known;   /* used->idx up to which the device is known to be, checked */
	uint16_t free_head;
	uint16_t free_count;
	uint16_t in_flight;          /* chains */
	struct uk_virtq_slot slot[]; /* [size] */
};

/* Bytes of the ring in memory, and of struct uk_virtq, for `size` descriptors. */
size_t uk_virtq_ring_bytes(unsigned int size);
size_t uk_virtq_struct_bytes(unsigned int size);

/*
 * vq has uk_virtq_struct_bytes(size) bytes, ring uk_virtq_ring_bytes(size), cleared and
 * aligned to 16; size is a power of two up to UK_VIRTQ_SIZE_MAX. Interrupts are off.
 */
void uk_virtq_init(struct uk_virtq *vq, void *ring, unsigned int size, unsigned int index,
		   bool event_idx);

/*
 * Queue nout segments for the device to read, then nin for it to write (together at least
 * one; cookie is not NULL). Returns 0, or -ENOSPC with the queue unchanged. The device may
 * start at once; whether it waits for a kick is uk_virtq_kick()'s question.
 */
int uk_virtq_add(struct uk_virtq *vq, const struct uk_virtq_seg *seg, unsigned int nout,
		 unsigned int nin, void *cookie);

/* True if the device wants to be told of what was added since the last call. */
bool uk_virtq_needs_kick(struct uk_virtq *vq);
/* Tell it, if so: an exit to the hypervisor. Once per burst. */
void uk_virtq_kick(struct uk_virtq *vq);

/* Something can be popped. Reads the shared index. */
bool uk_virtq_pending(const struct uk_virtq *vq);

/*
 * Take back the next completed request: its cookie, and in *len how much the device says it
 * wrote, which is at most what it was given. NULL if none, or if broken.
 */
void *uk_virtq_pop(struct uk_virtq *vq, uint32_t *len);

/*
 * Interrupt once after `skip` more completions (0: at the next one). False: that many are
 * there already, and no interrupt needs to come.
 */
bool uk_virtq_irq_enable(struct uk_virtq *vq, unsigned int skip);
/* At most one more comes (and, rarely, one without cause). */
void uk_virtq_irq_disable(struct uk_virtq *vq);

/* After a reset of the device: the cookies of what was in flight, one by one, then NULL. */
void *uk_virtq_detach(struct uk_virtq *vq);
