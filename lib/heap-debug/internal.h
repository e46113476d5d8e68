/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A block: what the member gave begins with some bytes for the alignment, then come the struct
 * below, the last part of which is a red zone, what the caller asked for, and another zone.
 */

#include <uk/callers.h>
#include <uk/defs.h>
#include <uk/heap-debug.h>
#include <uk/heap.h>
#include <uk/list.h>
#include <uk/spinlock.h>

struct uk__heap_debug_block {
	struct uk_list node;               /* live or in quarantine; lock */
	struct uk__heap_debug_block *next; /* leak.c: found, not yet looked through */
	size_t size;                       /* what was asked for */
	uint32_t lead;                     /* from what the member gave to the caller's bytes */
	uint32_t site;                     /* who allocated it */
	uint32_t free_site;
	uint32_t reached; /* leak.c */
	uint64_t magic;   /* lock */
	unsigned char zone[24];
};

#define UK__HEAP_DEBUG_BEHIND 16ul /* bytes of the zone behind, at least */

/* heap.c: all blocks, the statistics, sites, the quarantine. */
extern struct uk_spinlock uk__heap_debug_lock;
extern struct uk_list uk__heap_debug_live;

/* The member's, by their names below: <uk/heap-below.h>. */
void *uk_heap_below_alloc(size_t size);
void *uk_heap_below_aligned_alloc(size_t align, size_t size);
void uk_heap_below_free(void *ptr);
void uk_heap_below_stats(struct uk_heap_stats *stats);

/* block.c */
void *uk__heap_debug_payload(struct uk__heap_debug_block *block);
/* Bytes that the member is asked for; 0: absurd. lead is set. */
size_t uk__heap_debug_need(size_t align, size_t size, size_t *lead);
struct uk__heap_debug_block *uk__heap_debug_make(void *base, size_t lead, size_t size);
/* The live block at ptr, its zones as they were; panics unless there is one. Lock held. */
struct uk__heap_debug_block *uk__heap_debug_at(void *ptr);
void uk__heap_debug_check_zones(struct uk__heap_debug_block *block);
/* It is nobody's from now on. Lock held. */
void uk__heap_debug_bury(struct uk__heap_debug_block *block);
/* Panics if anybody wrote into it since. */
void uk__heap_debug_check_buried(struct uk__heap_debug_block *block);
/* Back to the member. */
void uk__heap_debug_release(struct uk__heap_debug_block *block);
/* Panics; note.c tells more of the block (NULL: there is none). */
uk_noreturn void uk__heap_debug_broken(struct uk__heap_debug_block *block, const char *what);
extern struct uk__heap_debug_block *uk__heap_debug_culprit;

/* quarantine.c: takes what was buried and lets others go. Without the lock. */
void uk__heap_debug_retire(struct uk__heap_debug_block *block);
/* Lets all go; false: there was nothing. Without the lock. */
bool uk__heap_debug_let_go(void);
/* Bytes and blocks in it are checked. Lock held. */
size_t uk__heap_debug_check_retired(void);

/* site.c: a number for a chain of callers; 0: unknown. Lock held. */
uint32_t uk__heap_debug_site(const void *fp);

struct uk__heap_debug_site {
	uintptr_t at[UK_CALLERS_MAX];
	size_t blocks, bytes; /* leak.c: of this place */
	uint32_t next;        /* of the same hash */
};
extern struct uk__heap_debug_site uk__heap_debug_sites[];
extern uint32_t uk__heap_debug_nsites;

/* roots.c: calls scan() for all memory in which a pointer to a block may be, blocks aside. */
void uk__heap_debug_roots(void (*scan)(uintptr_t low, uintptr_t high));

/* leak.c: counts, for each site, what is lost, or else all that is held. Lock held. */
void uk__heap_debug_count_sites(bool lost);
int uk__heap_debug_mark(struct uk_heap_debug_leaks *leaks);
