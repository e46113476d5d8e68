/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <stdbool.h>
#include <uk/frames.h>
#include <uk/spinlock.h>

/*
 * A zone: frames [first, end) of one piece of RAM, of which [first, next) are open. Blocks never
 * reach over its ends. Each range of RAM makes up to three: the part in whole 2 MiB pages, which
 * is used first, and what is before and behind it.
 */
struct zone {
	uint64_t first;
	uint64_t next; /* grows under the lock; read without it by who frees into a cache */
	uint64_t end;
	uint64_t map_first;  /* where mapping begins: first, or before it the state bytes */
	uk_paddr_t state_pa; /* of the state byte of frame `first` */
	uint8_t *state;      /* the same in the direct map */
	uint64_t unit;       /* frames that are opened at a time */
};

#define ZONES_MAX (3 * UK_BOOT_RANGES_MAX)

/* State of a frame: what the block that begins there is; the lower bits hold its order. */
#define STATE_NONE   0x00 /* inside of a block, or no block */
#define STATE_FREE   0x80
#define STATE_USED   0x40
#define STATE_CACHED 0x20 /* free, kept by a CPU */

/* Guarded by uk__frames_lock: all but the caches. Taken with interrupts off. */
extern struct uk_spinlock uk__frames_lock;
extern struct zone uk__frames_zones[];
extern unsigned int uk__frames_nzones;

/* Forget everything: the next call reads uk_plat_bootinfo anew. For tests. */
void uk__frames_reset(void);
void uk__frames_zones_make(void);
/* The zone in which the frame is open, or NULL. */
struct zone *uk__frames_zone_of(uint64_t frame);
/*
 * Open one more piece of a zone that may then hold a block of 2^order, and give it to the
 * buddies. False: there is none, or no table for it. Lock held.
 */
bool uk__frames_zone_grow(unsigned int order);
/* Open the next piece of this one. Lock held. */
bool uk__frames_zone_open(struct zone *zone);

/* The buddies. Lock held. Allocating gives a frame number, 0: none. */
uint64_t uk__frames_buddy_alloc(unsigned int order);
void uk__frames_buddy_free(struct zone *zone, uint64_t frame, unsigned int order);
/* All frames of [from, end), which nobody has. */
void uk__frames_buddy_free_all(struct zone *zone, uint64_t from, uint64_t end);
/* Takes all blocks of [from, end) out of the lists; from and end are borders of free blocks. */
void uk__frames_buddy_take_all(struct zone *zone, uint64_t from, uint64_t end);
/* Order of the largest block at `from` that ends before `end`. */
unsigned int uk__frames_order_at(uint64_t from, uint64_t end);
/* As buddy_alloc, and opens what is missing. */
uint64_t uk__frames_alloc_locked(unsigned int order);
extern uint64_t uk__frames_nfree;
extern uint64_t uk__frames_nopened;

/* Asserts that a block with this state begins at the frame; returns its zone. */
struct zone *uk__frames_check(uint64_t frame, uint8_t state);

/* Pages kept back for page tables, used while a zone grows. Lock held. */
void uk__frames_tables_fill(void);
void uk__frames_tables_reset(void);
void uk__frames_growing(bool now);

/* Single pages kept by each CPU (LIB_SMP). */
uk_paddr_t uk__frames_cache_alloc(void);
void uk__frames_cache_free(uk_paddr_t pa);
uint64_t uk__frames_cache_count(void);
void uk__frames_cache_reset(void);

uk_inline uint8_t *uk__frames_state(struct zone *zone, uint64_t frame)
{
	return &zone->state[frame - zone->first];
}
