/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * First instructions of the other CPUs. A start message names a page below 1 MiB, where the CPU
 * begins in real mode; the code for it is copied there and goes on in the image, first at its
 * physical address, through tables of its own that map this very page there, then in the upper
 * half. Only one is let in at a time: what it needs lies in variables.
 */

#include "entry.h"

/* Offsets in the page: ap.c has the first one too. */
#define GATE         4
#define GDT_REGISTER 6

	.section .text.entry, "ax", @progbits

	.code16
	.balign 8
	.globl uk__kvm_ap_page, uk__kvm_ap_page_end
uk__kvm_ap_page:
	jmp	1f
	.balign 4
	.word	0			/* gate: 1 lets one in */
	.word	4 * 8 - 1
	.long	P(ap_gdt)
1:	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	xorl	%eax, %eax
	xchgw	%ax, GATE
	testw	%ax, %ax
	jz	2f
	lgdtl	GDT_REGISTER
	movl	%cr0, %eax
	orl	$1, %eax		/* PE */
	movl	%eax, %cr0
	ljmpl	$16, $P(uk__kvm_ap_entry)
2:	hlt
	jmp	2b
uk__kvm_ap_page_end:

	.balign 8
ap_gdt:	.quad	0
	.quad	0x00af9b000000ffff	/* 8: code, 64 bits */
	.quad	0x00cf9b000000ffff	/* 16: code, 32 bits */
	.quad	0x00cf93000000ffff	/* 24: data */

	.code32
	.balign 256			/* all that runs at its physical address lies in one page */
	.globl uk__kvm_ap_entry
uk__kvm_ap_entry:
	movl	$24, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	LONG_MODE_ON uk__kvm_ap_tables
	ljmp	$8, $P(1f)
	.code64
1:	movq	$ap_upper, %rax
	jmp	*%rax
ap_upper:
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	movq	uk__kvm_ap_root, %rax
	movq	%rax, %cr3
	movq	uk__kvm_ap_stack, %rsp
	xorl	%ebp, %ebp
	call	uk_kvm_ap_start
	ud2

	.section .note.GNU-stack, "", @progbits
