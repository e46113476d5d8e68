/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Traps as signals (Intel SDM volume 3A, 6.15; the numbers are those that Linux tells).
 */

#include "arch.h"

#include <uk/cpu.h>
#include <uk/errno.h>
#include <uk/member/trap.h>
#include <uk/mmu.h>
#include <uk/ucontext.h>

#define AT(member) offsetof(struct uk_signal_frame, member)
_Static_assert(AT(uc) == 8 && AT(uc.r8) == 48 && AT(uc.rip) == 176 && AT(uc.rflags) == 184, "");
_Static_assert(AT(uc.fpregs) == 432 && AT(info) == 944 && AT(scratch) == 1072 &&
		       sizeof(struct uk_signal_frame) == 1120,
	       "ucontext.S has these as numbers");
_Static_assert(AT(uc.fpregs) % 16 == 0, "FXSAVE");

void uk__x86_64_ucontext_start(void); /* ucontext.S */

#define RFLAGS_TF 0x100ul
#define RFLAGS_DF 0x400ul

static uint64_t fault_address(void)
{
	uint64_t cr2;

	__asm__ __volatile__("movq %%cr2, %0" : "=r"(cr2));
	return cr2;
}

static void registers_save(struct uk_ucontext *uc, const struct uk_trap_frame *trap)
{
	uc->r8 = trap->r8;
	uc->r9 = trap->r9;
	uc->r10 = trap->r10;
	uc->r11 = trap->r11;
	uc->r12 = trap->r12;
	uc->r13 = trap->r13;
	uc->r14 = trap->r14;
	uc->r15 = trap->r15;
	uc->rdi = trap->rdi;
	uc->rsi = trap->rsi;
	uc->rbp = trap->rbp;
	uc->rbx = trap->rbx;
	uc->rdx = trap->rdx;
	uc->rax = trap->rax;
	uc->rcx = trap->rcx;
	uc->rsp = trap->rsp;
	uc->rip = trap->rip;
	uc->rflags = trap->rflags;
	uc->selectors = trap->cs;
	uc->err = trap->error;
	uc->trapno = trap->vector;
	uc->cr2 = fault_address();
	__asm__ __volatile__("fxsave64 %0" : "=m"(uc->fpregs));
}

void uk_ucontext_trap(struct uk_signal_frame *frame, uintptr_t at, struct uk_trap_frame *trap)
{
	static const uint32_t mxcsr = 0x1f80;

	registers_save(&frame->uc, trap);
	/* A handler starts as a program does: what was raised is not raised again in it. */
	__asm__ __volatile__("fninit; ldmxcsr %0" : : "m"(mxcsr));
	trap->rip = (uintptr_t)uk__x86_64_ucontext_start;
	trap->rsp = at;
	trap->rflags &= ~(RFLAGS_TF | RFLAGS_DF);
	trap->rax = frame->handler;
	trap->rbx = at;
	trap->rdi = (uint64_t)frame->info.signo;
	trap->rsi = at + AT(info);
	trap->rdx = at + AT(uc);
}

/* The lowest exception of SSE or x87 that is raised and not masked. */
static int float_code(uint64_t vector)
{
	static const int codes[6] = { UK_FPE_FLTINV, UK_FPE_FLTINV, UK_FPE_FLTDIV,
				      UK_FPE_FLTOVF, UK_FPE_FLTUND, UK_FPE_FLTRES };
	uint32_t mxcsr, raised;
	uint16_t status, control;

	if (vector == 19) {
		__asm__ __volatile__("stmxcsr %0" : "=m"(mxcsr));
		raised = mxcsr & ~(mxcsr >> 7) & 0x3f;
	} else {
		__asm__ __volatile__("fnstsw %0; fnstcw %1" : "=m"(status), "=m"(control));
		raised = status & ~(uint32_t)control & 0x3f;
	}
	return raised ? codes[__builtin_ctz(raised)] : 0;
}

static int page_code(uint64_t address)
{
	uk_paddr_t pa;
	unsigned int prot;

	return uk_page_lookup(UK_ALIGN_DOWN(address, UK_PAGE_SIZE), &pa, &prot) ? UK_SEGV_ACCERR
										: UK_SEGV_MAPERR;
}

/* False: no program's doing. */
static bool signal_of(const struct uk_trap_frame *trap, struct uk_siginfo *info)
{
	static const uint8_t signals[] = {
		[0] = UK_SIGFPE,   [1] = UK_SIGTRAP,  [3] = UK_SIGTRAP, [4] = UK_SIGSEGV,
		[5] = UK_SIGSEGV,  [6] = UK_SIGILL,   [11] = UK_SIGBUS, [12] = UK_SIGBUS,
		[13] = UK_SIGSEGV, [14] = UK_SIGSEGV, [16] = UK_SIGFPE, [17] = UK_SIGBUS,
		[19] = UK_SIGFPE,
	};
	uint64_t n = trap->vector;

	if (n >= UK_ARRAY_SIZE(signals) || !signals[n])
		return false;
	*info = (struct uk_siginfo){ .signo = signals[n], .code = UK_SI_KERNEL };
	info->addr = n == 14 ? fault_address() : trap->rip;
	switch (n) {
	case 0: info->code = UK_FPE_INTDIV; break;
	case 1: info->code = UK_TRAP_TRACE; break;
	case 6: info->code = UK_ILL_ILLOPN; break;
	case 13: info->addr = 0; break;
	case 14: info->code = page_code(info->addr); break;
	case 16:
	case 19: info->code = float_code(n); break;
	case 17: info->code = UK_BUS_ADRALN; break;
	default: break;
	}
	return true;
}

bool uk__x86_64_signal(struct uk_trap_frame *trap, int err)
{
	struct uk_siginfo info;

	if (!(trap->rflags & UK_RFLAGS_IF) || !signal_of(trap, &info))
		return false;
	if (CONFIG_VM_DEMAND && (err == -ENOMEM || err == -EIO)) {
		info.signo = UK_SIGBUS;
		info.code = UK_BUS_ADRERR;
	}
	if (CONFIG_VM_DEMAND && err == -EACCES)
		info.code = UK_SEGV_ACCERR;
	return uk_signal_trap(trap, &info);
}
