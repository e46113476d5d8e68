/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The I/O port space: contract of a CPU that has one (HAS_IOPORTS). A member supplies
 * <uk/member/ioport.h> with, inline, for any context:
 *
 *	uint8_t uk_port_in8(uint16_t port)	uint16_t uk_port_in16, uint32_t uk_port_in32
 *	void uk_port_out8(uint16_t port, uint8_t value)	uk_port_out16, uk_port_out32
 */

#include <uk/defs.h>
#include <uk/member/ioport.h>
