/* SPDX-License-Identifier: BSD-3-Clause */
/* Sockets of this machine with itself. */

#include "nomem.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_MS 1500 /* a segment that could not be made is made again in this time */

static bool wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	errno = ETIMEDOUT;
	return GOOD(poll(&p, 1, WAIT_MS) == 1);
}

/* Leaves nothing to wait for. */
static void drop(int fd)
{
	static const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
}

static bool bound(int fd, struct sockaddr_in6 *name)
{
	socklen_t len = sizeof(*name);

	*name = (struct sockaddr_in6){ .sin6_family = AF_INET6,
				       .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	return GOOD(bind(fd, (void *)name, len) == 0) &&
	       GOOD(getsockname(fd, (void *)name, &len) == 0);
}

static bool talk(int here, int there)
{
	char text[3000] = "sent", got[3000];

	return GOOD(send(here, text, sizeof(text), MSG_NOSIGNAL) > 0) && wait_for(there, POLLIN) &&
	       GOOD(recv(there, got, sizeof(got), 0) > 0) && strcmp(got, "sent") == 0;
}

static bool connected(int here, int listener, const struct sockaddr_in6 *name)
{
	bool ok = false;
	int there;

	if (connect(here, (const void *)name, sizeof(*name)) < 0 && errno != EINPROGRESS)
		return GOOD(false);
	if (!wait_for(listener, POLLIN))
		return false;
	there = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	if (!GOOD(there >= 0))
		return false;
	ok = wait_for(here, POLLOUT) && talk(here, there) && talk(there, here);
	drop(there);
	return ok;
}

bool call_tcp(void)
{
	int listener = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in6 name;
	bool ok = false;

	if (!GOOD(listener >= 0))
		return false;
	if (bound(listener, &name) && GOOD(listen(listener, 5) == 0)) {
		int here = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);

		if (GOOD(here >= 0)) {
			ok = connected(here, listener, &name);
			drop(here);
		}
	}
	close(listener);
	return ok;
}

bool call_udp(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in6 name;
	char c = 'x';
	bool ok;

	if (!GOOD(fd >= 0))
		return false;
	ok = bound(fd, &name) && GOOD(sendto(fd, &c, 1, 0, (void *)&name, sizeof(name)) == 1) &&
	     wait_for(fd, POLLIN) && GOOD(recv(fd, &c, 1, 0) == 1);
	close(fd);
	return ok;
}
