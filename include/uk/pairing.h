/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Intrusive ordered heap: the first of many is at hand, whatever comes and goes. A pairing heap
 * (Fredman, Sedgewick, Sleator, Tarjan: "The Pairing Heap: A New Form of Self-Adjusting Heap",
 * Algorithmica 1, 1986): insert is O(1), remove O(log n) amortised; no memory but the nodes.
 *
 * A heap is a pointer to its first node, NULL when it is empty. An element embeds a node, best at
 * its beginning: then a node and its element are one address, and to ask for the first costs
 * nothing. Its order is a function of its user's, who hands the same constant one to each call: the
 * compiler makes a direct comparison of it. What the order depends on stays as it is while the
 * element is in the heap. Nothing here locks: the owner serialises. Any context.
 *
 * These are not uk_inline, so that the compiler keeps one copy for each file that uses them where
 * this is smaller.
 */

#include <stdbool.h>
#include <uk/defs.h>

struct uk_pairing {
	struct uk_pairing *child; /* the first of those behind it */
	struct uk_pairing *next;  /* right sibling */
	struct uk_pairing *prev;  /* left sibling, or the parent of a first child */
};

/* Of two that are neither, either may come first. */
typedef bool (*uk_pairing_order)(const struct uk_pairing *a, const struct uk_pairing *b);

/* Two roots, which have no siblings, become one. Private, as the next two. */
static uk_unused struct uk_pairing *uk__pairing_meld(struct uk_pairing *a, struct uk_pairing *b,
						     uk_pairing_order is_before)
{
	if (!a)
		return b;
	if (!b)
		return a;
	if (is_before(b, a)) {
		struct uk_pairing *swap = a;

		a = b;
		b = swap;
	}
	b->prev = a;
	b->next = a->child;
	if (a->child)
		a->child->prev = b;
	a->child = b;
	return a;
}

static uk_unused struct uk_pairing *uk__pairing_pop(struct uk_pairing **list)
{
	struct uk_pairing *first = *list;

	if (first) {
		*list = first->next;
		first->next = NULL;
		first->prev = NULL;
	}
	return first;
}

/* Siblings become one tree: pairs from the left, then all from the right. */
static uk_unused struct uk_pairing *uk__pairing_meld_all(struct uk_pairing *list,
							 uk_pairing_order is_before)
{
	struct uk_pairing *pairs = NULL, *root = NULL, *a;

	while ((a = uk__pairing_pop(&list))) {
		a = uk__pairing_meld(a, uk__pairing_pop(&list), is_before);
		a->next = pairs;
		pairs = a;
	}
	while ((a = uk__pairing_pop(&pairs)))
		root = uk__pairing_meld(root, a, is_before);
	return root;
}

/* `node` is in no heap; its fields may be anything. */
static uk_unused void uk_pairing_insert(struct uk_pairing **first, struct uk_pairing *node,
					uk_pairing_order is_before)
{
	node->child = NULL;
	node->next = NULL;
	node->prev = NULL;
	*first = uk__pairing_meld(*first, node, is_before);
}

/* `node` is in the heap of `first`, at whatever place. */
static uk_unused void uk_pairing_remove(struct uk_pairing **first, struct uk_pairing *node,
					uk_pairing_order is_before)
{
	struct uk_pairing *rest = uk__pairing_meld_all(node->child, is_before);

	if (node == *first) {
		*first = rest;
		return;
	}
	if (node->prev->child == node)
		node->prev->child = node->next;
	else
		node->prev->next = node->next;
	if (node->next)
		node->next->prev = node->prev;
	*first = uk__pairing_meld(*first, rest, is_before);
}

/* All of a heap, beginning with its first, and no node before those that it is behind; NULL: no
 * more. A walk of them all is O(n), and so may one step be. */
static uk_unused struct uk_pairing *uk_pairing_after(const struct uk_pairing *node)
{
	if (node->child)
		return node->child;
	/* Up to the first that has a sibling; prev of a first child is its parent. */
	while (!node->next) {
		while (node->prev && node->prev->child != node)
			node = node->prev;
		node = node->prev;
		if (!node)
			return NULL;
	}
	return node->next;
}
