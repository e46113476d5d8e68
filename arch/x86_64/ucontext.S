/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Into signal handlers and back (<uk/ucontext.h>). Numbers are offsets in struct uk_signal_frame;
 * signal.c checks them.
 */

#define UC	8
#define R8	48
#define R9	56
#define R10	64
#define R11	72
#define R12	80
#define R13	88
#define R14	96
#define R15	104
#define RDI	112
#define RSI	120
#define RBP	128
#define RBX	136
#define RDX	144
#define RAX	152
#define RCX	160
#define RSP	168
#define RIP	176
#define RFLAGS	184
#define FPREGS	432
#define INFO	944
#define SCRATCH	1072

#define SIZE	1120

	.section .text.uk_ucontext, "ax", @progbits
/*
 * long uk_ucontext_leave(result): the frame holds what the caller will find. What a call may change is
 * 0 in it, but for the result.
 */
	.balign 16
	.globl uk_ucontext_leave
	.type uk_ucontext_leave, @function
uk_ucontext_leave:
	pushq	%rbp
	movq	%rsp, %rbp
	subq	$SIZE, %rsp
	andq	$-16, %rsp
	movq	%rbx, RBX(%rsp)
	movq	%r12, R12(%rsp)
	movq	%r13, R13(%rsp)
	movq	%r14, R14(%rsp)
	movq	%r15, R15(%rsp)
	movq	%rdi, RAX(%rsp)
	movq	(%rbp), %rax
	movq	%rax, RBP(%rsp)
	movq	8(%rbp), %rax
	movq	%rax, RIP(%rsp)
	leaq	16(%rbp), %rax
	movq	%rax, RSP(%rsp)
	movq	%rsp, %rbx
	pushfq
	popq	RFLAGS(%rbx)
	xorl	%eax, %eax
	movq	%rax, R8(%rbx)
	movq	%rax, R9(%rbx)
	movq	%rax, R10(%rbx)
	movq	%rax, R11(%rbx)
	movq	%rax, RDI(%rbx)
	movq	%rax, RSI(%rbx)
	movq	%rax, RDX(%rbx)
	movq	%rax, RCX(%rbx)
	fxsave64 FPREGS(%rbx)
	movq	%rbx, %rdi
	call	uk_signal_leave
	movq	%rbx, %rdi
	jmp	restore
	.size uk_ucontext_leave, . - uk_ucontext_leave

/* void uk_ucontext_handle(frame, handler, sig, sp) */
	.globl uk_ucontext_handle
	.type uk_ucontext_handle, @function
uk_ucontext_handle:
	pushq	%rbp
	movq	%rsp, %rbp
	testq	%rcx, %rcx
	cmovzq	%rsp, %rcx
	movq	%rcx, %rsp
	andq	$-16, %rsp
	movq	%rsi, %rax
	movl	%edx, %ecx
	leaq	INFO(%rdi), %rsi
	leaq	UC(%rdi), %rdx
	movl	%ecx, %edi
	fninit				/* a handler starts as a program does */
	ldmxcsr	mxcsr_default
	cld
	call	*%rax
	movq	%rbp, %rsp
	popq	%rbp
	ret
	.size uk_ucontext_handle, . - uk_ucontext_handle

/* Where a trap goes on: %rax is the handler, its arguments are where they belong, %rbx is the frame. */
	.globl uk__x86_64_ucontext_start
uk__x86_64_ucontext_start:
	call	*%rax
	movq	%rbx, %rdi
	call	uk_signal_return
	movq	%rbx, %rdi

/*
 * %rdi is the frame, which lies above all that the stack still holds. An interrupt may come at any
 * time, and write to the stack: what is still needed then lies where the stack pointer is, or above.
 */
restore:
	andl	$0xffff, FPREGS+24(%rdi)	/* MXCSR: what is not defined would fault */
	fxrstor64 FPREGS(%rdi)
	movq	RDI(%rdi), %rax
	movq	%rax, SCRATCH(%rdi)
	movq	RIP(%rdi), %rax
	movq	%rax, SCRATCH+8(%rdi)
	movq	$8, SCRATCH+16(%rdi)		/* SELECTOR_CODE */
	movq	RFLAGS(%rdi), %rax
	andl	$0x40dd5, %eax			/* AC OF DF TF SF ZF AF PF CF */
	orl	$0x202, %eax			/* IF */
	movq	%rax, SCRATCH+24(%rdi)
	movq	RSP(%rdi), %rax
	movq	%rax, SCRATCH+32(%rdi)
	movq	$0, SCRATCH+40(%rdi)
	movq	R8(%rdi), %r8
	movq	R9(%rdi), %r9
	movq	R10(%rdi), %r10
	movq	R11(%rdi), %r11
	movq	R12(%rdi), %r12
	movq	R13(%rdi), %r13
	movq	R14(%rdi), %r14
	movq	R15(%rdi), %r15
	movq	RSI(%rdi), %rsi
	movq	RBP(%rdi), %rbp
	movq	RBX(%rdi), %rbx
	movq	RDX(%rdi), %rdx
	movq	RAX(%rdi), %rax
	movq	RCX(%rdi), %rcx
	leaq	SCRATCH(%rdi), %rsp
	popq	%rdi
	iretq
	.balign 4
mxcsr_default:
	.long	0x1f80
	.section .note.GNU-stack, "", @progbits
