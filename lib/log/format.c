/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The formatter: a subset of fprintf (C11, 7.21.6.1) without floating point, locale, or memory
 * of its own. What it does not know is written as it stands, so that a mistake shows.
 */

#include <stdbool.h>
#include <uk/log.h>
#include <uk/string.h>

struct out {
	char *buf;
	size_t size;
	size_t len; /* of the whole text, also of what did not fit */
};

struct spec {
	bool left;
	bool zero;
	bool plus;
	unsigned int width;
	int precision; /* -1: none */
	int length;    /* -2 hh, -1 h, 0 int, 1 l, 2 ll, 3 z */
};

static void put(struct out *out, char c)
{
	if (out->len + 1 < out->size)
		out->buf[out->len] = c;
	out->len++;
}

static void pad(struct out *out, char c, size_t n)
{
	while (n-- > 0)
		put(out, c);
}

static void put_padded(struct out *out, const struct spec *spec, const char *s, size_t n)
{
	size_t fill = spec->width > n ? spec->width - n : 0;

	if (!spec->left)
		pad(out, ' ', fill);
	for (size_t i = 0; i < n; i++)
		put(out, s[i]);
	if (spec->left)
		pad(out, ' ', fill);
}

/* `prefix`: sign or 0x, which zeros follow and blanks precede. */
static void put_number(struct out *out, const struct spec *spec, uint64_t v, unsigned int base,
		       const char *prefix, bool upper)
{
	char text[24];
	char *at = text + sizeof(text);

	do {
		unsigned int digit = (unsigned int)(v % base);

		*--at = (char)(digit < 10 ? '0' + digit : (upper ? 'A' : 'a') + digit - 10);
		v /= base;
	} while (v != 0);

	size_t n = (size_t)(text + sizeof(text) - at);
	size_t whole = n + uk_str_len(prefix);
	size_t fill = spec->width > whole ? spec->width - whole : 0;
	bool zero = spec->zero && !spec->left;

	if (!spec->left && !zero)
		pad(out, ' ', fill);
	while (*prefix)
		put(out, *prefix++);
	if (zero)
		pad(out, '0', fill);
	for (size_t i = 0; i < n; i++)
		put(out, at[i]);
	if (spec->left)
		pad(out, ' ', fill);
}

static int64_t get_signed(int length, va_list *ap)
{
	switch (length) {
	case -2: return (signed char)va_arg(*ap, int);
	case -1: return (short)va_arg(*ap, int);
	case 0: return va_arg(*ap, int);
	case 1: return va_arg(*ap, long);
	case 2: return va_arg(*ap, long long);
	default: return va_arg(*ap, ptrdiff_t);
	}
}

static uint64_t get_unsigned(int length, va_list *ap)
{
	switch (length) {
	case -2: return (unsigned char)va_arg(*ap, unsigned int);
	case -1: return (unsigned short)va_arg(*ap, unsigned int);
	case 0: return va_arg(*ap, unsigned int);
	case 1: return va_arg(*ap, unsigned long);
	case 2: return va_arg(*ap, unsigned long long);
	default: return va_arg(*ap, size_t);
	}
}

static void put_signed(struct out *out, const struct spec *spec, int64_t v)
{
	const char *sign = v < 0 ? "-" : spec->plus ? "+" : "";

	put_number(out, spec, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, sign, false);
}

static void put_string(struct out *out, const struct spec *spec, const char *s)
{
	if (!s)
		s = "(null)";
	put_padded(out, spec, s,
		   spec->precision < 0 ? uk_str_len(s) : uk_str_nlen(s, (size_t)spec->precision));
}

static const char *parse_flags(struct spec *spec, const char *f)
{
	for (;; f++) {
		if (*f == '-')
			spec->left = true;
		else if (*f == '0')
			spec->zero = true;
		else if (*f == '+')
			spec->plus = true;
		else
			return f;
	}
}

/* A number or `*`, at most 9999. */
static const char *parse_count(int *value, const char *f, va_list *ap)
{
	*value = 0;
	if (*f == '*') {
		*value = va_arg(*ap, int);
		return f + 1;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		*value = *value < 1000 ? *value * 10 + (*f - '0') : 9999;
	return f;
}

static const char *parse_length(struct spec *spec, const char *f)
{
	for (;; f++) {
		if (*f == 'h')
			spec->length--;
		else if (*f == 'l')
			spec->length++;
		else if (*f == 'z')
			spec->length = 3;
		else
			return f;
	}
}

static const char *parse_spec(struct spec *spec, const char *f, va_list *ap)
{
	int width;

	f = parse_flags(spec, f);
	f = parse_count(&width, f, ap);
	if (width < 0)
		spec->left = true;
	spec->width = width < 0 ? -(unsigned int)width : (unsigned int)width;
	spec->precision = -1;
	if (*f == '.')
		f = parse_count(&spec->precision, f + 1, ap);
	return parse_length(spec, f);
}

/* One conversion; f is behind the `%`. Returns what is behind the conversion. */
static const char *convert(struct out *out, const char *f, va_list *ap)
{
	const char *start = f;
	struct spec spec = { 0 };

	f = parse_spec(&spec, f, ap);
	switch (*f) {
	case 'd':
	case 'i': put_signed(out, &spec, get_signed(spec.length, ap)); break;
	case 'u': put_number(out, &spec, get_unsigned(spec.length, ap), 10, "", false); break;
	case 'x': put_number(out, &spec, get_unsigned(spec.length, ap), 16, "", false); break;
	case 'X': put_number(out, &spec, get_unsigned(spec.length, ap), 16, "", true); break;
	case 'o': put_number(out, &spec, get_unsigned(spec.length, ap), 8, "", false); break;
	case 'p': put_number(out, &spec, (uintptr_t)va_arg(*ap, void *), 16, "0x", false); break;
	case 's': put_string(out, &spec, va_arg(*ap, const char *)); break;
	case 'c': put_padded(out, &spec, &(char){ (char)va_arg(*ap, int) }, 1); break;
	case '%': put(out, '%'); break;
	default: put(out, '%'); return start;
	}
	return f + 1;
}

int uk_vformat(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out out = { .buf = buf, .size = size };
	va_list ap;

	va_copy(ap, args);
	while (*fmt) {
		if (*fmt == '%')
			fmt = convert(&out, fmt + 1, &ap);
		else
			put(&out, *fmt++);
	}
	va_end(ap);
	if (size > 0)
		buf[UK_MIN(out.len, size - 1)] = '\0';
	return (int)out.len;
}

int uk_format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int len = uk_vformat(buf, size, fmt, ap);
	va_end(ap);
	return len;
}
