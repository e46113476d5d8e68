/* SPDX-License-Identifier: BSD-3-Clause */
#include "place.h"

#include "regs.h"
#include <uk/errno.h>

#define SIZE_MAX_SANE (1ull << 32)

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* A number (0x: hexadecimal) at *text, moved behind it; false: none, or it does not fit. */
static bool take_number(const char **text, uint64_t *value)
{
	const char *p = *text;
	uint64_t base = 10;
	uint64_t v = 0;

	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		base = 16;
		p += 2;
	}

	const char *first = p;

	for (; (uint64_t)digit(*p) < base; p++) {
		if (v > (UINT64_MAX - 15) / base)
			return false;
		v = v * base + (uint64_t)digit(*p);
	}
	*text = p;
	*value = v;
	return p > first;
}

static bool take_size(const char **text, uint64_t *value)
{
	unsigned int shift = 0;

	if (!take_number(text, value) || *value > SIZE_MAX_SANE)
		return false;
	switch (**text) {
	case 'K':
	case 'k': shift = 10; break;
	case 'M':
	case 'm': shift = 20; break;
	case 'G':
	case 'g': shift = 30; break;
	default: return true;
	}
	(*text)++;
	*value <<= shift;
	return true;
}

static bool take_char(const char **text, char c)
{
	if (**text != c)
		return false;
	(*text)++;
	return true;
}

int uk__virtio_mmio_parse(const char *text, struct place *place)
{
	uint64_t irq;
	uint64_t id;

	*place = (struct place){ 0 };
	if (!take_size(&text, &place->size) || !take_char(&text, '@') ||
	    !take_number(&text, &place->base) || !take_char(&text, ':') ||
	    !take_number(&text, &irq))
		return -EINVAL;
	if (take_char(&text, ':') && !take_number(&text, &id))
		return -EINVAL;
	if (*text || irq >= 0x10000 || place->size < REG_CONFIG || place->size > SIZE_MAX_SANE ||
	    place->base == 0 || place->base % 4 != 0 || place->base + place->size < place->base)
		return -EINVAL;
	place->gsi = (uint32_t)irq;
	return 0;
}
