/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * KASLR: where the image lies in this boot. Its code is linked for one place; the build has
 * loaded a list of the addresses in it (support/build/slide.py) to the start of .bss, where each
 * gets the slide added while nothing is protected yet. Without a list (the .dbg file, for
 * debuggers) the image stays where it was linked.
 *
 * The list: its length in bytes (32 bits), then the distance of each place from the one before,
 * the first from the image's start: a byte 1 to 255, or a byte 0 and 16 bits; if those are 0, it
 * is 65535 more. All addresses are of the last 2 GiB and stay there: adding to their lower half
 * is enough.
 */

#include "entry.h"

#define PAGES     0x40000		/* of a page directory, 1 GiB */
#define MIN_PAGES 0x200			/* its first entry is the identity's: entry.S */

	.section .text.entry, "ax", @progbits
	.code32
	.globl uk__kvm_slide
uk__kvm_slide:
	movl	$P(uk__kvm_pt), P(uk__kvm_pt_first)
	cmpl	$0, P(uk__kvm_relocs)
	je	5f

	/* A random word: the CPU's, or else the jitter of its clock. */
	movl	$1, %eax
	cpuid
	xorl	%ebx, %ebx
	btl	$30, %ecx		/* RDRAND */
	movl	$64, %ecx
	jnc	2f
1:	rdrand	%eax
	jc	3f
	loop	1b
	movl	$64, %ecx
2:	rdtsc
	addl	%eax, %ebx
	imull	$0x9e3779b1, %ebx, %ebx
	roll	$13, %ebx
	loop	2b
	movl	%ebx, %eax

	/* Pages from MIN_PAGES on, so that the tables' entries end within the directory. */
3:	movl	$P(uk_image_end), %ecx
	subl	$P(uk__kvm_pt), %ecx
	shrl	$3, %ecx
	negl	%ecx
	addl	$PAGES - MIN_PAGES, %ecx
	mull	%ecx
	addl	$MIN_PAGES, %edx
	movl	%edx, %eax
	andl	$511, %eax
	shll	$3, %eax
	addl	%eax, P(uk__kvm_pt_first)
	shll	$12, %edx
	movl	%edx, P(uk_image_slide)

	movl	$P(uk__kvm_relocs), %esi
	movl	(%esi), %ecx
	addl	$4, %esi
	addl	%esi, %ecx
	movl	$P(uk_image_text), %edi
	jmp	4f
1:	movzbl	(%esi), %eax
	incl	%esi
	testl	%eax, %eax
	jnz	2f
	movzwl	(%esi), %eax
	addl	$2, %esi
	testl	%eax, %eax
	jnz	2f
	addl	$65535, %edi
	jmp	4f
2:	addl	%eax, %edi
	addl	%edx, (%edi)
4:	cmpl	%ecx, %esi
	jb	1b

	/* .bss is zero again. */
	movl	$P(uk__kvm_relocs), %edi
	subl	%edi, %ecx
	xorl	%eax, %eax
	rep stosb
5:	ret

	.section .bss.entry, "aw", @nobits
	.balign 8
	.globl uk_image_slide, uk__kvm_pt_first
uk_image_slide:
	.skip	8
uk__kvm_pt_first:			/* the table entry of physical address 0, were it mapped */
	.skip	4

	.section .note.GNU-stack, "", @progbits
