/* SPDX-License-Identifier: BSD-3-Clause */
#include "request.h"
#include "path.h"

#include <string.h>
#include <strings.h>

/* A piece of the input; not terminated. */
struct slice {
	const char *at;
	size_t len;
};

static bool slice_is(struct slice s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.at, word, s.len) == 0;
}

/* Cut the next piece up to (without) `stop` off *from; false when stop is not there. */
static bool slice_cut(struct slice *from, char stop, struct slice *piece)
{
	const char *end = memchr(from->at, stop, from->len);

	if (!end)
		return false;
	piece->at = from->at;
	piece->len = (size_t)(end - from->at);
	from->len -= piece->len + 1;
	from->at = end + 1;
	return true;
}

static struct slice slice_trim(struct slice s)
{
	while (s.len && (*s.at == ' ' || *s.at == '\t')) {
		s.at++;
		s.len--;
	}
	while (s.len && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* Decimal digits only, no overflow. */
static bool slice_number(struct slice s, uint64_t *value)
{
	uint64_t v = 0;

	if (!s.len)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned int digit = (unsigned char)s.at[i] - '0';

		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	return true;
}

static size_t skip_empty_lines(const char *buf, size_t len)
{
	size_t i = 0;

	while (i < len && (buf[i] == '\r' || buf[i] == '\n'))
		i++;
	return i;
}

size_t request_head_length(const char *buf, size_t len)
{
	size_t line = skip_empty_lines(buf, len);

	while (line < len) {
		const char *end = memchr(buf + line, '\n', len - line);
		size_t next;

		if (!end)
			return 0;
		next = (size_t)(end - buf) + 1;
		if (end == buf + line || (end == buf + line + 1 && buf[line] == '\r'))
			return next;
		line = next;
	}
	return 0;
}

/* A token character (RFC 9110, 5.6.2): what a method or a field name consists of. */
static bool is_token(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (c <= ' ' || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c))
			return false;
	}
	return s.len > 0;
}

static int parse_version(struct request *req, struct slice v)
{
	if (v.len != 8 || memcmp(v.at, "HTTP/", 5) != 0 || v.at[6] != '.')
		return 400;
	if (v.at[5] != '1')
		return v.at[5] >= '0' && v.at[5] <= '9' ? 505 : 400;
	if (v.at[7] < '0' || v.at[7] > '9')
		return 400;
	req->minor = (unsigned int)(v.at[7] - '0');
	req->keep_alive = req->minor >= 1;
	return 0;
}

/* An absolute-form target (RFC 9112, 3.2.2) is served by its path. */
static struct slice strip_authority(struct slice target)
{
	if (target.len > 7 && strncasecmp(target.at, "http://", 7) == 0) {
		const char *path = memchr(target.at + 7, '/', target.len - 7);

		if (!path)
			return (struct slice){ "/", 1 };
		target.len -= (size_t)(path - target.at);
		target.at = path;
	}
	return target;
}

static int parse_target(struct request *req, struct slice target)
{
	const char *end;

	target = strip_authority(target);
	end = memchr(target.at, '?', target.len);
	if (end)
		target.len = (size_t)(end - target.at);
	return path_decode(req->path, sizeof(req->path), target.at, target.len);
}

static int parse_request_line(struct request *req, struct slice line)
{
	struct slice method, target;
	int status;

	if (!slice_cut(&line, ' ', &method) || !is_token(method) ||
	    !slice_cut(&line, ' ', &target) || !target.len)
		return 400;
	status = parse_version(req, line);
	if (status)
		return status;
	if (method.len == 3 && memcmp(method.at, "GET", 3) == 0)
		req->method = METHOD_GET;
	else if (method.len == 4 && memcmp(method.at, "HEAD", 4) == 0)
		req->method = METHOD_HEAD;
	else
		return 405;
	return parse_target(req, target);
}

/* "bytes=a-b", "bytes=a-", "bytes=-n"; all else, several ranges included, is ignored. */
static void parse_range(struct request_range *range, struct slice v)
{
	struct slice first;
	struct request_range r = { .present = true, .last = UINT64_MAX };

	if (v.len < 6 || strncasecmp(v.at, "bytes=", 6) != 0)
		return;
	v.at += 6;
	v.len -= 6;
	if (!slice_cut(&v, '-', &first))
		return;
	first = slice_trim(first);
	v = slice_trim(v);
	if (!first.len) {
		r.suffix = true;
		if (!slice_number(v, &r.first))
			return;
	} else if (!slice_number(first, &r.first) || (v.len && !slice_number(v, &r.last)) ||
		   r.last < r.first) {
		return;
	}
	*range = r;
}

static void parse_connection(struct request *req, struct slice v)
{
	struct slice option;

	for (;;) {
		bool more = slice_cut(&v, ',', &option);

		option = slice_trim(more ? option : v);
		if (slice_is(option, "close"))
			req->keep_alive = false;
		else if (slice_is(option, "keep-alive") && req->minor == 0)
			req->keep_alive = true;
		if (!more)
			return;
	}
}

static int parse_length(struct request *req, struct slice v, bool *seen)
{
	uint64_t n;

	/* Two different lengths are an attack on whoever parses after us (RFC 9112, 6.3). */
	if (!slice_number(v, &n) || (*seen && n != req->body))
		return 400;
	*seen = true;
	req->body = n;
	return 0;
}

struct field_state {
	bool length_seen;
	unsigned int count;
};

static int parse_field(struct request *req, struct slice line, struct field_state *state)
{
	struct slice name, value;

	if (++state->count > REQUEST_FIELDS_MAX)
		return 431;
	/* A field name ends right at its colon; folded lines are obsolete and refused (5.2). */
	if (!slice_cut(&line, ':', &name) || !is_token(name) || memchr(line.at, '\0', line.len))
		return 400;
	value = slice_trim(line);
	if (slice_is(name, "host")) {
		if (req->has_host)
			return 400;
		req->has_host = true;
	} else if (slice_is(name, "connection")) {
		parse_connection(req, value);
	} else if (slice_is(name, "range")) {
		parse_range(&req->range, value);
	} else if (slice_is(name, "content-length")) {
		return parse_length(req, value, &state->length_seen);
	} else if (slice_is(name, "transfer-encoding")) {
		/* A coding that is not understood, and a body without an end (RFC 9112, 6.1). */
		return 501;
	}
	return 0;
}

static bool next_line(struct slice *rest, struct slice *line)
{
	if (!slice_cut(rest, '\n', line))
		return false;
	if (line->len && line->at[line->len - 1] == '\r')
		line->len--;
	return true;
}

void request_parse(struct request *req, const char *head, size_t len)
{
	size_t skip = skip_empty_lines(head, len);
	struct slice rest = { head + skip, len - skip }, line;
	struct field_state state = { 0 };
	int status = 400;

	memset(req, 0, sizeof(*req));
	req->method = METHOD_OTHER;
	if (next_line(&rest, &line)) {
		status = parse_request_line(req, line);
		/* The fields matter even when the request is refused: they frame the body. */
		while (next_line(&rest, &line) && line.len) {
			int err = parse_field(req, line, &state);

			if (err) {
				status = err;
				req->keep_alive = false;
				break;
			}
		}
	}
	if (!status && req->minor >= 1 && !req->has_host)
		status = 400;
	if (status == 400 || status == 505)
		req->keep_alive = false;
	req->status = status;
}

bool range_resolve(const struct request_range *range, uint64_t size, uint64_t *start, uint64_t *end)
{
	*start = 0;
	*end = size;
	if (!range->present)
		return true;
	if (range->suffix) {
		*start = range->first < size ? size - range->first : 0;
		return range->first > 0 && size > 0;
	}
	if (range->first >= size)
		return false;
	*start = range->first;
	if (range->last < size)
		*end = range->last + 1;
	return true;
}
