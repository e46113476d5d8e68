/* SPDX-License-Identifier: BSD-3-Clause */
#include "fair.h"

static bool is_before(const struct uk_sched_entity *a, const struct uk_sched_entity *b)
{
	return a->key < b->key || (a->key == b->key && a->turn < b->turn);
}

/* Two roots, which have no siblings, become one. */
static struct uk_sched_entity *meld(struct uk_sched_entity *a, struct uk_sched_entity *b)
{
	if (!a)
		return b;
	if (!b)
		return a;
	if (is_before(b, a)) {
		struct uk_sched_entity *swap = a;

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

static struct uk_sched_entity *pop(struct uk_sched_entity **list)
{
	struct uk_sched_entity *first = *list;

	if (first) {
		*list = first->next;
		first->next = NULL;
		first->prev = NULL;
	}
	return first;
}

/* Siblings become one tree: pairs from the left, then all from the right. */
static struct uk_sched_entity *meld_all(struct uk_sched_entity *list)
{
	struct uk_sched_entity *pairs = NULL, *root = NULL, *a;

	while ((a = pop(&list))) {
		a = meld(a, pop(&list));
		a->next = pairs;
		pairs = a;
	}
	while ((a = pop(&pairs)))
		root = meld(root, a);
	return root;
}

void uk__sched_fair_heap_insert(struct uk_sched_entity **root, struct uk_sched_entity *entity)
{
	entity->child = NULL;
	entity->next = NULL;
	entity->prev = NULL;
	*root = meld(*root, entity);
}

void uk__sched_fair_heap_remove(struct uk_sched_entity **root, struct uk_sched_entity *entity)
{
	struct uk_sched_entity *rest = meld_all(entity->child);

	entity->child = NULL;
	if (entity == *root) {
		*root = rest;
		return;
	}
	if (entity->prev->child == entity)
		entity->prev->child = entity->next;
	else
		entity->prev->next = entity->next;
	if (entity->next)
		entity->next->prev = entity->prev;
	*root = meld(*root, rest);
}

struct uk_sched_entity *uk__sched_fair_heap_after(const struct uk_sched_entity *entity)
{
	if (entity->child)
		return entity->child;
	/* Up to the first that has a sibling; prev of a first child is its parent. */
	while (!entity->next) {
		while (entity->prev && entity->prev->child != entity)
			entity = entity->prev;
		entity = entity->prev;
		if (!entity)
			return NULL;
	}
	return entity->next;
}
