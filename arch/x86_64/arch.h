/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the files of arch/x86_64 share. */

#include <stdbool.h>
#include <uk/defs.h>
#include <uk/vector.h>
#include <uk/x86_64.h>

/* Gates of the interrupt descriptor table: exceptions, and vectors where there are any. */
#define GATES (CONFIG_LIB_IRQ ? UK_VECTOR_END : UK_VECTOR_FIRST)

/* Interrupt stacks of the task state segment (Intel SDM volume 3A, 7.14.5), from 1. */
enum { IST_IRQ = 1, IST_FAULT, IST_DOUBLE, IST_NMI, IST_MACHINE_CHECK };

#define SELECTOR_CODE 8
#define SELECTOR_TSS  16

struct uk_packed tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map;
};

struct uk_packed table_register {
	uint16_t limit;
	uint64_t base;
};

/* A CPU's segments and interrupt stacks. Inline: those of the boot CPU are constants. */
uk_inline void uk__x86_64_gdt_fill(uint64_t gdt[4], struct tss *tss,
				   const struct uk_x86_64_stacks *stacks)
{
	uintptr_t at = (uintptr_t)tss;

	tss->ist[IST_IRQ - 1] = stacks->irq;
	tss->ist[IST_FAULT - 1] = stacks->fault;
	tss->ist[IST_DOUBLE - 1] = stacks->double_fault;
	tss->ist[IST_NMI - 1] = stacks->nmi;
	tss->ist[IST_MACHINE_CHECK - 1] = stacks->machine_check;
	tss->io_map = sizeof(*tss);
	gdt[1] = 0x00af9b000000ffff; /* code, 64 bits, accessed */
	gdt[2] = (sizeof(*tss) - 1) | (at & 0xffffff) << 16 | 0x89ull << 40 |
		 (at >> 24 & 0xff) << 56;
	gdt[3] = at >> 32;
}

/* On the CPU itself. */
uk_inline void uk__x86_64_gdt_load(const uint64_t gdt[4])
{
	struct table_register reg = { 4 * sizeof(gdt[0]) - 1, (uintptr_t)gdt };

	__asm__ __volatile__("lgdt %0" : : "m"(reg) : "memory");
	__asm__ __volatile__("ltr %w0" : : "r"(SELECTOR_TSS) : "memory");
}

void uk__x86_64_gate_set(unsigned int vector, uintptr_t entry, unsigned int ist);

/* Entry code of exception n or vector n lies 8 * n bytes from here (vectors.S). */
extern const char uk__x86_64_exceptions[];
extern const char uk__x86_64_vectors[]; /* n counts from UK_VECTOR_FIRST */

struct uk_trap_frame;
void uk__x86_64_trap(struct uk_trap_frame *frame);
/* With signals: true if a handler of the application's sees to it, at the end of the trap. `err`:
 * of a page fault, what uk_vm_fault() said. */
bool uk__x86_64_signal(struct uk_trap_frame *frame, int err);

/* Error code of a page fault (Intel SDM volume 3A, 4.7). */
#define FAULT_PRESENT  (1u << 0)
#define FAULT_WRITE    (1u << 1)
#define FAULT_RESERVED (1u << 3)
#define FAULT_FETCH    (1u << 4)

/* With VM_DEMAND: true if the fault is seen to, at the end of the trap; the next one may be the
 * same. */
bool uk__x86_64_demand(struct uk_trap_frame *frame, uintptr_t address);
/* True if the instruction may touch what is not there: where it goes on then. */
bool uk__x86_64_fix_up(struct uk_trap_frame *frame);
/* Nobody resolves it; `err` is what uk_vm_fault() said. Returns where the access is to be tried
 * again. */
void uk__x86_64_page_fault(struct uk_trap_frame *frame, uintptr_t address, int err);

void uk__x86_64_canary_set(void);
void uk__x86_64_directmap_place(void);

/* First code of a new context (switch.S). */
void uk__x86_64_context_start(void);

/*
 * Entries of one table that lie next to each other: what the functions of <uk/mmu.h> work on.
 */
struct span {
	uint64_t *slot;     /* the entry for va */
	unsigned int level; /* 1: 4 KiB each, 2: 2 MiB each ... */
	size_t count;       /* entries that [va, va + len) covers in this table; at least 1 */
};

/*
 * Find the entries for [va, va + len) at `level`, or higher up where the tables end before
 * (nothing mapped, or a larger leaf). create: missing tables are made. 0 or -ENOMEM.
 */
int uk__x86_64_span_find(uintptr_t va, size_t len, unsigned int level, bool create,
			 struct span *span);
/* Replace the 2 MiB leaf at the span's first entry by 512 small ones. 0 or -ENOMEM. */
int uk__x86_64_span_split(struct span *span);
/* The level at which [va, va + len) to pa begins: 2 if a 2 MiB leaf fits, else 1. */
unsigned int uk__x86_64_span_level(uintptr_t va, uk_paddr_t pa, size_t len);
