/* SPDX-License-Identifier: BSD-3-Clause */
/* Page faults that are resolved: <uk/fault.h>. */

#include "arch.h"

#include <uk/context.h>
#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/fault.h>
#include <uk/member/trap.h>
#include <uk/mmu.h>
#include <uk/panic.h>
#include <uk/preempt.h>
#include <uk/uaccess.h>

_Static_assert(offsetof(struct uk_context, calls) == 8 &&
		       offsetof(struct uk_context, outside) == 16,
	       "demand.S and vectors.S have these as numbers");

#define USER_END 0x0000800000000000ul
#define SKIP     128 /* below the stack pointer: code that was not compiled by us may use so much */
#define ROOM     2048 /* at least so much stack is there for what resolves a fault */

/* On the stack of the thread; demand.S knows that it begins with the registers. */
struct demand {
	struct uk_trap_frame trap;
	uintptr_t address;
	uint64_t pad;
};
_Static_assert(sizeof(struct demand) % 16 == 0, "FXSAVE");

void uk__x86_64_demand_start(void);
int uk__x86_64_demand_resolve(struct demand *d);
void uk__x86_64_demand_failed(struct demand *d, int err);

extern const char uk__x86_64_copy_bytes[], uk__x86_64_copy_end[], uk__x86_64_fetch_end[],
	uk__x86_64_swap_end[];

bool uk__x86_64_fix_up(struct uk_trap_frame *frame)
{
	const struct {
		uintptr_t from;
		uintptr_t to;
	} table[] = {
		{ (uintptr_t)uk_uaccess_copy, (uintptr_t)uk__x86_64_copy_bytes },
		{ (uintptr_t)uk__x86_64_copy_bytes, (uintptr_t)uk__x86_64_copy_end },
		{ (uintptr_t)uk_uaccess_fetch, (uintptr_t)uk__x86_64_fetch_end },
		{ (uintptr_t)uk_uaccess_swap, (uintptr_t)uk__x86_64_swap_end },
	};

	for (unsigned int i = 0; i < UK_ARRAY_SIZE(table); i++) {
		if (frame->rip < table[i].from || frame->rip >= table[i].to)
			continue;
		frame->rip = table[i].to;
		return true;
	}
	return false;
}

uk_noinline void uk_stack_bring(void)
{
	int32_t word;

	/* It and this one are on two pages at most. Where there is none, who needs it faults. */
	(void)uk_uaccess_fetch(&word, (const int32_t *)(uk_cpu_stack() - UK_STACK_LOCKED));
}

static bool may_resolve(const struct uk_trap_frame *frame, uintptr_t address)
{
	return address < USER_END && uk_preempt_depth() == 0 &&
	       (!CONFIG_LIB_IRQ || (frame->rflags & UK_RFLAGS_IF) || frame->rsp < USER_END);
}

static bool is_writable(uintptr_t at)
{
	unsigned int prot;
	uk_paddr_t pa;

	return uk_page_lookup(at, &pa, &prot) && (prot & UK_PROT_WRITE);
}

/* On the stack for calls, or below what the thread has there; NULL: that one is full. */
static struct demand *place(const struct uk_trap_frame *frame)
{
	const struct uk_context *self = (const struct uk_context *)uk_cpu_thread();
	uintptr_t top = frame->rsp - SKIP;

	if (self && self->calls)
		top = (uintptr_t)self->calls;
	top = UK_ALIGN_DOWN(top - sizeof(struct demand), 16);
	if (top < USER_END || !is_writable(top - ROOM) || !is_writable(top) ||
	    !is_writable(top + sizeof(struct demand) - 1))
		return NULL;
	return (struct demand *)top;
}

bool uk__x86_64_demand(struct uk_trap_frame *frame, uintptr_t address)
{
	struct demand *d = may_resolve(frame, address) ? place(frame) : NULL;

	if (!d)
		return uk__x86_64_fix_up(frame);
	d->trap = *frame;
	d->address = address;
	frame->rip = (uintptr_t)uk__x86_64_demand_start;
	frame->rsp = (uintptr_t)d;
	frame->rflags &= ~UK_RFLAGS_IF;
	return true;
}

static int resolve(const struct demand *d)
{
	unsigned int access = UK_PROT_READ;

	if (d->trap.error & FAULT_RESERVED)
		return -EFAULT;
	if (d->trap.error & FAULT_FETCH)
		access = UK_PROT_EXEC;
	else if (d->trap.error & FAULT_WRITE)
		access = UK_PROT_WRITE;
	return uk_vm_fault(d->address, access);
}

/* In a call, as far as others can see, and interrupts as they were. 0 or -Exxx. */
int uk__x86_64_demand_resolve(struct demand *d)
{
	struct uk_context *self = (struct uk_context *)uk_cpu_thread();
	void *calls = self ? self->calls : NULL;
	bool inside = CONFIG_THREAD_INTERRUPT && self && uk_thread_inside(true);

	if (self)
		self->calls = NULL;
	if (d->trap.rflags & UK_RFLAGS_IF)
		uk_cpu_irq_enable();
	int err = resolve(d);

	uk_cpu_irq_disable();
	if (self)
		self->calls = calls;
	if (CONFIG_THREAD_INTERRUPT && self)
		(void)uk_thread_inside(inside);
	return err;
}

/* Floating point is as it was: a signal's handler gets it. */
void uk__x86_64_demand_failed(struct demand *d, int err)
{
	if (uk__x86_64_fix_up(&d->trap))
		return;
	__asm__ __volatile__("movq %0, %%cr2" : : "r"(d->address));
	uk__x86_64_page_fault(&d->trap, d->address, err);
}
