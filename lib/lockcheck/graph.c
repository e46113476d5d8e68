/* SPDX-License-Identifier: BSD-3-Clause */
/* Which lock was wanted while which was held. */

#include "internal.h"

#define HASH 256u

struct uk__lockcheck_node uk__lockcheck_nodes[UK__LOCKCHECK_LOCKS];
struct uk__lockcheck_edge uk__lockcheck_edges[UK__LOCKCHECK_EDGES];
uint32_t uk__lockcheck_lost;

static uint16_t first[HASH];
static uint16_t nnodes = 1, nedges = 1; /* used so far, and given back since: */
static uint16_t unused_node, unused_edge;
static uint64_t searches; /* never the same again */

static unsigned int hash_of(const void *lock)
{
	return (unsigned int)(((uintptr_t)lock >> 2) * 0x9e3779b97f4a7c15ul >> 56) % HASH;
}

static uint16_t new_node(void)
{
	uint16_t i = unused_node;

	if (i) {
		unused_node = uk__lockcheck_nodes[i].next;
		return i;
	}
	return nnodes < UK__LOCKCHECK_LOCKS ? nnodes++ : 0;
}

uint16_t uk__lockcheck_node_of(const void *lock, bool make)
{
	uint16_t *head = &first[hash_of(lock)], i;

	for (i = *head; i; i = uk__lockcheck_nodes[i].next) {
		if (uk__lockcheck_nodes[i].lock == lock)
			return i;
	}
	i = make ? new_node() : 0;
	if (i) {
		uk__lockcheck_nodes[i] = (struct uk__lockcheck_node){ .lock = lock, .next = *head };
		*head = i;
	} else if (make) {
		uk__lockcheck_lost++;
	}
	return i;
}

static bool is_linked(uint16_t from, uint16_t to)
{
	for (uint16_t e = uk__lockcheck_nodes[from].out; e; e = uk__lockcheck_edges[e].next) {
		if (uk__lockcheck_edges[e].to == to)
			return true;
	}
	return false;
}

/* Depth first; `back` of each node is the edge that led there. */
static bool leads_to(uint16_t from, uint16_t to)
{
	static uint16_t todo[UK__LOCKCHECK_LOCKS];
	unsigned int n = 0;

	searches++;
	todo[n++] = from;
	uk__lockcheck_nodes[from].seen = searches;
	while (n > 0) {
		uint16_t node = todo[--n];

		if (node == to)
			return true;
		for (uint16_t e = uk__lockcheck_nodes[node].out; e;
		     e = uk__lockcheck_edges[e].next) {
			struct uk__lockcheck_node *next =
				&uk__lockcheck_nodes[uk__lockcheck_edges[e].to];

			if (next->seen == searches)
				continue;
			next->seen = searches;
			next->back = e;
			todo[n++] = uk__lockcheck_edges[e].to;
		}
	}
	return false;
}

static uint16_t new_edge(void)
{
	uint16_t e = unused_edge;

	if (e) {
		unused_edge = uk__lockcheck_edges[e].next;
		return e;
	}
	return nedges < UK__LOCKCHECK_EDGES ? nedges++ : 0;
}

bool uk__lockcheck_link(uint16_t from, uint16_t to, const struct uk__lockcheck_site *held,
			const struct uk__lockcheck_site *wanted)
{
	if (is_linked(from, to))
		return true;
	if (leads_to(to, from))
		return false;

	uint16_t e = new_edge();

	if (!e) {
		uk__lockcheck_lost++;
		return true;
	}
	uk__lockcheck_edges[e] = (struct uk__lockcheck_edge){
		.from = from,
		.to = to,
		.next = uk__lockcheck_nodes[from].out,
		.held = *held,
		.wanted = *wanted,
	};
	uk__lockcheck_nodes[from].out = e;
	return true;
}

/* Edges from the node (to == 0), or of it those that lead to another one. */
static void drop_edges(uint16_t node, uint16_t to)
{
	uint16_t *at = &uk__lockcheck_nodes[node].out;

	while (*at) {
		struct uk__lockcheck_edge *edge = &uk__lockcheck_edges[*at];
		uint16_t e = *at;

		if (to && edge->to != to) {
			at = &edge->next;
			continue;
		}
		*at = edge->next;
		edge->next = unused_edge;
		unused_edge = e;
	}
}

static void drop_node(uint16_t node)
{
	uint16_t *at = &first[hash_of(uk__lockcheck_nodes[node].lock)];

	drop_edges(node, 0);
	for (uint16_t i = 1; i < nnodes; i++) {
		if (uk__lockcheck_nodes[i].lock)
			drop_edges(i, node);
	}
	while (*at != node)
		at = &uk__lockcheck_nodes[*at].next;
	*at = uk__lockcheck_nodes[node].next;
	uk__lockcheck_nodes[node].lock = NULL;
	uk__lockcheck_nodes[node].next = unused_node;
	unused_node = node;
}

void uk__lockcheck_unlink(const void *low, size_t size)
{
	for (uint16_t i = 1; i < nnodes; i++) {
		const void *lock = uk__lockcheck_nodes[i].lock;

		if (lock && (uintptr_t)lock - (uintptr_t)low < size)
			drop_node(i);
	}
}
