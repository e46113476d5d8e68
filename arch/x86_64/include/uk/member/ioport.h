/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* I/O ports (Intel SDM, volume 1, chapter 19): see <uk/ioport.h>. */

#include <uk/defs.h>

uk_inline uint8_t uk_port_in8(uint16_t port)
{
	uint8_t value;

	__asm__ __volatile__("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

uk_inline uint16_t uk_port_in16(uint16_t port)
{
	uint16_t value;

	__asm__ __volatile__("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

uk_inline uint32_t uk_port_in32(uint16_t port)
{
	uint32_t value;

	__asm__ __volatile__("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

uk_inline void uk_port_out8(uint16_t port, uint8_t value)
{
	__asm__ __volatile__("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

uk_inline void uk_port_out16(uint16_t port, uint16_t value)
{
	__asm__ __volatile__("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

uk_inline void uk_port_out32(uint16_t port, uint32_t value)
{
	__asm__ __volatile__("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}
