/* SPDX-License-Identifier: BSD-3-Clause */
#include "heap.h"

/* Two roots (without siblings) become one. Of equal deadlines `a` stays above. */
static struct uk_timer *meld(struct uk_timer *a, struct uk_timer *b)
{
	if (!a)
		return b;
	if (!b)
		return a;
	if (b->deadline < a->deadline) {
		struct uk_timer *swap = a;

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

static struct uk_timer *pop(struct uk_timer **list)
{
	struct uk_timer *first = *list;

	if (first) {
		*list = first->next;
		first->next = NULL;
		first->prev = NULL;
	}
	return first;
}

/* A list of siblings becomes one tree: pairs from the left, then all from the right. */
static struct uk_timer *meld_all(struct uk_timer *list)
{
	struct uk_timer *pairs = NULL;
	struct uk_timer *root = NULL;
	struct uk_timer *a;

	while ((a = pop(&list))) {
		a = meld(a, pop(&list));
		a->next = pairs;
		pairs = a;
	}
	while ((a = pop(&pairs)))
		root = meld(root, a);
	return root;
}

struct uk_timer *uk__timer_heap_insert(struct uk_timer *root, struct uk_timer *timer)
{
	timer->child = NULL;
	timer->next = NULL;
	timer->prev = NULL;
	return meld(root, timer);
}

struct uk_timer *uk__timer_heap_remove(struct uk_timer *root, struct uk_timer *timer)
{
	struct uk_timer *rest = meld_all(timer->child);

	if (timer == root)
		return rest;
	if (timer->prev->child == timer)
		timer->prev->child = timer->next;
	else
		timer->prev->next = timer->next;
	if (timer->next)
		timer->next->prev = timer->prev;
	return meld(root, rest);
}
