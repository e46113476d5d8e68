/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * First instructions. PVH (Xen's public interface, start_info.h; the note of type 18) enters
 * at uk__kvm_entry32 in 32-bit protected mode without paging, %ebx = start info. The 64-bit
 * Linux boot protocol (Documentation/arch/x86/boot.rst, 64-bit) enters at uk__kvm_entry64 in
 * long mode with the image mapped at its physical address, %rsi = boot parameters; it goes
 * back to 32-bit mode and joins.
 *
 * Here the page tables of the image are filled and the CPU goes to its upper half; the rest
 * is C, uk_kvm_start().
 */

#include "entry.h"
#include "stacks.h"

#define PRESENT   0x061		/* accessed and dirty too */
#define WRITE     0x002
#define TABLE     0x063
#define NOEXEC_HI 0x80000000
#define IDENTITY  0x0e1		/* 2 MiB: present, accessed, dirty, large */

/* Of a slid image the entry for physical address 0 is not the first one. */
#if CONFIG_KASLR
#define PT P(uk__kvm_pt_first)
#else
#define PT $P(uk__kvm_pt)
#endif

	.section .note.pvh, "a", @note
	.balign 4
	.long	4, 4, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.long	P(uk__kvm_entry32)

	.section .text.entry, "ax", @progbits

	.code64
	.globl uk__kvm_entry64
uk__kvm_entry64:
	rdtsc
	cli
	cld
	movl	%eax, P(uk__kvm_entry_tsc)
	movl	%edx, P(uk__kvm_entry_tsc) + 4
	movl	%esi, P(uk__kvm_entry_info)
	movl	$1, P(uk__kvm_entry_linux)
	lgdt	P(gdt_register)
	movl	$P(stack_early), %esp
	pushq	$16			/* 32-bit code */
	pushq	$P(1f)
	lretq
	.code32
1:	movl	$24, %eax		/* flat data */
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%cr0, %eax
	andl	$0x7fffffff, %eax	/* paging off, then long mode */
	movl	%eax, %cr0
	movl	$0xc0000080, %ecx
	rdmsr
	andl	$~0x100, %eax
	wrmsr
	jmp	enter

	.globl uk__kvm_entry32
uk__kvm_entry32:
	rdtsc
	cli
	cld
	movl	%eax, P(uk__kvm_entry_tsc)
	movl	%edx, P(uk__kvm_entry_tsc) + 4
	movl	%ebx, P(uk__kvm_entry_info)
enter:
	/* Is there memory to the image's end? A write that does not stay says no. */
	movl	$P(uk_image_end) - 4, %edi
	movl	$0x5aa5c33c, (%edi)
	cmpl	$0x5aa5c33c, (%edi)
	jne	no_memory
	movl	$0, (%edi)

	movl	$P(stack_early), %esp
#if CONFIG_KASLR
	call	uk__kvm_slide
#endif
	movl	$P(uk__kvm_pml4), %eax
	movl	$P(uk__kvm_pdpt) + TABLE, (%eax)	/* identity: dropped in C */
	movl	$P(uk__kvm_pdpt) + TABLE, 511*8(%eax)
	movl	$P(uk__kvm_pd) + TABLE, P(uk__kvm_pdpt)
	movl	$P(uk__kvm_pd) + TABLE, P(uk__kvm_pdpt) + 510*8

	/* A directory entry per page table. */
	movl	$P(uk__kvm_pd), %edi
#if CONFIG_KASLR
	movl	$IDENTITY, (%edi)	/* of an image that was slid; else it is the first table's */
	movl	P(uk_image_slide), %eax
	shrl	$21, %eax
	leal	(%edi,%eax,8), %edi
#endif
	movl	$P(uk__kvm_pt) + TABLE, %eax
1:	movl	%eax, (%edi)
	addl	$8, %edi
	addl	$4096, %eax
	cmpl	$P(uk_image_end) + TABLE, %eax
	jb	1b

	/* The tables follow each other: entry of address a is at pt + a / 4096 * 8. */
	movl	$P(uk_image_text), %esi
	movl	%esi, %edi
	shrl	$9, %edi
	addl	PT, %edi
	xorl	%edx, %edx
	movl	$PRESENT, %eax
	movl	$P(uk_image_text_end), %ebx
	call	map
	movl	$NOEXEC_HI, %edx
	movl	$P(uk_image_rodata_end), %ebx
	call	map
	orl	$WRITE, %eax
	movl	$P(uk__kvm_stacks), %ebx
	call	map
	/* Not mapped here: the frames of the stacks. */
	movl	$P(uk__kvm_stacks_end), %esi
	movl	%esi, %edi
	shrl	$9, %edi
	addl	PT, %edi
	movl	$P(uk_image_end), %ebx
	call	map
	/* But here, from the image's end on, each after a guard. */
	movl	$P(uk__kvm_stacks), %esi
	movl	$P(uk__kvm_stack_pages), %ebp
2:	movzwl	(%ebp), %ebx
	addl	$2, %ebp
	addl	$8 * STACK_GUARD_PAGES, %edi
	shll	$12, %ebx
	addl	%esi, %ebx
	call	map
	cmpl	$P(uk__kvm_stacks_end), %esi
	jb	2b

	LONG_MODE_ON uk__kvm_pml4
	lgdt	P(gdt_register)
	ljmp	$8, $P(1f)
	.code64
1:	movq	$uk__kvm_entry_upper, %rax
	jmp	*%rax
	.globl uk__kvm_entry_upper
uk__kvm_entry_upper:
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	/* The first stack: its pages from the image's end and the guard on. */
	movzwl	uk__kvm_stack_pages, %eax
	shll	$12, %eax
	leaq	uk_image_end + 4096 * STACK_GUARD_PAGES(%rax), %rsp
	xorl	%ebp, %ebp
	call	uk_kvm_start
	ud2

	.code32
/* Entries from %edi on for [%esi, %ebx) with flags %edx:%eax; %esi and %edi go on. */
map:	cmpl	%ebx, %esi
	jae	2f
1:	leal	(%esi,%eax), %ecx
	movl	%ecx, (%edi)
	movl	%edx, 4(%edi)
	addl	$8, %edi
	addl	$4096, %esi
	cmpl	%ebx, %esi
	jb	1b
2:	ret

no_memory:
	movl	$P(no_memory_text), %esi
	movw	$0x3f8, %dx
1:	lodsb
	testb	%al, %al
	jz	2f
	outb	%al, %dx
	jmp	1b
2:	movb	$1, %al
	movw	$0x501, %dx		/* debug exit: see exit.c */
	outb	%al, %dx
	lidt	P(no_table)		/* else a triple fault */
	ud2

/* Here, because of a slid image only the first 2 MiB are mapped at their physical address. */
	.balign 8
gdt:	.quad	0
	.quad	0x00af9b000000ffff	/* 8: code, 64 bits */
	.quad	0x00cf9b000000ffff	/* 16: code, 32 bits */
	.quad	0x00cf93000000ffff	/* 24: data */
gdt_register:
	.word	4 * 8 - 1
	.long	P(gdt)
	.long	0

	.section .rodata.entry, "a", @progbits
no_table:
	.word	0
	.long	0
no_memory_text:
	.asciz	"kvm: too little memory for this image, give the machine more\n[ashlar] exit 1\n"

	.section .bss.entry, "aw", @nobits
	.balign 8
	.globl uk__kvm_entry_tsc, uk__kvm_entry_info, uk__kvm_entry_linux
uk__kvm_entry_tsc:
	.skip	8
uk__kvm_entry_info:
	.skip	4
uk__kvm_entry_linux:
	.skip	4
	.skip	32
	.balign	16
stack_early:

	.section .note.GNU-stack, "", @progbits
