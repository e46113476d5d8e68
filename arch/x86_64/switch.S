/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * void uk_context_switch(struct uk_context *save, const struct uk_context *next): what the
 * System V ABI (AMD64 supplement, 3.2.1) makes the callee keep goes on the stack, with the
 * control words of SSE and x87. context.c builds the same picture for a new context.
 */

	.section .text.uk_context_switch, "ax", @progbits
	.balign 16
	.globl uk_context_switch
	.type uk_context_switch, @function
uk_context_switch:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	subq	$8, %rsp
	stmxcsr	(%rsp)
	fnstcw	4(%rsp)
	movq	%rsp, (%rdi)
	movq	(%rsi), %rsp
	fldcw	4(%rsp)
	ldmxcsr	(%rsp)
	addq	$8, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
	.size uk_context_switch, . - uk_context_switch

/* First instructions of a new context: r12 is its function, r13 the argument. */
	.globl uk__x86_64_context_start
uk__x86_64_context_start:
	movq	%r13, %rdi
	xorl	%ebp, %ebp
	call	*%r12
	ud2				/* it must not return */
	.section .note.GNU-stack, "", @progbits
