/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once
/* For assembly: what the first instructions of the boot CPU and of the others share. */

#define KBASE 0xffffffff80000000
#define P(x)  ((x) - KBASE)

/*
 * From protected mode without paging to long mode with these tables; what runs stays in 32-bit
 * code until the next far jump. Changes eax, ecx, edx (SDM volume 3A, 10.8.5).
 */
/* clang-format off */
	.macro LONG_MODE_ON tables
	movl	$0x660, %eax		/* PAE, MCE, OSFXSR, OSXMMEXCPT, and no others: nobody */
	movl	%eax, %cr4		/* saves here what XSAVE does */
	movl	$P(\tables), %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx	/* EFER: LME, NXE */
	rdmsr
	orl	$0x900, %eax
	wrmsr
	movl	$0x80010033, %eax	/* CR0: PG, WP, NE, ET, MP, PE */
	movl	%eax, %cr0
	.endm
