/* SPDX-License-Identifier: BSD-3-Clause */
#include "internal.h"
#include <uk/string.h>

static unsigned int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10 : 99;
}

/* Shift for a unit's letter, -1 if it is none. */
static int unit_of(char c)
{
	switch (c | 0x20) {
	case 'k': return 10;
	case 'm': return 20;
	case 'g': return 30;
	case 't': return 40;
	default: return -1;
	}
}

/* Digits up to the first other character; -EINVAL: none. */
static int read_digits(const char **text, uint64_t *value)
{
	const char *at = *text;
	unsigned int base = 10;
	uint64_t v = 0;

	if (at[0] == '0' && (at[1] | 0x20) == 'x') {
		base = 16;
		at += 2;
	}
	const char *first = at;

	for (; digit_of(*at) < base; at++) {
		if (__builtin_mul_overflow(v, base, &v) ||
		    __builtin_add_overflow(v, digit_of(*at), &v))
			return -ERANGE;
	}
	*text = at;
	*value = v;
	return at == first ? -EINVAL : 0;
}

int uk_param_read_uint(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t v;
	int err = read_digits(&text, &v);

	if (err)
		return err;
	if (*text) {
		int shift = unit_of(*text);

		if (shift < 0 || text[1])
			return -EINVAL;
		if (v > max >> shift)
			return -ERANGE;
		v <<= shift;
	}
	if (v > max)
		return -ERANGE;
	*value = v;
	return 0;
}

int uk_param_read_int(const char *text, int64_t min, int64_t max, int64_t *value)
{
	bool negative = *text == '-';
	uint64_t bound = negative ? -(uint64_t)min : (uint64_t)max;
	uint64_t v;

	if (*text == '-' || *text == '+')
		text++;

	int err = read_digits(&text, &v);

	if (err)
		return err;
	if (*text)
		return -EINVAL;
	if (v > bound)
		return -ERANGE;
	*value = (int64_t)(negative ? -v : v);
	return 0;
}

int uk_param_read_bool(const char *text, bool *value)
{
	static const char words[][6] = { "0",   "1",   "n",  "y",     "no",
					 "yes", "off", "on", "false", "true" };

	for (unsigned int i = 0; i < UK_ARRAY_SIZE(words); i++) {
		if (uk_str_eq(text, words[i])) {
			*value = i & 1;
			return 0;
		}
	}
	return -EINVAL;
}

/* Little- or big-endian: the low bytes are written through a type of the right size. */
static void store(void *var, unsigned int size, uint64_t v)
{
	switch (size) {
	case 1: *(uint8_t *)var = (uint8_t)v; break;
	case 2: *(uint16_t *)var = (uint16_t)v; break;
	case 4: *(uint32_t *)var = (uint32_t)v; break;
	default: *(uint64_t *)var = v; break;
	}
}

static int set_int(const struct uk_param *param, const char *value)
{
	int64_t max = (int64_t)(~0ull >> (65 - 8 * param->size));
	int64_t v;
	int err = uk_param_read_int(value, -max - 1, max, &v);

	if (!err)
		store(param->to.var, param->size, (uint64_t)v);
	return err;
}

static int set_uint(const struct uk_param *param, const char *value)
{
	uint64_t v;
	int err = uk_param_read_uint(value, ~0ull >> (64 - 8 * param->size), &v);

	if (!err)
		store(param->to.var, param->size, v);
	return err;
}

int uk__param_set(const struct uk_param *param, const char *value)
{
	switch (param->kind) {
	case UK_PARAM_KIND_INT: return set_int(param, value);
	case UK_PARAM_KIND_UINT: return set_uint(param, value);
	case UK_PARAM_KIND_BOOL: return uk_param_read_bool(value, param->to.var);
	case UK_PARAM_KIND_FN: return param->to.fn(value);
	default: *(const char **)param->to.var = value; return 0;
	}
}
