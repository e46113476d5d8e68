/* SPDX-License-Identifier: BSD-3-Clause */
/* Faults of instructions. */

#include "faults.h"

#include <uk/panic.h>

static volatile int zero;
static volatile int result;
static volatile unsigned char bytes[16] = { 0xc3 }; /* ret: would come back */

void data_jump(void)
{
	void (*volatile fn)(void) = (void (*)(void))(uintptr_t)bytes;

	fn();
	result = 1; /* so that the call above is no tail call */
}

void stack_jump(void)
{
	volatile unsigned char code[16] = { 0xc3 };
	void (*volatile fn)(void) = (void (*)(void))(uintptr_t)code;

	fn();
	result = code[0];
}

void null_jump(void)
{
	void (*volatile fn)(void) = (void (*)(void))(uintptr_t)zero;

	fn();
	result = 1;
}

void div_zero(void)
{
	result = result / zero;
}

void bad_opcode(void)
{
	__builtin_trap();
}

/* Writes past its end, over the canary and the return address. */
void smash_stack(void)
{
	volatile char buf[16];
	volatile char *p = buf;

	for (int i = 0; i < 64 + zero; i++)
		p[i] = 'A';
	result = buf[3];
}

void assert_false(void)
{
	UK_ASSERT(zero == 1);
}
