/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Intrusive doubly-linked circular list. The list and its nodes are of one type; an element
 * embeds a node. Nothing here locks: the owner of the list serialises. Any context.
 */

#include <stdbool.h>
#include <uk/defs.h>

struct uk_list {
	struct uk_list *next;
	struct uk_list *prev;
};

#define UK_LIST_INIT(name)                { &(name), &(name) }
#define UK_LIST_ENTRY(node, type, member) UK_CONTAINER_OF(node, type, member)
#define UK_LIST_FIRST(list, type, member) UK_LIST_ENTRY((list)->next, type, member)

uk_inline void uk_list_init(struct uk_list *list)
{
	list->next = list;
	list->prev = list;
}

uk_inline bool uk_list_empty(const struct uk_list *list)
{
	return list->next == list;
}

/* Insert `node` right before `at`; with the list's head as `at`: append. */
uk_inline void uk_list_insert_before(struct uk_list *at, struct uk_list *node)
{
	node->next = at;
	node->prev = at->prev;
	at->prev->next = node;
	at->prev = node;
}

uk_inline void uk_list_append(struct uk_list *list, struct uk_list *node)
{
	uk_list_insert_before(list, node);
}

uk_inline void uk_list_prepend(struct uk_list *list, struct uk_list *node)
{
	uk_list_insert_before(list->next, node);
}

/* Take `node` out and leave it an empty list, so that a second removal does no harm. */
uk_inline void uk_list_remove(struct uk_list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	uk_list_init(node);
}

#define UK_LIST_FOREACH(it, list) \
	for (struct uk_list *it = (list)->next; it != (list); it = it->next)
/* The body may remove `it`. */
#define UK_LIST_FOREACH_SAFE(it, next_, list) \
	for (struct uk_list *it = (list)->next, *next_ = it->next; it != (list); \
	     it = next_, next_ = it->next)
