/* SPDX-License-Identifier: BSD-3-Clause */
#include "../path.h"
#include "../request.h"
#include "../wait.h"

#include <string.h>
#include <uk/test.h>

static struct request parse(const char *head)
{
	struct request req;

	request_parse(&req, head, strlen(head));
	return req;
}

static bool decodes(const char *target, const char *want)
{
	char out[64];

	return path_decode(out, sizeof(out), target, strlen(target)) == 0 && !strcmp(out, want);
}

UK_TEST(httpd, paths_never_leave_the_folder)
{
	UK_EXPECT(decodes("/", "/"));
	UK_EXPECT(decodes("/a/../b", "/b"));
	UK_EXPECT(decodes("/../../etc/passwd", "/etc/passwd"));
	UK_EXPECT(decodes("/%2e%2e/%2E%2E/x", "/x"));
	UK_EXPECT(decodes("/a/..", "/"));
	UK_EXPECT(decodes("/a/b/..", "/a/"));
	UK_EXPECT(decodes("/a/b/../../..", "/"));
	UK_EXPECT(decodes("//a//./b", "/a/b"));
	UK_EXPECT(decodes("/...", "/..."));
	UK_EXPECT(decodes("/a%20b", "/a b"));
	/* An encoded slash is a slash once decoded, and then subject to the same rules. */
	UK_EXPECT(decodes("/a%2f..%2f..%2fb", "/b"));
}

UK_TEST(httpd, bad_paths_are_refused)
{
	char out[8];

	UK_EXPECT_EQ(path_decode(out, sizeof(out), "/%zz", 4), 400);
	UK_EXPECT_EQ(path_decode(out, sizeof(out), "/%4", 3), 400);
	UK_EXPECT_EQ(path_decode(out, sizeof(out), "/%00", 4), 400);
	UK_EXPECT_EQ(path_decode(out, sizeof(out), "a", 1), 400);
	UK_EXPECT_EQ(path_decode(out, sizeof(out), "", 0), 400);
	UK_EXPECT_EQ(path_decode(out, sizeof(out), "/1234567", 8), 414);
	UK_EXPECT_EQ(path_decode(out, sizeof(out), "/123456", 7), 0);
}

UK_TEST(httpd, head_is_found_where_it_ends)
{
	static const char two[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET";

	UK_EXPECT_EQ(request_head_length(two, sizeof(two) - 1), sizeof(two) - 4);
	for (size_t n = 0; n < sizeof(two) - 4; n++)
		UK_EXPECT_EQ(request_head_length(two, n), 0);
	UK_EXPECT_EQ(request_head_length("\r\nGET / HTTP/1.0\n\n", 18), 18);
}

UK_TEST(httpd, good_requests)
{
	struct request r = parse("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n");

	UK_EXPECT_EQ(r.status, 0);
	UK_EXPECT(r.keep_alive);
	UK_EXPECT_STR_EQ(r.path, "/a");
	r = parse("HEAD http://x/b HTTP/1.0\r\n\r\n");
	UK_EXPECT_EQ(r.status, 0);
	UK_EXPECT_EQ(r.method, METHOD_HEAD);
	UK_EXPECT(!r.keep_alive);
	UK_EXPECT_STR_EQ(r.path, "/b");
	r = parse("GET / HTTP/1.1\r\nhOST: x\r\nConnection: foo, Close\r\n\r\n");
	UK_EXPECT(!r.keep_alive && r.status == 0);
	r = parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	UK_EXPECT(r.keep_alive && r.status == 0);
}

UK_TEST(httpd, bad_requests)
{
	UK_EXPECT_EQ(parse("GET / HTTP/1.1\r\n\r\n").status, 400);
	UK_EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").status, 400);
	UK_EXPECT_EQ(parse("GET /\r\n\r\n").status, 400);
	UK_EXPECT_EQ(parse("GET  / HTTP/1.1\r\nHost: a\r\n\r\n").status, 400);
	UK_EXPECT_EQ(parse("G@T / HTTP/1.1\r\nHost: a\r\n\r\n").status, 400);
	UK_EXPECT_EQ(parse("GET / HTTP/2.0\r\nHost: a\r\n\r\n").status, 505);
	UK_EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost : a\r\n\r\n").status, 400);
	UK_EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n").status, 400);
	UK_EXPECT_EQ(parse("POST / HTTP/1.1\r\nHost: a\r\n\r\n").status, 405);
	UK_EXPECT(!parse("\x80\xff\r\n\r\n").keep_alive);
}

UK_TEST(httpd, bodies_are_framed_or_refused)
{
	struct request r = parse("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n");

	UK_EXPECT_EQ(r.status, 0);
	UK_EXPECT_EQ(r.body, 12);
	r = parse("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
	UK_EXPECT_EQ(r.status, 400);
	UK_EXPECT(!r.keep_alive);
	r = parse("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n");
	UK_EXPECT_EQ(r.status, 400);
	r = parse("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
	UK_EXPECT_EQ(r.status, 501);
	UK_EXPECT(!r.keep_alive);
	/* A refused method does not excuse from framing its body. */
	r = parse("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
	UK_EXPECT(r.status == 405 && r.body == 5);
}

static bool window(const char *range, uint64_t size, uint64_t start, uint64_t end)
{
	char head[128] = "GET / HTTP/1.1\r\nHost: a\r\nRange: ";
	struct request r;
	uint64_t s, e;

	strcat(strcat(head, range), "\r\n\r\n");
	r = parse(head);
	return range_resolve(&r.range, size, &s, &e) && s == start && e == end;
}

UK_TEST(httpd, ranges)
{
	struct request_range none = { .present = true, .suffix = true, .first = 0 };
	uint64_t s, e;

	UK_EXPECT(window("bytes=0-0", 10, 0, 1));
	UK_EXPECT(window("bytes=3-", 10, 3, 10));
	UK_EXPECT(window("bytes=-4", 10, 6, 10));
	UK_EXPECT(window("bytes=-99", 10, 0, 10));
	UK_EXPECT(window("bytes=2-18446744073709551615", 10, 2, 10));
	UK_EXPECT(!window("bytes=10-", 10, 0, 0));
	/* What is not understood is ignored (RFC 9110, 14.2). */
	UK_EXPECT(window("bytes=5-3", 10, 0, 10));
	UK_EXPECT(window("bytes=0-1,3-4", 10, 0, 10));
	UK_EXPECT(window("lines=1-2", 10, 0, 10));
	UK_EXPECT(window("bytes=99999999999999999999-", 10, 0, 10));
	UK_EXPECT(!range_resolve(&none, 10, &s, &e));
}

UK_TEST(httpd, limits_of_fields_and_paths)
{
	char head[REQUEST_HEAD_MAX] = "GET / HTTP/1.1\r\nHost: a\r\n";
	size_t len = strlen(head);

	for (int i = 0; i < REQUEST_FIELDS_MAX; i++, len += 6)
		memcpy(head + len, "A: b\r\n", 6);
	memcpy(head + len, "\r\n", 3);
	UK_EXPECT_EQ(parse(head).status, 431);
	memset(head, 'a', sizeof(head));
	memcpy(head, "GET /", 5);
	memcpy(head + 2000, " HTTP/1.1\r\nHost: a\r\n\r\n", 23);
	UK_EXPECT_EQ(parse(head).status, 414);
}

UK_TEST(httpd, random_bytes_never_overrun)
{
	static char head[512];
	static const char alphabet[] = "GET / HTTP/1.1\r\n\r\nHost:%2e.=-0123bytes,\t\x80";

	for (int round = 0; round < 20000; round++) {
		size_t len = (size_t)uk_test_random_below(sizeof(head) - 1) + 1;
		size_t got;
		struct request r;

		for (size_t i = 0; i < len; i++)
			head[i] = alphabet[uk_test_random_below(sizeof(alphabet) - 1)];
		got = request_head_length(head, len);
		UK_REQUIRE(got <= len);
		request_parse(&r, head, got ? got : len);
		UK_REQUIRE(memchr(r.path, '\0', sizeof(r.path)) != NULL);
	}
}

UK_TEST(httpd, waits_expire_in_order)
{
	struct waits w;
	struct wait_node a = { 0 }, b = { 0 };

	waits_init(&w);
	UK_EXPECT_EQ(waits_timeout_ms(&w, 0), -1);
	wait_start(&w, &a, WAIT_HEAD, 0);
	wait_start(&w, &b, WAIT_HEAD, 5);
	UK_EXPECT_EQ(waits_timeout_ms(&w, 0), w.limit_ms[WAIT_HEAD]);
	UK_EXPECT(waits_overdue(&w, w.limit_ms[WAIT_HEAD]) == &a);
	wait_start(&w, &a, WAIT_IDLE, 6);
	UK_EXPECT(waits_overdue(&w, w.limit_ms[WAIT_HEAD] + 5) == &b);
	wait_stop(&b);
	wait_stop(&b);
	UK_EXPECT(waits_overdue(&w, w.limit_ms[WAIT_HEAD] + 5) == NULL);
	UK_EXPECT(waits_oldest(&w, WAIT_IDLE) == &a);
}
