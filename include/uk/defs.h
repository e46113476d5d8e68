/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Small words of the language that C lacks. Header-only; any context.
 */

#include <stddef.h>
#include <stdint.h>

#define uk_noreturn     __attribute__((noreturn))
#define uk_noinline     __attribute__((noinline))
#define uk_inline       static inline __attribute__((always_inline))
#define uk_unused       __attribute__((unused))
#define uk_packed       __attribute__((packed))
#define uk_aligned(n)   __attribute__((aligned(n)))
#define uk_section(s)   __attribute__((section(s)))
#define uk_printf(f, a) __attribute__((format(printf, f, a)))
#define uk_nodiscard    __attribute__((warn_unused_result))

#define uk_likely(x)   __builtin_expect(!!(x), 1)
#define uk_unlikely(x) __builtin_expect(!!(x), 0)

#define UK_STR_(x)    #x
#define UK_STR(x)     UK_STR_(x)
#define UK_CAT_(a, b) a##b
#define UK_CAT(a, b)  UK_CAT_(a, b)

#define UK_ARRAY_SIZE(a)                   (sizeof(a) / sizeof((a)[0]))
#define UK_CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

/* Each argument is evaluated once. */
#define UK_MIN(a, b) \
	__extension__({ \
		__typeof__(a) uk_a_ = (a); \
		__typeof__(b) uk_b_ = (b); \
		uk_a_ < uk_b_ ? uk_a_ : uk_b_; \
	})
#define UK_MAX(a, b) \
	__extension__({ \
		__typeof__(a) uk_a_ = (a); \
		__typeof__(b) uk_b_ = (b); \
		uk_a_ > uk_b_ ? uk_a_ : uk_b_; \
	})

/* n is a power of two; x and the result are unsigned integers. */
#define UK_ALIGN_DOWN(x, n) ((x) & ~((__typeof__(x))(n) - 1))
#define UK_ALIGN_UP(x, n)   UK_ALIGN_DOWN((x) + ((__typeof__(x))(n) - 1), n)
#define UK_IS_ALIGNED(x, n) (((x) & ((__typeof__(x))(n) - 1)) == 0)
#define UK_IS_POW2(x)       ((x) != 0 && ((x) & ((x) - 1)) == 0)

#define UK_PAGE_SHIFT 12
#define UK_PAGE_SIZE  4096ul

#define UK_NSEC_PER_SEC  1000000000ull
#define UK_NSEC_PER_MSEC 1000000ull
#define UK_NSEC_PER_USEC 1000ull

/* A physical address; pseudo-physical on a paravirtual machine. Never give one to a device:
 * uk_dma_addr(). */
typedef uint64_t uk_paddr_t;

/* Nanoseconds of the monotonic clock (0 at boot) or a difference of two; see <uk/clock.h>. */
typedef int64_t uk_nsec_t;
#define UK_NSEC_NEVER INT64_MAX
