/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* In the place of arch's: there are none. */

#include <uk/defs.h>
#include <uk/panic.h>

#define UK_MSR_TSC_DEADLINE 0x6e0u

uk_inline void uk_msr_write(uint32_t msr, uint64_t value uk_unused)
{
	uk_panic("a register of the CPU, 0x%x, on the host", msr);
}
