/* SPDX-License-Identifier: BSD-3-Clause */
#include "wait.h"

#include <limits.h>
#include <stddef.h>

static const int64_t limits_ms[WAIT_KINDS] = {
	[WAIT_IDLE] = 75000,
	[WAIT_HEAD] = 10000,
	[WAIT_SEND] = 30000,
	[WAIT_DRAIN] = 2000,
};

void waits_init(struct waits *w)
{
	for (int i = 0; i < WAIT_KINDS; i++) {
		w->list[i].next = w->list[i].prev = &w->list[i];
		w->limit_ms[i] = limits_ms[i];
	}
}

void wait_stop(struct wait_node *node)
{
	if (!node->next)
		return;
	node->prev->next = node->next;
	node->next->prev = node->prev;
	node->next = node->prev = NULL;
}

void wait_start(struct waits *w, struct wait_node *node, enum wait_for what, int64_t now_ms)
{
	struct wait_node *head = &w->list[what];

	wait_stop(node);
	node->what = what;
	node->deadline_ms = now_ms + w->limit_ms[what];
	node->next = head;
	node->prev = head->prev;
	head->prev->next = node;
	head->prev = node;
}

struct wait_node *waits_oldest(struct waits *w, enum wait_for what)
{
	struct wait_node *first = w->list[what].next;

	return first == &w->list[what] ? NULL : first;
}

struct wait_node *waits_overdue(struct waits *w, int64_t now_ms)
{
	for (int i = 0; i < WAIT_KINDS; i++) {
		struct wait_node *first = waits_oldest(w, (enum wait_for)i);

		if (first && first->deadline_ms <= now_ms)
			return first;
	}
	return NULL;
}

int waits_timeout_ms(const struct waits *w, int64_t now_ms)
{
	int64_t left = INT_MAX;

	for (int i = 0; i < WAIT_KINDS; i++) {
		const struct wait_node *first = w->list[i].next;

		if (first != &w->list[i] && first->deadline_ms - now_ms < left)
			left = first->deadline_ms - now_ms;
	}
	if (left == INT_MAX)
		return -1;
	return left < 0 ? 0 : (int)left;
}
