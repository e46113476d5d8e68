/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where code runs when memory comes on demand (<uk/fault.h>): system calls and faults on a stack
 * of the thread that is there, and copies from and to the application's memory that may fault.
 *
 * %gs:0 is the thread, which begins with struct uk_context: its `calls` is at 8, `outside` at 16 (fault.c
 * checks).
 */

#define CALLS   8
#define OUTSIDE 16

	.section .text.uk_demand, "ax", @progbits

/*
 * long uk_syscall_inside(p1, ... p6, fn): fn(p1, ... p6) on the stack for calls, or on this one if
 * that is there anyway. While `calls` is not NULL nothing lies on that stack: an interrupt that
 * comes between two of these instructions may use it.
 */
	.balign 16
	.globl uk_syscall_inside
	.type uk_syscall_inside, @function
uk_syscall_inside:
	movq	8(%rsp), %rax
	movq	%gs:0, %r10
	testq	%r10, %r10
	jz	1f
	movq	CALLS(%r10), %r11
	testq	%r11, %r11
	jz	1f
	pushq	%rbp
	movq	%rsp, %rbp
	movq	%rbp, OUTSIDE(%r10)
	movq	%r11, %rsp
	movq	$0, CALLS(%r10)
	pushq	%r10
	pushq	%r11
	call	*%rax
	popq	%r11
	popq	%r10
	movq	%r11, CALLS(%r10)
	movq	%rbp, %rsp
	popq	%rbp
	ret
1:	jmp	*%rax
	.size uk_syscall_inside, . - uk_syscall_inside

/* void uk_context_leave(calls, stack_top, entry, arg) */
	.globl uk_context_leave
	.type uk_context_leave, @function
uk_context_leave:
	movq	%gs:0, %rax
	movq	%rdi, CALLS(%rax)	/* what lies there is not used any more */
	movq	%rsi, %rsp
	movq	%rcx, %rdi
	xorl	%ebp, %ebp
	call	*%rdx
	ud2				/* it must not return */
	.size uk_context_leave, . - uk_context_leave

/*
 * A page fault goes on here, interrupts off: %rsp is struct demand, which begins with the registers.
 * All of floating point is saved: the fault came between any two instructions.
 */
	.globl uk__x86_64_demand_start
uk__x86_64_demand_start:
	movq	%rsp, %rdi
	movq	%rsp, %rbx
	xorl	%ebp, %ebp
	subq	$512, %rsp
	fxsave64 (%rsp)
	fninit
	cld
	call	uk__x86_64_demand_resolve
	fxrstor64 (%rsp)
	movq	%rbx, %rdi
	movl	%eax, %esi
	testl	%eax, %eax
	jz	1f
	call	uk__x86_64_demand_failed
1:	movq	%rbx, %rsp
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

/*
 * size_t uk_uaccess_copy(dst, src, n): how many bytes, of the last ones, were not copied. A fault
 * that is not resolved goes on byte by byte, and then at uk__x86_64_copy_end; %rax is right there.
 */
	.globl uk_uaccess_copy
	.type uk_uaccess_copy, @function
uk_uaccess_copy:
	movq	%rdx, %rax
1:	cmpq	$32, %rax
	jb	2f
	movq	(%rsi), %rcx
	movq	8(%rsi), %rdx
	movq	16(%rsi), %r8
	movq	24(%rsi), %r9
	movq	%rcx, (%rdi)
	movq	%rdx, 8(%rdi)
	movq	%r8, 16(%rdi)
	movq	%r9, 24(%rdi)
	addq	$32, %rsi
	addq	$32, %rdi
	subq	$32, %rax
	jmp	1b
2:	cmpq	$8, %rax
	jb	3f
	movq	(%rsi), %rcx
	movq	%rcx, (%rdi)
	addq	$8, %rsi
	addq	$8, %rdi
	subq	$8, %rax
	jmp	2b
	.globl uk__x86_64_copy_bytes
uk__x86_64_copy_bytes:
3:	testq	%rax, %rax
	jz	uk__x86_64_copy_end
	movb	(%rsi), %cl
	movb	%cl, (%rdi)
	incq	%rsi
	incq	%rdi
	decq	%rax
	jmp	3b
	.globl uk__x86_64_copy_end
uk__x86_64_copy_end:
	ret
	.size uk_uaccess_copy, . - uk_uaccess_copy

/* int uk_uaccess_fetch(int32_t *dst, const int32_t *src): 0 or -EFAULT, in one access. */
	.globl uk_uaccess_fetch
	.type uk_uaccess_fetch, @function
uk_uaccess_fetch:
	movl	$-14, %eax		/* -EFAULT */
	movl	(%rsi), %ecx
	movl	%ecx, (%rdi)
	xorl	%eax, %eax
	.globl uk__x86_64_fetch_end
uk__x86_64_fetch_end:
	ret
	.size uk_uaccess_fetch, . - uk_uaccess_fetch

/*
 * int uk_uaccess_swap(int32_t *user, int32_t *old, int32_t value): if *user is *old, it becomes
 * value: 0; else *old becomes it: -EAGAIN. Or -EFAULT.
 */
	.globl uk_uaccess_swap
	.type uk_uaccess_swap, @function
uk_uaccess_swap:
	movl	(%rsi), %eax
	movl	$-14, %ecx		/* -EFAULT */
	lock cmpxchgl %edx, (%rdi)
	movl	$0, %ecx
	je	uk__x86_64_swap_end
	movl	%eax, (%rsi)
	movl	$-11, %ecx		/* -EAGAIN */
	.globl uk__x86_64_swap_end
uk__x86_64_swap_end:
	movl	%ecx, %eax
	ret
	.size uk_uaccess_swap, . - uk_uaccess_swap
	.section .note.GNU-stack, "", @progbits
