/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What a backslash may take away its meaning from between double quotes (XCU 2.2.3). */
static bool is_special(char c)
{
	return c == '"' || c == '\\' || c == '$' || c == '`';
}

/* From behind the quote to behind its counterpart; NULL if there is none. */
static const char *quoted(const char *in, char **out, char quote)
{
	while (*in && *in != quote) {
		if (quote == '"' && *in == '\\' && is_special(in[1]))
			in++;
		*(*out)++ = *in++;
	}
	return *in ? in + 1 : NULL;
}

static const char *piece(const char *in, char **out)
{
	if (*in == '\'' || *in == '"')
		return quoted(in + 1, out, *in);
	if (*in == '\\')
		in++;
	if (!*in)
		return NULL;
	*(*out)++ = *in;
	return in + 1;
}

int uk__param_word(const char **in, char **out)
{
	const char *at = *in;

	while (is_blank(*at))
		at++;
	if (!*at)
		return 0;
	while (at && *at && !is_blank(*at))
		at = piece(at, out);
	if (!at)
		return -EINVAL;
	*(*out)++ = '\0';
	*in = *at ? at + 1 : at;
	return 1;
}
