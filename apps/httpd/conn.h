/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * One connection as a state machine over non-blocking calls; an idle one holds no buffer.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wait.h"

struct conn {
	struct wait_node wait; /* what the connection waits for, and until when */
	int fd;
	int file;       /* the body being sent, or -1 */
	bool head_only; /* HEAD: describe the body, do not send it */
	bool closing;   /* close when all is sent */
	bool eof;       /* the peer sends no more */
	char *in;       /* part of a request, kept between events; NULL if none */
	size_t in_len;
	char *out; /* unsent part of a head; NULL if none */
	size_t out_len;
	uint64_t at, end; /* unsent window of the body */
	uint64_t skip;    /* bytes of a request's body still to be thrown away */
};

#define ROOT_MAX 256 /* bytes of server.root, its end included */

struct server {
	const char *root; /* folder that is served, without a slash at its end */
	int epoll;
	int listener;
	int term;  /* signalfd for SIGTERM */
	bool deaf; /* all connections are busy: the listener is not watched */
	unsigned int conns;
	unsigned int conns_max;
	struct waits waits;
	int64_t stopping; /* 0, or when it ends at the latest, as now_ms */
	int64_t now_ms;   /* monotonic, as of this round of events */
	int64_t wall;     /* seconds since 1970, 0 when unknown */
};

/*
 * Take over an accepted, non-blocking socket, and serve what it brought already; false (and fd
 * closed) without memory.
 */
bool conn_open(struct server *s, int fd);
/* Go on as far as possible without waiting; may free the connection. */
void conn_run(struct server *s, struct conn *c);
/* What it waited for did not come in time. */
void conn_expire(struct server *s, struct conn *c);
void conn_close(struct server *s, struct conn *c);
