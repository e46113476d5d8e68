/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Locks are nodes of a graph; an edge leads from one that was held to one that was wanted then. A
 * circle is an order that may end in a deadlock.
 */

#include <uk/atomic.h>
#include <uk/cpu.h>
#include <uk/defs.h>
#include <uk/lockcheck.h>

#define UK__LOCKCHECK_LOCKS CONFIG_LOCKCHECK_LOCKS
#define UK__LOCKCHECK_EDGES (4 * CONFIG_LOCKCHECK_LOCKS - 1) /* numbers have 16 bits */

struct uk__lockcheck_site {
	uintptr_t at[UK_LOCKCHECK_DEPTH];
};

/* Index 0 of both kinds is nothing. Guarded. */
struct uk__lockcheck_node {
	const void *lock; /* NULL: not used */
	uint64_t seen;    /* the search that was here last */
	uint16_t next;    /* of the same hash; or of the unused */
	uint16_t out;     /* edges */
	uint16_t back;    /* during a search: the edge by which it was reached */
	uint8_t use;
	struct uk__lockcheck_site irq, open; /* who took it in an interrupt, with interrupts on */
};

struct uk__lockcheck_edge {
	uint16_t from, to;
	uint16_t next; /* from the same node; or of the unused */
	struct uk__lockcheck_site held, wanted;
};

#define UK__LOCKCHECK_IN_IRQ 1u
#define UK__LOCKCHECK_OPEN   2u

extern struct uk__lockcheck_node uk__lockcheck_nodes[];
extern struct uk__lockcheck_edge uk__lockcheck_edges[];
extern uint32_t uk__lockcheck_lost; /* what was not recorded for want of room */

/* check.c: interrupts off, and alone; false: nothing is to be checked (now, or any more). */
bool uk__lockcheck_enter(uk_irqflags_t *flags);
void uk__lockcheck_leave(uk_irqflags_t flags);
extern bool uk__lockcheck_on;

/* The CPU's own; interrupts off. */
struct uk__lockcheck_cpu {
	struct uk_lockcheck_held held; /* spinlocks */
	unsigned int in_irq;
	bool inside;    /* of this library */
	uint64_t since; /* interrupts were turned off; 0: and on again */
	struct uk__lockcheck_site off;
};
struct uk__lockcheck_cpu *uk__lockcheck_cpu(void);

/* graph.c; guarded. The node of a lock, made if there is none; 0: no room. */
uint16_t uk__lockcheck_node_of(const void *lock, bool make);
/* Records that `to` was wanted while `from` was held. False: a circle, of which back tells. */
bool uk__lockcheck_link(uint16_t from, uint16_t to, const struct uk__lockcheck_site *held,
			const struct uk__lockcheck_site *wanted);
void uk__lockcheck_unlink(const void *low, size_t size);

/* held.c */
struct uk_lockcheck_lock *uk__lockcheck_find(struct uk_lockcheck_held *held, const void *lock);
void uk__lockcheck_push(struct uk_lockcheck_held *held, const void *lock,
			const struct uk__lockcheck_site *site);
bool uk__lockcheck_pull(struct uk_lockcheck_held *held, const void *lock);

/* What a panic's notes tell: lines of a text and who did it. */
struct uk__lockcheck_note {
	const char *what;
	struct uk__lockcheck_site site;
};
#define UK__LOCKCHECK_NOTES 12u
extern struct uk__lockcheck_note uk__lockcheck_notes[UK__LOCKCHECK_NOTES];
extern unsigned int uk__lockcheck_nnotes;
void uk__lockcheck_note_add(const char *what, const struct uk__lockcheck_site *site);
/* Panics. */
uk_noreturn void uk__lockcheck_wrong(const char *what);

/* irqs.c: the longest time with interrupts off so far. */
struct uk__lockcheck_longest {
	uint64_t cycles;
	struct uk__lockcheck_site off, on;
};
extern struct uk__lockcheck_longest uk__lockcheck_longest; /* guarded */
