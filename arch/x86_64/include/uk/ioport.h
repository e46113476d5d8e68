/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Port input and output (Intel SDM volume 1, chapter 19). Needs HAS_IOPORTS. Any context.
 * Each access is an exit to the hypervisor: worth thousands of instructions.
 */

#include <uk/defs.h>

uk_inline void uk_io_write8(uint16_t port, uint8_t value)
{
	__asm__ __volatile__("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

uk_inline void uk_io_write16(uint16_t port, uint16_t value)
{
	__asm__ __volatile__("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

uk_inline void uk_io_write32(uint16_t port, uint32_t value)
{
	__asm__ __volatile__("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

uk_inline uint8_t uk_io_read8(uint16_t port)
{
	uint8_t value;

	__asm__ __volatile__("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

uk_inline uint16_t uk_io_read16(uint16_t port)
{
	uint16_t value;

	__asm__ __volatile__("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

uk_inline uint32_t uk_io_read32(uint16_t port)
{
	uint32_t value;

	__asm__ __volatile__("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}
