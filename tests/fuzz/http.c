/* SPDX-License-Identifier: BSD-3-Clause */
/* The head of an HTTP request: where it ends, what it asks for, and the head of the answer. */

#include "apps/httpd/path.h"
#include "apps/httpd/request.h"
#include "apps/httpd/response.h"
#include "input.h"

/* Absolute, decoded, and it never leaves the folder. */
static void check_path(const char *path)
{
	const char *at = path;

	MUST(*path == '/');
	while ((at = strchr(at, '/'))) {
		size_t n = strcspn(++at, "/");

		MUST(n > 0 || !*at);
		MUST(!(n == 1 && at[0] == '.') && !(n == 2 && at[0] == '.' && at[1] == '.'));
	}
	for (at = path; *at; at++)
		MUST((unsigned char)*at >= 0x20 && *at != 0x7f);
	MUST(path_type(path));
}

static void check_ranges(const struct request_range *range)
{
	static const uint64_t sizes[] = { 0, 1, 2, 1000, UINT32_MAX, INT64_MAX };
	uint64_t start, end;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (!range_resolve(range, sizes[i], &start, &end))
			continue;
		MUST(start <= end && end <= sizes[i]);
		MUST(!range->present || start < end);
	}
}

/* One line each and an empty one: nothing of the request breaks the answer apart. */
static void check_answer(const struct request *req, const char *location)
{
	static char head[RESPONSE_HEAD_MAX + 1];
	struct response r = { .status = location      ? 301
					: req->status ? req->status
						      : 206,
			      .keep_alive = req->keep_alive,
			      .location = location,
			      .start = 1,
			      .end = 2,
			      .size = 3 };
	size_t n = response_head(head, &r, 0);
	const char *end;

	head[n] = '\0';
	end = strstr(head, "\r\n\r\n");
	MUST(end && end + 4 == head + n);
	for (const char *at = head; at < end; at++)
		MUST((*at >= ' ' && *at <= '~') || (*at == '\r' && at[1] == '\n') ||
		     (*at == '\n' && at[-1] == '\r'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t n = size < REQUEST_HEAD_MAX ? size : REQUEST_HEAD_MAX;
	size_t head = request_head_length(text, n);
	struct request req;

	MUST(head <= n);
	if (!head)
		return 0;
	MUST(text[head - 1] == '\n');
	/* Nothing before its end was one. */
	MUST(request_head_length(text, head - 1) == 0);
	request_parse(&req, text, head);
	MUST(memchr(req.path, '\0', sizeof(req.path)));
	MUST(req.status == 0 || (req.status >= 400 && req.status <= 505));
	check_ranges(&req.range);
	if (!req.status) {
		MUST(req.method != METHOD_OTHER);
		check_path(req.path);
		check_answer(&req, req.path);
	}
	check_answer(&req, NULL);
	return 0;
}
