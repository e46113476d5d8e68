/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Faults, one function each, never inlined: the panic line must name the function. A function
 * that returns did not fault, which is a failure of the test.
 */

#include <uk/defs.h>

uk_noinline void null_read(void);
uk_noinline void null_write(void);
uk_noinline void low_write(void);
uk_noinline void text_write(void);
uk_noinline void text_alias_write(void);
uk_noinline void rodata_write(void);
uk_noinline void general_protection(void);
uk_noinline void stack_overflow(void);
uk_noinline void thread_stack_overflow(void);
uk_noinline void pthread_stack_overflow(void);
/* No fault: what threads used of their stacks is told at exit. 0: done. */
int stack_depths(void);
uk_noinline void double_fault(void);

uk_noinline void data_jump(void);
uk_noinline void stack_jump(void);
uk_noinline void null_jump(void);
uk_noinline void div_zero(void);
uk_noinline void bad_opcode(void);
uk_noinline void smash_stack(void);
uk_noinline void assert_false(void);

uk_noinline void heap_double_free(void);
uk_noinline void heap_overflow(void);
uk_noinline void heap_realloc_overflow(void);
uk_noinline void heap_foreign_free(void);
uk_noinline void heap_inner_free(void);
uk_noinline void heap_misaligned_free(void);
uk_noinline void heap_write_after_free(void);

/* Found by the debug build alone. */
uk_noinline void heap_use_after_free(void);
uk_noinline void heap_late_write(void);
uk_noinline void heap_underflow(void);
uk_noinline void heap_leak(void);

uk_noinline void lock_order(void);
uk_noinline void lock_again(void);
uk_noinline void lock_not_mine(void);
uk_noinline void lock_sleep(void);
uk_noinline void lock_irq_sleep(void);
uk_noinline void lock_irq_open(void);
uk_noinline void lock_irqs_off(void);
uk_noinline void deadlock(void);

/* No fault: exit(0) by a thread whose stack is in the image's data, above who knows of blocks. */
int exit_on_data(void);

/* A timer that fires every 100 microseconds from now on. */
void ticking_start(void);
