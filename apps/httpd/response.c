/* SPDX-License-Identifier: BSD-3-Clause */
#include "response.h"

#include <string.h>

/* Output that is cut at its end and never overruns; heads are far shorter in practice. */
struct out {
	char *buf;
	size_t len;
	size_t size;
};

static void put(struct out *o, const char *text, size_t n)
{
	if (n > o->size - o->len)
		n = o->size - o->len;
	memcpy(o->buf + o->len, text, n);
	o->len += n;
}

static void put_text(struct out *o, const char *text)
{
	put(o, text, strlen(text));
}

static void put_number(struct out *o, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	put(o, digits + at, sizeof(digits) - at);
}

/* Percent-encode what may not stand in a path (RFC 3986, 3.3), control characters above all. */
static void put_path(struct out *o, const char *path)
{
	static const char hex[] = "0123456789ABCDEF";

	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || strchr("/-._~!$&'()*+,;=:@", c);
		char escape[3] = { '%', hex[c >> 4], hex[c & 15] };

		if (plain)
			put(o, path, 1);
		else
			put(o, escape, 3);
	}
}

const char *response_reason(int status)
{
	switch (status) {
	case 200: return "200 OK";
	case 206: return "206 Partial Content";
	case 301: return "301 Moved Permanently";
	case 400: return "400 Bad Request";
	case 403: return "403 Forbidden";
	case 404: return "404 Not Found";
	case 405: return "405 Method Not Allowed";
	case 408: return "408 Request Timeout";
	case 413: return "413 Content Too Large";
	case 414: return "414 URI Too Long";
	case 416: return "416 Range Not Satisfiable";
	case 431: return "431 Request Header Fields Too Large";
	case 501: return "501 Not Implemented";
	case 503: return "503 Service Unavailable";
	case 505: return "505 HTTP Version Not Supported";
	default: return "500 Internal Server Error";
	}
}

static void put_two(struct out *o, int n)
{
	char digits[2] = { (char)('0' + n / 10), (char)('0' + n % 10) };

	put(o, digits, 2);
}

/* IMF-fixdate (RFC 9110, 5.6.7). strftime() can do more, in 7 KiB. */
static void make_date(struct out *o, time_t now)
{
	struct tm tm;

	gmtime_r(&now, &tm);
	put_text(o, "Date: ");
	put(o, &"SunMonTueWedThuFriSat"[3 * tm.tm_wday], 3);
	put_text(o, ", ");
	put_two(o, tm.tm_mday);
	put_text(o, " ");
	put(o, &"JanFebMarAprMayJunJulAugSepOctNovDec"[3 * tm.tm_mon], 3);
	put_text(o, " ");
	put_number(o, (uint64_t)tm.tm_year + 1900);
	put_text(o, " ");
	put_two(o, tm.tm_hour);
	put_text(o, ":");
	put_two(o, tm.tm_min);
	put_text(o, ":");
	put_two(o, tm.tm_sec);
	put_text(o, " GMT\r\n");
}

/* Made once a second. */
static void put_date(struct out *o, time_t now)
{
	static time_t made;
	static char text[64];
	static size_t len;

	if (now != made) {
		struct out date = { text, 0, sizeof(text) };

		make_date(&date, now);
		len = date.len;
		made = now;
	}
	put(o, text, len);
}

static void put_range(struct out *o, const struct response *r)
{
	put_text(o, "Content-Range: bytes ");
	if (r->status == 416) {
		put_text(o, "*");
	} else {
		put_number(o, r->start);
		put_text(o, "-");
		put_number(o, r->end - 1);
	}
	put_text(o, "/");
	put_number(o, r->size);
	put_text(o, "\r\n");
}

size_t response_head(char *buf, const struct response *r, time_t now)
{
	struct out o = { buf, 0, RESPONSE_HEAD_MAX };

	put_text(&o, "HTTP/1.1 ");
	put_text(&o, response_reason(r->status));
	put_text(&o, "\r\nServer: ashlar\r\n");
	if (now)
		put_date(&o, now);
	if (r->type) {
		put_text(&o, "Content-Type: ");
		put_text(&o, r->type);
		put_text(&o, "\r\n");
	}
	if (r->status == 206 || r->status == 416)
		put_range(&o, r);
	else if (r->status == 200)
		put_text(&o, "Accept-Ranges: bytes\r\n");
	if (r->status == 405)
		put_text(&o, "Allow: GET, HEAD\r\n");
	if (r->location) {
		put_text(&o, "Location: ");
		put_path(&o, r->location);
		put_text(&o, "/\r\n");
	}
	put_text(&o, "Content-Length: ");
	put_number(&o, r->status == 416 ? 0 : r->end - r->start);
	if (!r->keep_alive)
		put_text(&o, "\r\nConnection: close");
	else if (r->old)
		put_text(&o, "\r\nConnection: keep-alive");
	put_text(&o, "\r\n\r\n");
	return o.len;
}

size_t response_page(char *buf, size_t size, int status)
{
	struct out o = { buf, 0, size };

	put_text(&o, "<!doctype html><title>");
	put_text(&o, response_reason(status));
	put_text(&o, "</title><h1>");
	put_text(&o, response_reason(status));
	put_text(&o, "</h1>\n");
	return o.len;
}
