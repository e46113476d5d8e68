/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Time limits of connections. All that wait for the same thing have the same limit, so a list
 * for each thing is ordered by deadline by itself: starting, renewing and expiring are O(1).
 */

#include <stdint.h>

enum wait_for {
	WAIT_IDLE,  /* the next request */
	WAIT_HEAD,  /* the rest of a head; not renewed by single bytes (slow-loris) */
	WAIT_SEND,  /* the peer to take more; renewed by progress */
	WAIT_DRAIN, /* the peer to close after an error */
	WAIT_KINDS
};

struct wait_node {
	struct wait_node *next, *prev;
	int64_t deadline_ms;
	enum wait_for what;
};

struct waits {
	struct wait_node list[WAIT_KINDS];
	int64_t limit_ms[WAIT_KINDS];
};

void waits_init(struct waits *w);
/* (Re)start: node goes to the end of its list. It must be zeroed before its first use. */
void wait_start(struct waits *w, struct wait_node *node, enum wait_for what, int64_t now_ms);
void wait_stop(struct wait_node *node);
/* The first node that is overdue, or NULL. */
struct wait_node *waits_overdue(struct waits *w, int64_t now_ms);
/* Milliseconds until the next deadline, at least 0; -1 when nothing waits. */
int waits_timeout_ms(const struct waits *w, int64_t now_ms);
/* The connection that has been idle longest, or NULL. */
struct wait_node *waits_oldest(struct waits *w, enum wait_for what);
