/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A name server that answers with anything, in front of libc's resolver: a lookup from the query
 * to the sorted addresses, and its parser alone over memory that ends with the answer.
 */

#include "input.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

/* As in musl's lookup.h. */
#define MAXADDRS 48
#define MAXNS    3

struct address {
	int family;
	unsigned int scopeid;
	uint8_t addr[16];
	int sortkey;
};

struct resolvconf {
	struct address ns[MAXNS];
	unsigned int nns, attempts, ndots, timeout;
};

int __lookup_name(struct address *buf, char *canon, const char *name, int family, int flags);
int __dns_parse(const unsigned char *r, int rlen,
		int (*callback)(void *, int, const void *, int, const void *), void *ctx);
int __dn_expand(const unsigned char *base, const unsigned char *end, const unsigned char *src,
		char *dest, int space);

static struct input in;
static unsigned int queries, answers;
static uint8_t asked[2][300]; /* the queries */
static size_t asked_len[2];
static int64_t milliseconds;

/* --- what musl asks of the system (fuzz.mk gives its calls these names) ------------------- */

int fuzz_socket(int family, int type, int protocol)
{
	(void)family, (void)type, (void)protocol;
	return 100;
}

int fuzz_bind(int fd, const void *addr, unsigned int len)
{
	(void)fd, (void)addr, (void)len;
	return 0;
}

int fuzz_connect(int fd, const void *addr, unsigned int len)
{
	(void)fd, (void)addr, (void)len;
	return in8(&in) & 1 ? -1 : 0;
}

int fuzz_getsockname(int fd, void *addr, unsigned int *len)
{
	(void)fd;
	in_copy(&in, addr, *len);
	return 0;
}

int fuzz_setsockopt(int fd, int level, int name, const void *value, unsigned int len)
{
	(void)fd, (void)level, (void)name, (void)value, (void)len;
	return 0;
}

int fuzz_close(int fd)
{
	(void)fd;
	return 0;
}

long fuzz_sendto(int fd, const void *data, size_t n, int flags, const void *to, unsigned int len)
{
	(void)fd, (void)flags, (void)to, (void)len;
	touch(data, n);
	MUST(n >= 17 && n <= sizeof(asked[0]));
	asked_len[queries & 1] = n;
	memcpy(asked[queries++ & 1], data, n);
	return (long)n;
}

int fuzz_poll(struct pollfd *fds, unsigned long n, int timeout)
{
	(void)fds, (void)n;
	milliseconds += timeout > 0 ? timeout : 1;
	return in.left ? 1 : 0;
}

/* Head, question and records: the head's id and the question mostly as they were asked. */
static size_t make_answer(uint8_t *buf, size_t n, uint8_t how)
{
	const uint8_t *query = asked[how >> 2 & 1];
	size_t question = how & 8 ? 0 : asked_len[how >> 2 & 1] - 12;
	size_t head = n < 12 ? n : 12;

	if (n < 12 + question)
		question = 0;
	in_copy(&in, buf, head);
	memcpy(buf + head, query + 12, question);
	in_copy(&in, buf + head + question, n - head - question);
	if (head == 12 && !(how & 2))
		memcpy(buf, query, 2);
	return n;
}

/* The answer to one of the questions, mostly from the server that was asked. */
long fuzz_recvfrom(int fd, void *buf, size_t size, int flags, void *from, unsigned int *len)
{
	struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons(53) };
	uint8_t how = in8(&in);
	size_t n = in16(&in) % (size + 1);

	(void)fd, (void)flags;
	if (!in.left || answers++ > 16)
		return -1;
	server.sin_addr.s_addr = htonl(how & 1 ? 0x0a000009 : 0x0a000003);
	memcpy(from, &server, *len < sizeof(server) ? *len : sizeof(server));
	return (long)make_answer(buf, n, how);
}

int fuzz_clock_gettime(int clock, struct timespec *ts)
{
	(void)clock;
	ts->tv_sec = milliseconds / 1000;
	ts->tv_nsec = milliseconds % 1000 * 1000000;
	return 0;
}

int fuzz_setcancelstate(int state, int *old)
{
	(void)state;
	if (old)
		*old = 0;
	return 0;
}

void _pthread_cleanup_push(void *buf, void (*fn)(void *), void *arg)
{
	(void)buf, (void)fn, (void)arg;
}

void _pthread_cleanup_pop(void *buf, int run)
{
	(void)buf, (void)run;
}

long uk_sys_getrandom(long buf, long len, long flags, long d, long e, long f)
{
	static uint8_t next;

	(void)flags, (void)d, (void)e, (void)f;
	for (long i = 0; i < len; i++)
		((uint8_t *)buf)[i] = ++next;
	return len;
}

long uk_sys_close(long fd, long b, long c, long d, long e, long f)
{
	(void)fd, (void)b, (void)c, (void)d, (void)e, (void)f;
	return 0;
}

int *___errno_location(void)
{
	return &errno;
}

void *__fopen_rb_ca(const char *name, void *file, unsigned char *buf, size_t len)
{
	(void)name, (void)file, (void)buf, (void)len;
	errno = ENOENT;
	return NULL;
}

int __fclose_ca(void *file)
{
	(void)file;
	return 0;
}

int __get_resolv_conf(struct resolvconf *conf, char *search, size_t size)
{
	static const uint8_t server[4] = { 10, 0, 0, 3 };

	memset(conf, 0, sizeof(*conf));
	conf->ns[0].family = AF_INET;
	memcpy(conf->ns[0].addr, server, 4);
	conf->nns = 1;
	conf->attempts = 2;
	conf->ndots = 1;
	conf->timeout = 5;
	if (search)
		snprintf(search, size, "local");
	return 0;
}

/* --- the target ---------------------------------------------------------------------------- */

static int saw_record(void *ctx, int type, const void *data, int len, const void *packet)
{
	size_t size = *(size_t *)ctx;
	char name[256];

	MUST((const uint8_t *)data >= (const uint8_t *)packet + 12 && len >= 0);
	touch(data, (size_t)len);
	/* As the lookup does with a CNAME. */
	if (type == 5 &&
	    __dn_expand(packet, (const uint8_t *)packet + size, data, name, sizeof(name)) > 0)
		MUST(strlen(name) < sizeof(name));
	return 0;
}

/* The parser alone, over exactly the answer. */
static void parse(const uint8_t *data, size_t size)
{
	(void)__dns_parse(data, (int)size, saw_record, &size);
}

static void look_up(void)
{
	static const int families[] = { AF_UNSPEC, AF_INET, AF_INET6 };
	struct address found[MAXADDRS];
	char canon[256];
	uint8_t how = in8(&in);
	int n = __lookup_name(found, canon, how & 0x80 ? "a.b" : "name", families[how % 3],
			      how & 0x40 ? AI_V4MAPPED | AI_ALL : 0);

	MUST(n <= MAXADDRS && memchr(canon, '\0', sizeof(canon)));
	for (int i = 0; i < n; i++)
		MUST(found[i].family == AF_INET || found[i].family == AF_INET6);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	in = (struct input){ data, size };
	queries = answers = 0;
	memset(asked, 0, sizeof(asked));
	asked_len[0] = asked_len[1] = 17;
	milliseconds = 1000;
	if (in8(&in) & 1)
		parse(in.at, in.left);
	else
		look_up();
	return 0;
}
