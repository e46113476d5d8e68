/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exceptions (Intel SDM volume 3A, chapter 6). What nobody resolves ends in a panic that says
 * what happened in words. Runs on the fault's own stack: it may be that no other is left.
 */

#include "arch.h"

#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/fault.h>
#include <uk/image.h>
#include <uk/member/trap.h>
#include <uk/mmu.h>
#include <uk/panic.h>
#include <uk/plat.h>
#include <uk/trap.h>
#include <uk/ucontext.h>

#define LOW_END 0x10000 /* never mapped below */

#define STACK_FRAME_MAX (64 * 1024) /* an access this far above the stack pointer is its */

enum { TRAP_NMI = 2, TRAP_DOUBLE = 8, TRAP_PROTECTION = 13, TRAP_PAGE = 14, TRAP_SIGNAL = 32 };

static const char *const kinds[] = {
	[0] = "division error",
	[1] = "debug exception",
	[3] = "breakpoint",
	[4] = "overflow",
	[5] = "bound exceeded",
	[6] = "invalid opcode",
	[7] = "no floating point",
	[TRAP_DOUBLE] = "double fault",
	[10] = "invalid task state",
	[11] = "segment not present",
	[12] = "stack segment fault",
	[TRAP_PROTECTION] = "general protection",
	[16] = "floating-point error",
	[17] = "alignment check",
	[18] = "machine check",
	[19] = "vector floating-point error",
	[21] = "control protection",
};

uintptr_t uk_trap_ip(const struct uk_trap_frame *frame)
{
	return frame->rip;
}

uintptr_t uk_trap_sp(const struct uk_trap_frame *frame)
{
	return frame->rsp;
}

uintptr_t uk_trap_fp(const struct uk_trap_frame *frame)
{
	return frame->rbp;
}

#define REGISTER(name) { #name, offsetof(struct uk_trap_frame, name) }

const char *uk_trap_register(const struct uk_trap_frame *frame, unsigned int i, uint64_t *value)
{
	static const struct {
		char name[8];
		unsigned int offset;
	} registers[] = {
		REGISTER(rax), REGISTER(rbx), REGISTER(rcx),    REGISTER(rdx),   REGISTER(rsi),
		REGISTER(rdi), REGISTER(rbp), REGISTER(rsp),    REGISTER(r8),    REGISTER(r9),
		REGISTER(r10), REGISTER(r11), REGISTER(r12),    REGISTER(r13),   REGISTER(r14),
		REGISTER(r15), REGISTER(rip), REGISTER(rflags), REGISTER(error),
	};

	if (i >= UK_ARRAY_SIZE(registers))
		return NULL;
	*value = *(const uint64_t *)((const char *)frame + registers[i].offset);
	return registers[i].name;
}

bool uk_trap_address(uintptr_t *address)
{
	if (*address < (uintptr_t)uk_image_text || *address >= (uintptr_t)uk_image_end)
		return *address < LOW_END;
	*address -= UK_IMAGE_SLIDE;
	return true;
}

static uintptr_t fault_address(void)
{
	uintptr_t cr2;

	__asm__ __volatile__("movq %%cr2, %0" : "=r"(cr2));
	return cr2;
}

static bool mapped(uintptr_t va)
{
	uk_paddr_t pa;
	unsigned int prot;

	return uk_page_lookup(UK_ALIGN_DOWN(va, UK_PAGE_SIZE), &pa, &prot);
}

/*
 * A stack is overflown if the page that the next push would write is not mapped and the
 * access was near: every stack has a guard page below it.
 */
static bool stack_overflown(const struct uk_trap_frame *frame, uintptr_t address)
{
	uintptr_t sp = frame->rsp;

	return address + UK_PAGE_SIZE >= sp && address < sp + STACK_FRAME_MAX && !mapped(sp - 8);
}

/*
 * The tables allow what was tried: another CPU has mapped it or made it writable after this one
 * last looked. The fault itself took the old entry out of this TLB.
 */
static bool allowed_meanwhile(uintptr_t address, uint64_t error)
{
	uk_paddr_t pa;
	unsigned int prot;

	return !(error & FAULT_RESERVED) && uk_page_lookup(address, &pa, &prot) &&
	       !(prot & UK_PROT_NONE) && (!(error & FAULT_WRITE) || (prot & UK_PROT_WRITE)) &&
	       (!(error & FAULT_FETCH) || (prot & UK_PROT_EXEC));
}

static uk_noreturn void overflown(struct uk_trap_frame *frame, const char *access,
				  uintptr_t address)
{
	unsigned int id;
	const char *name = uk_thread_who(&id);

	if (!uk_trap_address(&address) && !CONFIG_PANIC_REGISTERS)
		address = 0;
	uk_panic_trap(frame, "stack overflow (%s) of thread %s %u at 0x%016lx", access, name, id,
		      address);
}

void uk__x86_64_page_fault(struct uk_trap_frame *frame, uintptr_t address, int err)
{
	const char *what = "page fault", *access = "read";
	bool bus = CONFIG_VM_DEMAND && (err == -ENOMEM || err == -EIO);

	if (CONFIG_LIB_SMP && allowed_meanwhile(address, frame->error))
		return;
	if (CONFIG_THREAD_INTERRUPT && uk__x86_64_signal(frame, err))
		return;
	if (bus)
		uk_vm_fault_end(frame, err);
	if (frame->error & FAULT_FETCH)
		access = "exec";
	else if (frame->error & FAULT_WRITE)
		access = "write";
	if (!(frame->error & FAULT_PRESENT) && stack_overflown(frame, address)) {
		what = "stack overflow";
		if (CONFIG_VM_DEMAND && CONFIG_LIB_THREAD && uk_cpu_thread())
			overflown(frame, access, address);
	}
	if (uk_trap_address(&address) || CONFIG_PANIC_REGISTERS)
		uk_panic_trap(frame, "%s (%s) at 0x%016lx", what, access, address);
	uk_panic_trap(frame, "%s (%s) at an address outside the image", what, access);
}

/* Of a fault: a pointer that is no address at all, in code that may be given one, or a signal. */
static bool seen_to(struct uk_trap_frame *frame)
{
	if (CONFIG_VM_DEMAND && frame->vector == TRAP_PROTECTION && uk__x86_64_fix_up(frame))
		return true;
	return CONFIG_THREAD_INTERRUPT && uk__x86_64_signal(frame, 0);
}

uk_inline void page_fault(struct uk_trap_frame *frame)
{
	uintptr_t address = fault_address();

	if (CONFIG_VM_DEMAND && CONFIG_LIB_SMP && allowed_meanwhile(address, frame->error))
		return;
	if (!CONFIG_VM_DEMAND || !uk__x86_64_demand(frame, address))
		uk__x86_64_page_fault(frame, address, 0);
}

void uk__x86_64_trap(struct uk_trap_frame *frame)
{
	uint64_t n = frame->vector;

	if (n == TRAP_PAGE) {
		page_fault(frame);
	} else if (CONFIG_THREAD_INTERRUPT && n == TRAP_SIGNAL) {
		uk_signal_interrupt(frame);
	} else if (n == TRAP_NMI) {
		/* If no other CPU of ours sent it: a person did, or the board complains. */
		static const char text[] = "x86_64: NMI of unknown origin, going on\n";

		if (CONFIG_LIB_SMP)
			uk_smp_nmi();
		uk_plat_early_write(text, sizeof(text) - 1);
	} else if (!seen_to(frame)) {
		const char *kind = n < UK_ARRAY_SIZE(kinds) ? kinds[n] : NULL;

		uk_panic_trap(frame, "%s", kind ? kind : "unknown exception");
	}
}
