/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Registers at an exception, as vectors.S leaves them on the stack; lowest address first.
 */

#include <uk/defs.h>

struct uk_trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rdi, rsi, rbp, rbx, rdx, rcx, rax;
	uint64_t vector;
	uint64_t error; /* of the CPU, 0 where it gives none */
	uint64_t rip, cs, rflags, rsp, ss;
};
