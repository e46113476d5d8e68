/* SPDX-License-Identifier: BSD-3-Clause */
/* Instructions that trap; traps.c. */

	.text
	.globl fault_vector, fault_invalid, fault_breakpoint, fault_float, float_reset, float_disturb, fault_load
/* AVX, by its bytes: for any assembler. */
fault_vector:
	.byte	0xc5, 0xfd, 0xef, 0xc0	/* vpxor %ymm0, %ymm0, %ymm0 */
	ret

fault_invalid:
	ud2
	ret

fault_breakpoint:
	int3
	ret

/* Division by zero, unmasked. */
fault_float:
	fldcw	unmasked(%rip)
	fld1
	fldz
	fdivrp
	fwait
	ret

float_reset:
	fninit
	ret

float_disturb:
	pcmpeqd	%xmm3, %xmm3
	ret

/* Loads all of *%rdi, then from where %rax points to, and stores all; rbx is less by the carry, 1. */
fault_load:
	pushq	%rbx
	pushq	%r15
	movq	(%rdi), %rax
	movq	8(%rdi), %rbx
	movq	16(%rdi), %r8
	movq	24(%rdi), %r15
	movdqu	32(%rdi), %xmm3
	stc
	movl	(%rax), %eax
	sbbq	$0, %rbx
	movq	%rax, (%rdi)
	movq	%rbx, 8(%rdi)
	movq	%r8, 16(%rdi)
	movq	%r15, 24(%rdi)
	movdqu	%xmm3, 32(%rdi)
	popq	%r15
	popq	%rbx
	ret

	.section .rodata
unmasked:
	.word	0x37b
	.section .note.GNU-stack, "", @progbits
