/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Device registers in memory that uk_mmio_map() gave. Each call is one access of exactly that
 * width, in program order with the other calls; ordinary memory is ordered against them by
 * uk_mb() (before a doorbell). Little-endian machines only. Any context.
 */

#include <uk/defs.h>

uk_inline uint8_t uk_mmio_read8(const volatile void *at)
{
	return *(const volatile uint8_t *)at;
}

uk_inline uint16_t uk_mmio_read16(const volatile void *at)
{
	return *(const volatile uint16_t *)at;
}

uk_inline uint32_t uk_mmio_read32(const volatile void *at)
{
	return *(const volatile uint32_t *)at;
}

uk_inline void uk_mmio_write8(volatile void *at, uint8_t value)
{
	*(volatile uint8_t *)at = value;
}

uk_inline void uk_mmio_write16(volatile void *at, uint16_t value)
{
	*(volatile uint16_t *)at = value;
}

uk_inline void uk_mmio_write32(volatile void *at, uint32_t value)
{
	*(volatile uint32_t *)at = value;
}
