/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A loader for one test. QEMU has put the image into memory and starts this, which enters the
 * image at its ELF entry as the 64-bit Linux boot protocol says (Documentation/arch/x86/
 * boot.rst): long mode, memory mapped at its physical address, %rsi = boot parameters.
 */
	.section .note.pvh, "a", @note
	.long 4, 4, 18
	.asciz "Xen"
	.long start
	.text
	.code32
	.globl start
start:	movl $pml4, %eax
	movl $pdpt + 7, (%eax)
	movl $pd + 7, pdpt
	movl $pd, %edi
	movl $0x87, %eax
1:	movl %eax, (%edi)
	addl $8, %edi
	addl $0x200000, %eax
	cmpl $0x40000087, %eax
	jb 1b
	movl %cr4, %eax
	orl $0x40020, %eax		/* OSXSAVE, as firmware leaves it */
	movl %eax, %cr4
	movl $pml4, %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx
	rdmsr
	orl $0x100, %eax
	wrmsr
	movl $0x80000011, %eax
	movl %eax, %cr0
	lgdt gdtr
	ljmp $8, $2f
	.code64
2:	movl $0x18, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl $params, %esi
	movl $0x100000, %eax
	jmp *%rax
	.data
	.balign 8
gdt:	.quad 0, 0x00af9b000000ffff, 0, 0x00cf93000000ffff
gdtr:	.word 31
	.quad gdt
	.balign 4096
params:	.skip 0x1e8
	.byte 2				/* entries of the memory map */
	.skip 0x1fe - 0x1e9
	.word 0xaa55
	.skip 2
	.ascii "HdrS"
	.skip 0x228 - 0x206
	.long line
	.skip 0x2d0 - 0x22c		/* the map: start, size, type 1 = RAM */
	.quad 0, 0x9f000
	.long 1
	.quad 0x100000, 63 << 20
	.long 1
	.balign 4096
line:	.asciz "-- 33 'two words'"
	.bss
	.balign 4096
pml4:	.skip 4096
pdpt:	.skip 4096
pd:	.skip 4096
