/* SPDX-License-Identifier: BSD-3-Clause */
#include "conn.h"
#include "path.h"
#include "request.h"
#include "response.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BODY_CHUNK 16384 /* bytes of a file that go out in one call */
/* Bytes of a request's body that are thrown away; more: 413. */
#define REQUEST_BODY_MAX (1u << 20)

/* One thread: what is read and what is written pass through these; a connection keeps its own
 * copy only of what could not be finished. */
static char in_buf[REQUEST_HEAD_MAX];
static char out_buf[RESPONSE_HEAD_MAX + BODY_CHUNK];

bool conn_open(struct server *s, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };

	if (!c || epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev) < 0) {
		free(c);
		close(fd);
		return false;
	}
	c->fd = fd;
	c->file = -1;
	s->conns++;
	wait_start(&s->waits, &c->wait, WAIT_IDLE, s->now_ms);
	/* Unread, a request would leave it idle, and so the first to give way. */
	conn_run(s, c);
	return true;
}

void conn_close(struct server *s, struct conn *c)
{
	wait_stop(&c->wait);
	if (c->file >= 0)
		close(c->file);
	close(c->fd);
	free(c->in);
	free(c->out);
	free(c);
	s->conns--;
}

/* Wait for input or for room in the socket, whichever `what` means. */
static void conn_wait(struct server *s, struct conn *c, enum wait_for what)
{
	struct epoll_event ev = { .events = what == WAIT_SEND ? EPOLLOUT : EPOLLIN, .data.ptr = c };
	bool was_send = c->wait.what == WAIT_SEND;

	/* A head that comes byte by byte keeps the deadline of its first byte. */
	if (what != WAIT_HEAD || c->wait.what != WAIT_HEAD)
		wait_start(&s->waits, &c->wait, what, s->now_ms);
	if (was_send != (what == WAIT_SEND))
		epoll_ctl(s->epoll, EPOLL_CTL_MOD, c->fd, &ev);
}

static int open_status(int err)
{
	switch (err) {
	case EACCES: return 403;
	case EMFILE:
	case ENFILE:
	case ENOMEM: return 503;
	default: return 404;
	}
}

static int open_body(struct server *s, struct conn *c, const struct request *req,
		     struct response *r)
{
	char path[ROOT_MAX + REQUEST_PATH_MAX + sizeof("index.html")];
	size_t root = strlen(s->root), len = strlen(req->path);
	struct stat st;

	memcpy(path, s->root, root);
	memcpy(path + root, req->path, len + 1);
	if (req->path[len - 1] == '/')
		strcpy(path + root + len, "index.html");
	c->file = open(path, O_RDONLY | O_CLOEXEC);
	if (c->file < 0)
		return open_status(errno);
	if (fstat(c->file, &st) < 0)
		return 500;
	if (S_ISDIR(st.st_mode)) {
		r->location = req->path;
		return 301;
	}
	if (!S_ISREG(st.st_mode))
		return 403;
	r->type = path_type(path);
	r->size = (uint64_t)st.st_size;
	if (!range_resolve(&req->range, r->size, &r->start, &r->end))
		return 416;
	return r->end - r->start < r->size ? 206 : 200;
}

/* Bytes of the head (and of an error's page behind it) in out_buf. */
static size_t answer(struct server *s, struct conn *c, const struct request *req)
{
	struct response r = { .status = req->status,
			      .keep_alive = req->keep_alive && !s->stopping,
			      .old = req->minor == 0 };
	char page[256];
	size_t head, len = 0;

	c->head_only = req->method == METHOD_HEAD;
	if (!r.status && req->body > REQUEST_BODY_MAX)
		r.status = 413;
	if (!r.status)
		r.status = open_body(s, c, req, &r);
	if (r.status != 200 && r.status != 206) {
		if (c->file >= 0)
			close(c->file);
		c->file = -1;
		r.start = 0;
		len = r.status == 416 ? 0 : response_page(page, sizeof(page), r.status);
		r.end = len;
		r.type = len ? "text/html; charset=utf-8" : NULL;
	}
	/* An unread body behind a refusal would be taken for the next request. */
	if (req->body > REQUEST_BODY_MAX || (req->body && req->status))
		r.keep_alive = false;
	c->closing = !r.keep_alive;
	c->skip = r.keep_alive ? req->body : 0;
	c->at = r.start;
	c->end = c->head_only || c->file < 0 ? r.start : r.end;
	head = response_head(out_buf, &r, (time_t)s->wall);
	if (!len || c->head_only)
		return head;
	memcpy(out_buf + head, page, len);
	return head + len;
}

/* Keep what of the head could not be sent. False: no memory. */
static bool keep_head(struct conn *c, const char *from, size_t len)
{
	char *copy = malloc(len);

	if (!copy)
		return false;
	memcpy(copy, from, len);
	free(c->out);
	c->out = copy;
	c->out_len = len;
	return true;
}

enum progress { DONE, BLOCKED, FAILED };

/* Send head_len bytes that lie in out_buf, then the window of the file. */
static enum progress send_all(struct server *s, struct conn *c, size_t head_len)
{
	while (head_len || c->at < c->end) {
		size_t want = c->end - c->at < BODY_CHUNK ? (size_t)(c->end - c->at) : BODY_CHUNK;
		ssize_t got = want ? pread(c->file, out_buf + head_len, want, (off_t)c->at) : 0;
		ssize_t sent;

		if (got < 0 || (want && got == 0))
			return FAILED;
		sent = send(c->fd, out_buf, head_len + (size_t)got, MSG_NOSIGNAL);
		if (sent < 0 && errno == EAGAIN)
			return !head_len || keep_head(c, out_buf, head_len) ? BLOCKED : FAILED;
		if (sent < 0)
			return FAILED;
		wait_start(&s->waits, &c->wait, c->wait.what, s->now_ms);
		if ((size_t)sent < head_len) {
			head_len -= (size_t)sent;
			return keep_head(c, out_buf + sent, head_len) ? BLOCKED : FAILED;
		}
		c->at += (uint64_t)sent - head_len;
		head_len = 0;
	}
	return DONE;
}

static enum progress resume_send(struct server *s, struct conn *c)
{
	size_t len = c->out_len;

	if (c->out)
		memcpy(out_buf, c->out, len);
	free(c->out);
	c->out = NULL;
	c->out_len = 0;
	return send_all(s, c, len);
}

static void end_response(struct conn *c)
{
	if (c->file >= 0)
		close(c->file);
	c->file = -1;
	c->at = c->end = 0;
}

/* Throw away what belongs to the last request's body. */
static size_t skip_body(struct conn *c, size_t len)
{
	size_t n = c->skip < len ? (size_t)c->skip : len;

	c->skip -= n;
	return n;
}

/* Serve the complete requests in in_buf[len]; *used says how far. */
static enum progress serve_input(struct server *s, struct conn *c, size_t len, size_t *used)
{
	struct request req;

	*used = 0;
	while (!c->closing && *used < len) {
		const char *at = in_buf + *used;
		size_t left = len - *used, head;
		enum progress p;

		if (c->skip) {
			*used += skip_body(c, left);
			continue;
		}
		head = request_head_length(at, left);
		if (!head && left < REQUEST_HEAD_MAX)
			break;
		if (head) {
			request_parse(&req, at, head);
		} else {
			memset(&req, 0, sizeof(req));
			req.status = memchr(at, '\n', left) ? 431 : 414;
			head = left;
		}
		*used += head;
		p = send_all(s, c, answer(s, c, &req));
		if (p != DONE)
			return p;
		end_response(c);
	}
	return DONE;
}

/* Bytes now in in_buf: what was kept, and what the socket has. -1: the connection is gone. */
static ssize_t fill_input(struct conn *c)
{
	size_t len = c->in_len;
	ssize_t got;

	if (len)
		memcpy(in_buf, c->in, len);
	if (len == sizeof(in_buf))
		return (ssize_t)len;
	got = recv(c->fd, in_buf + len, sizeof(in_buf) - len, 0);
	if (got < 0)
		return errno == EAGAIN ? (ssize_t)len : -1;
	c->eof = got == 0;
	return (ssize_t)len + got;
}

static bool keep_input(struct conn *c, const char *from, size_t len)
{
	char *copy = NULL;

	if (len) {
		copy = malloc(len);
		if (!copy)
			return false;
		memcpy(copy, from, len);
	}
	free(c->in);
	c->in = copy;
	c->in_len = len;
	return true;
}

/* After an error the peer may still be sending; closing now would reset what it should read. */
static void begin_drain(struct server *s, struct conn *c)
{
	shutdown(c->fd, SHUT_WR);
	keep_input(c, NULL, 0);
	conn_wait(s, c, WAIT_DRAIN);
}

static void run_drain(struct server *s, struct conn *c)
{
	ssize_t got = recv(c->fd, in_buf, sizeof(in_buf), 0);

	if (got == 0 || (got < 0 && errno != EAGAIN))
		conn_close(s, c);
}

static void after(struct server *s, struct conn *c, enum progress p)
{
	if (p == FAILED || (p == DONE && c->eof))
		conn_close(s, c);
	else if (p == BLOCKED)
		conn_wait(s, c, WAIT_SEND);
	else if (c->closing)
		begin_drain(s, c);
	else
		conn_wait(s, c, c->in_len || c->skip ? WAIT_HEAD : WAIT_IDLE);
}

void conn_run(struct server *s, struct conn *c)
{
	enum progress p = DONE;
	ssize_t len;
	size_t used;

	if (c->wait.what == WAIT_DRAIN) {
		run_drain(s, c);
		return;
	}
	if (c->out || c->at < c->end) {
		p = resume_send(s, c);
		if (p == DONE)
			end_response(c);
	}
	if (p != DONE || c->closing) {
		after(s, c, p);
		return;
	}
	len = fill_input(c);
	if (len < 0) {
		conn_close(s, c);
		return;
	}
	p = serve_input(s, c, (size_t)len, &used);
	if (!keep_input(c, in_buf + used, (size_t)len - used))
		p = FAILED;
	after(s, c, p);
}

void conn_expire(struct server *s, struct conn *c)
{
	static const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	struct request req = { .method = METHOD_GET, .minor = 1, .status = 408 };

	if (c->wait.what == WAIT_HEAD) {
		/* One try: whoever is this slow gets no second one. */
		size_t len = answer(s, c, &req);

		send(c->fd, out_buf, len, MSG_NOSIGNAL);
	}
	/* What was not taken in time would wait on in the stack, for minutes. */
	if (c->wait.what == WAIT_SEND)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	conn_close(s, c);
}
