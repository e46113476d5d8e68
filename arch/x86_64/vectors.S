/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Entry code of exceptions and interrupts. Each has 8 bytes of its own, in which a call pushes
 * an address that tells which it was. All arrive on an interrupt stack, interrupts off.
 */

	.section .text.vectors, "ax", @progbits

	.balign 8
	.globl uk__x86_64_exceptions
uk__x86_64_exceptions:
	n = 0
	.rept 32 + CONFIG_THREAD_INTERRUPT	/* 32: below */
	/* These push an error code themselves (Intel SDM volume 3A, table 6-1; 29 and 30: AMD). */
	.if (n == 8 || (n >= 10 && n <= 14) || n == 17 || n == 21 || n == 29 || n == 30)
	call	exception
	.else
	pushq	$0
	call	exception
	.endif
	.balign 8, 0xcc
	n = n + 1
	.endr

/* Stack: a return address, the error code, the CPU's frame. Builds struct uk_trap_frame. */
exception:
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rbx
	pushq	%rbp
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	cld
	movq	15*8(%rsp), %rax
	subq	$uk__x86_64_exceptions, %rax
	shrq	$3, %rax
	movq	%rax, 15*8(%rsp)
	movq	%rsp, %rdi
	movq	%rsp, %rbp		/* the end of a chain of frames: see uk_panic_trap() */
	andq	$-16, %rsp
	call	uk__x86_64_trap
	movq	%rbp, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rbp
	popq	%rbx
	popq	%rdx
	popq	%rcx
	popq	%rax
	addq	$16, %rsp
	iretq

#if CONFIG_LIB_IRQ
	.balign 8
	.globl uk__x86_64_vectors
uk__x86_64_vectors:
	.rept 64			/* UK_VECTOR_END - UK_VECTOR_FIRST */
	call	interrupt
	.balign 8, 0xcc
	.endr

/* Only what a C function may change is saved: no vector registers, mem* use none. */
interrupt:
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbp
	movq	%rsp, %rbp
	cld
	movq	10*8(%rsp), %rdi
	subq	$uk__x86_64_vectors, %rdi
	shrl	$3, %edi
	addl	$32, %edi		/* UK_VECTOR_FIRST */
	andq	$-16, %rsp
	call	uk_irq_dispatch
	movq	%rbp, %rsp
#if CONFIG_PREEMPT
	cmpl	$0, %gs:12		/* struct uk_cpu_block: preempt; 0: it is due */
	je	2f
#endif
#if CONFIG_THREAD_INTERRUPT
	call	uk_signal_due		/* where preemption is due: the thread asks when it goes on */
	testb	%al, %al
	jnz	3f
#endif
1:
	popq	%rbp
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rax
	addq	$8, %rsp
	iretq

#if CONFIG_THREAD_INTERRUPT
/* A handler is to run in the place of what was interrupted: from here it is an exception, 32. */
3:	popq	%rbp
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rax
	addq	$8, %rsp
	jmp	uk__x86_64_exceptions + 32*8
#endif

#if CONFIG_PREEMPT
/*
 * The CPU's frame (at 11*8) goes to the stack of what was interrupted, past 128 bytes that somebody
 * else's code may use below its stack pointer; the way back leads there, interrupts off.
 */
2:	movq	14*8(%rsp), %rdi
	subq	$128, %rdi
#if CONFIG_VM_DEMAND
	/* What it came upon may not be there: the stack for calls, unless it came upon that. */
	movq	%gs:0, %rax
	movq	8(%rax), %rax		/* struct uk_context: calls */
	testq	%rax, %rax
	cmovnzq	%rax, %rdi
#endif
	subq	$5*8, %rdi
	andq	$-16, %rdi
	n = 0
	.rept 5
	movq	(11 + n)*8(%rsp), %rax
	movq	%rax, n*8(%rdi)
	n = n + 1
	.endr
	leaq	preempted(%rip), %rax
	movq	%rax, 11*8(%rsp)
	andq	$~0x200, 13*8(%rsp)	/* interrupt flag */
	movq	%rdi, 14*8(%rsp)
	jmp	1b

/*
 * On the thread's own stack, which it leaves here. What a function may change, and all of the
 * floating-point state: the next thread expects an empty x87 stack.
 */
preempted:
	pushq	%rbp
	movq	%rsp, %rbp
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	subq	$512, %rsp
	andq	$-16, %rsp
	fxsave64 (%rsp)
	fninit
	cld
	call	uk_thread_preempted
	fxrstor64 (%rsp)
	leaq	-9*8(%rbp), %rsp
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rax
	popq	%rbp
	iretq
#endif
#endif
	.section .note.GNU-stack, "", @progbits
