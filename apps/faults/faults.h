/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Faults, one function each, never inlined: the panic line must name the function. A function
 * that returns did not fault, which is a failure of the test.
 */

#include <uk/defs.h>

uk_noinline void fault_null_read(void);
uk_noinline void fault_null_write(void);
uk_noinline void fault_low_write(void);
uk_noinline void fault_text_write(void);
uk_noinline void fault_text_alias_write(void);
uk_noinline void fault_rodata_write(void);
uk_noinline void fault_general_protection(void);
uk_noinline void fault_stack_overflow(void);
uk_noinline void fault_double(void);

uk_noinline void fault_data_jump(void);
uk_noinline void fault_stack_jump(void);
uk_noinline void fault_null_jump(void);
uk_noinline void fault_div_zero(void);
uk_noinline void fault_bad_opcode(void);
uk_noinline void fault_smash_stack(void);
uk_noinline void fault_assert(void);

/* A timer that fires every 100 microseconds from now on. */
void ticking_start(void);
