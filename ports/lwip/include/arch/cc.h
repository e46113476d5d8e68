/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What lwIP asks of compiler and platform. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uk/panic.h>

#define LWIP_NO_UNISTD_H 1
#define LWIP_PLATFORM_DIAG(x) \
	do { \
	} while (0)
#define LWIP_PLATFORM_ASSERT(x) uk_panic("lwip: %s", x)

/* Secrets of the stack: ports, identifiers. Never called before uk__lwip_random_init(). */
uint32_t uk__lwip_random(void);
#define LWIP_RAND() uk__lwip_random()
