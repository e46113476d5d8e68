/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * httpd: serves a folder over HTTP/1.1, many connections in one thread by epoll.
 *
 * Plain POSIX and Linux calls: the same source runs on Linux.
 */

#include "conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef HTTPD_ROOT
#define HTTPD_ROOT "/www"
#endif

#define EVENTS_A_ROUND  64
#define ACCEPTS_A_ROUND 64
#define BACKLOG         512
#define DEAF_MS         1000
#define FINISH_MS       5000 /* for answers that are under way when the end is asked for */

static const char usage[] = "usage: httpd [-r FOLDER] [-p PORT] [-c CONNECTIONS]\n"
			    "  -r FOLDER       what to serve (" HTTPD_ROOT ")\n"
			    "  -p PORT         where to listen (80)\n"
			    "  -c CONNECTIONS  open at the same time at most (1200)\n";

struct options {
	const char *root;
	unsigned int port;
	unsigned int conns_max;
};

static bool read_number(const char *text, unsigned int max, unsigned int *value)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || v == 0 || v > max)
		return false;
	*value = (unsigned int)v;
	return true;
}

/* 0, or the status to exit with. */
static int read_options(struct options *o, int argc, char **argv)
{
	for (int c; (c = getopt(argc, argv, "r:p:c:h")) != -1;) {
		bool ok = true;

		switch (c) {
		case 'r': o->root = optarg; break;
		case 'p': ok = read_number(optarg, 65535, &o->port); break;
		case 'c': ok = read_number(optarg, 1000000, &o->conns_max); break;
		case 'h': fputs(usage, stdout); exit(0);
		default: ok = false;
		}
		if (!ok) {
			fprintf(stderr, "httpd: bad option\n%s", usage);
			return 2;
		}
	}
	if (strlen(o->root) >= ROOT_MAX) {
		fprintf(stderr, "httpd: the folder's name is too long\n");
		return 2;
	}
	if (optind < argc) {
		fprintf(stderr, "httpd: '%s' is no option\n%s", argv[optind], usage);
		return 2;
	}
	return 0;
}

static int bind_listener(int family, unsigned int port)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr *addr = family == AF_INET6 ? (void *)&in6 : (void *)&in4;
	socklen_t len = family == AF_INET6 ? sizeof(in6) : sizeof(in4);
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, off = 0;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, addr, len) < 0 || listen(fd, BACKLOG) < 0) {
		int err = errno;

		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

/* One socket for both families where the stack has IPv6. */
static int open_listener(unsigned int port)
{
	int fd = bind_listener(AF_INET6, port);

	return fd >= 0 || errno == EADDRINUSE ? fd : bind_listener(AF_INET, port);
}

static void read_clocks(struct server *s)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	s->now_ms = ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	/* A machine without a wall clock counts from 1970: then there is no date to tell. */
	s->wall = clock_gettime(CLOCK_REALTIME, &ts) == 0 && ts.tv_sec > 1000000000 ? ts.tv_sec : 0;
}

static struct conn *conn_of(struct wait_node *node)
{
	return (struct conn *)((char *)node - offsetof(struct conn, wait));
}

/* Make room by closing the connection that has been idle longest; false if all are busy. */
static bool make_room(struct server *s)
{
	struct wait_node *idle = waits_oldest(&s->waits, WAIT_IDLE);

	if (idle)
		conn_close(s, conn_of(idle));
	return idle != NULL;
}

/* A knock that nobody can answer would be heard again and again. */
static void watch_listener(struct server *s, bool watch)
{
	struct epoll_event ev = { .events = watch ? EPOLLIN : 0 };

	if (s->deaf == watch)
		epoll_ctl(s->epoll, EPOLL_CTL_MOD, s->listener, &ev);
	s->deaf = !watch;
}

/* False: one may be waiting, but there is no room for it. */
static bool accept_all(struct server *s)
{
	for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
		int fd;

		/* Nobody gives way before there is somebody to give way to. */
		if (s->conns >= s->conns_max && !waits_oldest(&s->waits, WAIT_IDLE))
			return false;
		fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			if (s->conns >= s->conns_max)
				make_room(s);
			conn_open(s, fd);
			continue;
		}
		if (errno == EAGAIN)
			return true;
		/* Out of descriptors or memory: an idle connection gives way to the new one. */
		if (errno != ECONNABORTED && errno != EINTR && !make_room(s))
			return false;
	}
	return true;
}

static int timeout_ms(const struct server *s)
{
	int ms = waits_timeout_ms(&s->waits, s->now_ms);
	int most = s->stopping ? (int)(s->stopping - s->now_ms) : s->deaf ? DEAF_MS : -1;

	/* Room may come without an event of ours. */
	return most >= 0 && (ms < 0 || ms > most) ? most : ms;
}

/* SIGTERM: no new connections, no new requests; what is being answered is finished. */
static void begin_stop(struct server *s)
{
	s->stopping = s->now_ms + FINISH_MS;
	close(s->term);
	close(s->listener);
	while (make_room(s))
		;
}

static void run_events(struct server *s, const struct epoll_event *events, int n)
{
	bool knock = false, term = false;

	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == s)
			term = true;
		else if (events[i].data.ptr)
			conn_run(s, events[i].data.ptr);
		else
			knock = true;
	}
	/* After the others, because these may close one of them. */
	if (term)
		begin_stop(s);
	else if (!s->stopping && (knock || s->deaf))
		watch_listener(s, accept_all(s));
}

static void run(struct server *s)
{
	struct epoll_event events[EVENTS_A_ROUND];
	struct wait_node *late;

	while (!s->stopping || (s->conns && s->now_ms < s->stopping)) {
		int n = epoll_wait(s->epoll, events, EVENTS_A_ROUND, timeout_ms(s));

		read_clocks(s);
		run_events(s, events, n);
		while ((late = waits_overdue(&s->waits, s->now_ms)))
			conn_expire(s, conn_of(late));
	}
}

/* Where there are no such descriptors the end comes without a word. */
static void watch_term(struct server *s)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = s };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->term = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->term, &ev);
}

int main(int argc, char **argv)
{
	struct options o = { .root = HTTPD_ROOT, .port = 80, .conns_max = 1200 };
	static struct server s;
	struct epoll_event ev = { .events = EPOLLIN };
	int status = read_options(&o, argc, argv);

	if (status)
		return status;
	s.root = o.root;
	s.conns_max = o.conns_max;
	waits_init(&s.waits);
	read_clocks(&s);
	s.listener = open_listener(o.port);
	if (s.listener < 0) {
		fprintf(stderr, "httpd: cannot listen on port %u: %s\n", o.port, strerror(errno));
		return 1;
	}
	s.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s.epoll < 0 || epoll_ctl(s.epoll, EPOLL_CTL_ADD, s.listener, &ev) < 0) {
		fprintf(stderr, "httpd: cannot watch the socket: %s\n", strerror(errno));
		return 1;
	}
	watch_term(&s);
	if (access(o.root, R_OK) < 0)
		fprintf(stderr, "httpd: there is no folder %s; every page will be 404\n", o.root);
	printf("httpd: serving %s on port %u\n", o.root, o.port);
	fflush(stdout);
	run(&s);
	return 0;
}
