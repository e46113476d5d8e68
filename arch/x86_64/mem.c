/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memcpy, memmove, memset, memcmp, and bcmp, as which the compiler calls a memcmp whose sign is
 * not looked at. In C, with general registers only, so that an interrupt
 * saves no vector registers. Small sizes take two overlapping accesses, large ones 32 bytes a
 * round: on hardware half as fast as vectors, under an emulator faster than anything else.
 * From REP_MIN bytes on, the CPU's own string instruction where it is said to be fast and the
 * machine is not an emulator (TCG runs it byte by byte).
 *
 * Compiled with -ffreestanding -fno-builtin, or these would be compiled to calls of themselves.
 */

#include <uk/cpu.h>
#include <uk/string.h>

#define REP_MIN 1024

typedef uint64_t word __attribute__((may_alias, aligned(1)));
typedef uint32_t half __attribute__((may_alias, aligned(1)));

static bool rep_is_fast(void)
{
	return uk_cpu_features & UK_CPU_FAST_REP;
}

/* n <= 32. Everything is read before anything is written: regions may overlap. */
uk_inline void copy_small(char *d, const char *s, size_t n)
{
	if (n >= 16) {
		word a = *(const word *)s, b = *(const word *)(s + 8);
		word y = *(const word *)(s + n - 16), z = *(const word *)(s + n - 8);

		*(word *)d = a;
		*(word *)(d + 8) = b;
		*(word *)(d + n - 16) = y;
		*(word *)(d + n - 8) = z;
	} else if (n < 4) {
		if (!n)
			return;
		char a = *s, y = *(s + n / 2), z = *(s + n - 1);

		*d = a;
		*(d + n / 2) = y;
		*(d + n - 1) = z;
	} else if (n >= 8) {
		word a = *(const word *)s, z = *(const word *)(s + n - 8);

		*(word *)d = a;
		*(word *)(d + n - 8) = z;
	} else {
		half a = *(const half *)s, z = *(const half *)(s + n - 4);

		*(half *)d = a;
		*(half *)(d + n - 4) = z;
	}
}

uk_inline void copy32(char *d, const char *s)
{
	word a = *(const word *)s, b = *(const word *)(s + 8);
	word y = *(const word *)(s + 16), z = *(const word *)(s + 24);

	*(word *)d = a;
	*(word *)(d + 8) = b;
	*(word *)(d + 16) = y;
	*(word *)(d + 24) = z;
}

/* n > 32; right if dst is below s or they do not overlap. */
static void *copy_up(void *dst, const char *s, size_t n)
{
	/* The last 32 bytes are read before the loop may write over them. */
	word a = *(const word *)(s + n - 32), b = *(const word *)(s + n - 24);
	word y = *(const word *)(s + n - 16), z = *(const word *)(s + n - 8);
	char *d = dst, *end = d + n;

	for (; n > 32; n -= 32) {
		copy32(d, s);
		d += 32;
		s += 32;
	}
	*(word *)(end - 32) = a;
	*(word *)(end - 24) = b;
	*(word *)(end - 16) = y;
	*(word *)(end - 8) = z;
	return dst;
}

/* n > 32; right if d is above s. */
static void copy_down(char *d, const char *s, size_t n)
{
	word a = *(const word *)s, b = *(const word *)(s + 8);
	word y = *(const word *)(s + 16), z = *(const word *)(s + 24);

	for (; n > 32; n -= 32)
		copy32(d + n - 32, s + n - 32);
	*(word *)d = a;
	*(word *)(d + 8) = b;
	*(word *)(d + 16) = y;
	*(word *)(d + 24) = z;
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	void *d = dst;

	if (n > 32) {
		if (n < REP_MIN || !rep_is_fast())
			return copy_up(dst, src, n);
		__asm__ __volatile__("rep movsb" : "+D"(d), "+S"(src), "+c"(n) : : "memory");
		return dst;
	}
	copy_small(dst, src, n);
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	if (n <= 32)
		copy_small(dst, src, n);
	else if ((uintptr_t)dst - (uintptr_t)src >= n)
		return copy_up(dst, src, n);
	else
		copy_down(dst, src, n);
	return dst;
}

static void set_small(char *d, uint64_t v, size_t n)
{
	if (n >= 8) {
		*(word *)d = v;
		*(word *)(d + n - 8) = v;
	} else if (n >= 4) {
		*(half *)d = (uint32_t)v;
		*(half *)(d + n - 4) = (uint32_t)v;
	} else if (n) {
		*d = (char)v;
		*(d + n / 2) = (char)v;
		*(d + n - 1) = (char)v;
	}
}

void *memset(void *dst, int c, size_t n)
{
	uint64_t v = (unsigned char)c * 0x0101010101010101u;
	char *d = dst;

	if (n <= 16) {
		set_small(d, v, n);
		return dst;
	}
	if (n >= REP_MIN && rep_is_fast()) {
		__asm__ __volatile__("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
		return dst;
	}
	for (; n > 32; n -= 32, d += 32) {
		*(word *)d = v;
		*(word *)(d + 8) = v;
		*(word *)(d + 16) = v;
		*(word *)(d + 24) = v;
	}
	*(word *)(d + n - 16) = v;
	*(word *)(d + n - 8) = v;
	if (n > 16) {
		*(word *)d = v;
		*(word *)(d + 8) = v;
	}
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const char *x = a, *y = b;

	for (; n >= 8; n -= 8, x += 8, y += 8) {
		uint64_t p = *(const word *)x, q = *(const word *)y;

		if (p != q)
			return __builtin_bswap64(p) < __builtin_bswap64(q) ? -1 : 1;
	}
	for (; n; n--, x++, y++)
		if (*x != *y)
			return (unsigned char)*x - (unsigned char)*y;
	return 0;
}

int bcmp(const void *a, const void *b, size_t n)
{
	return memcmp(a, b, n);
}
