/* SPDX-License-Identifier: BSD-3-Clause */
#include "arch.h"

#include <uk/context.h>
#include <uk/panic.h>

#define MXCSR_DEFAULT 0x1f80 /* all exceptions masked, round to nearest: the ABI's start */
#define X87_DEFAULT   0x037f

/* As uk_context_switch() leaves a stack. */
struct picture {
	uint32_t mxcsr;
	uint32_t x87;
	uint64_t r15, r14, r13, r12, rbx, rbp;
	uint64_t ip;
	uint64_t pad[2]; /* the stack is 16-byte aligned when start begins */
};

void uk_context_init(struct uk_context *ctx, void *stack_top, void (*entry)(void *), void *arg)
{
	struct picture *p = (struct picture *)stack_top - 1;

	UK_ASSERT(UK_IS_ALIGNED((uintptr_t)stack_top, 16));
	*p = (struct picture){
		.mxcsr = MXCSR_DEFAULT,
		.x87 = X87_DEFAULT,
		.r12 = (uintptr_t)entry,
		.r13 = (uintptr_t)arg,
		.ip = (uintptr_t)uk__x86_64_context_start,
	};
	ctx->sp = p;
}

/* The saved frame pointer and, behind it, where it returns to: as each frame begins. */
const void *uk_context_frame(const struct uk_context *ctx)
{
	return &((const struct picture *)ctx->sp)->rbp;
}
