/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Contract context.h on the host: ucontext, and what the sanitizers want to know about it. The
 * context lies at the top of its stack.
 */

#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>
#include <uk/context.h>
#include <uk/defs.h>

#define STACK_SEEN 32768u /* of the stack below the context: tests give more */

struct context {
	ucontext_t uc;
	void *fiber;      /* TSan's */
	void *fake_stack; /* ASan's */
	void (*entry)(void *);
	void *arg;
};

#if __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>

static void made(struct context *c)
{
	c->fiber = __tsan_create_fiber(0);
}

/* 0: what a CPU did before comes before what it does now. */
static void leave(struct context *from, struct context *to)
{
	from->fiber = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(to->fiber, 0);
}

static void arrive(struct context *self)
{
	(void)self;
}
#elif __has_feature(address_sanitizer)
#include <sanitizer/common_interface_defs.h>

static void made(struct context *c)
{
	(void)c;
}

static void leave(struct context *from, struct context *to)
{
	__sanitizer_start_switch_fiber(&from->fake_stack, to->uc.uc_stack.ss_sp,
				       to->uc.uc_stack.ss_size);
}

static void arrive(struct context *self)
{
	__sanitizer_finish_switch_fiber(self->fake_stack, NULL, NULL);
}
#endif

static void begin(unsigned int high, unsigned int low)
{
	struct context *self = (struct context *)((uintptr_t)high << 32 | low);

	arrive(self);
	self->entry(self->arg);
	abort();
}

void uk_context_init(struct uk_context *ctx, void *stack_top, void (*entry)(void *), void *arg)
{
	uintptr_t at = UK_ALIGN_DOWN((uintptr_t)stack_top - sizeof(struct context), 64);
	struct context *c = (struct context *)at;

	getcontext(&c->uc);
	c->uc.uc_stack.ss_sp = (char *)c - STACK_SEEN;
	c->uc.uc_stack.ss_size = STACK_SEEN;
	c->uc.uc_link = NULL;
	c->entry = entry;
	c->arg = arg;
	c->fake_stack = NULL;
	made(c);
	makecontext(&c->uc, (void (*)(void))begin, 2, (unsigned int)(at >> 32), (unsigned int)at);
	ctx->sp = c;
}

/* A context that was not made by uk_context_init(): that of the thread of the host, a CPU. */
static struct context *own(struct uk_context *ctx)
{
	static __thread struct context cpu;

	if (!ctx->sp)
		ctx->sp = &cpu;
	return ctx->sp;
}

void uk_context_switch(struct uk_context *save, const struct uk_context *next)
{
	struct context *from = own(save);
	struct context *to = next->sp;

	leave(from, to);
	swapcontext(&from->uc, &to->uc);
	arrive(from);
}
