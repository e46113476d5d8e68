/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Page tables as seen by everything above arch: contract implemented by arch/<cpu>, and by a
 * paravirtual member where entries hold other frames or are written by hypercalls (Xen PV).
 *
 * A member supplies <uk/member/mmu.h> with, inline:
 *
 *	uk_pte_t, UK_MMU_LEVELS, and
 *	uk_pte_t uk_pte_make(uk_paddr_t pa, unsigned prot, unsigned level)	a leaf entry
 *	uk_pte_t uk_pte_table(uk_paddr_t pa)		an entry that points to a table
 *	bool uk_pte_present(uk_pte_t), bool uk_pte_leaf(uk_pte_t, unsigned level)
 *	uk_paddr_t uk_pte_paddr(uk_pte_t), unsigned uk_pte_prot(uk_pte_t)
 *	void uk_pte_write(uk_pte_t *slot, uk_pte_t value)
 *	bool uk_pte_fill(uk_pte_t *slot, uk_pte_t value)
 *				true: it was empty (0) and is `value` now; for tables
 *	void uk_mmu_table_make(uk_paddr_t), uk_mmu_table_retire(uk_paddr_t)
 *				a page becomes, ends to be, a table
 *	uk_paddr_t uk_mmu_root(void), void uk_mmu_activate(uk_paddr_t root)
 *	void uk_mmu_flush_page(uintptr_t va), void uk_mmu_flush_all(void)
 *	uint64_t uk_dma_addr(const void *ptr)
 *				what a device is told: of image or direct-map memory
 *
 * The functions below are made of these, in arch/<cpu>/paging.c.
 */

#include <stdbool.h>
#include <uk/defs.h>

/* Protection of a mapping; readable unless NONE. WRITE and EXEC together are refused. */
#define UK_PROT_READ   0u
#define UK_PROT_WRITE  1u
#define UK_PROT_EXEC   2u
#define UK_PROT_DEVICE 4u /* uncached */
#define UK_PROT_NONE   8u /* the frame stays known to the tables; every access faults */
/* With VM_DEMAND: not written through this mapping, whatever else is said, until the entry is made
 * anew. Stays when the protection changes. */
#define UK_PROT_COPY 16u

#include <uk/member/mmu.h>

/*
 * Where page-table pages come from: until set, a small reserve in the image. Returns a cleared
 * page, already in the direct map or the image, or 0 when there is none. Set once by frames.
 */
void uk_paging_set_source(uk_paddr_t (*source)(void));

/* With LIB_SMP: what takes [va, va + len) out of the TLBs of all other CPUs. Set once by smp. */
void uk_paging_set_flusher(void (*flusher)(uintptr_t va, size_t len));
/* Takes it out of this CPU's. Any context. */
void uk_page_flush(uintptr_t va, size_t len);

/*
 * Map, unmap, protect [va, va + len) (page-aligned; 2 MiB entries are used where both
 * addresses and the length allow, and split where they must be). Callers serialise.
 * 0, -ENOMEM (no table page), -EINVAL (W and X together, or not aligned), -EEXIST (map:
 * something is there already; nothing is changed). TLB of this CPU is flushed as needed, and what
 * uk_paging_set_flusher() named is called for the others where something goes or becomes less.
 */
int uk_page_map(uintptr_t va, uk_paddr_t pa, size_t len, unsigned int prot);
int uk_page_unmap(uintptr_t va, size_t len);
int uk_page_protect(uintptr_t va, size_t len, unsigned int prot);
/* Frame and protection of one mapped page, or false. */
bool uk_page_lookup(uintptr_t va, uk_paddr_t *pa, unsigned int *prot);
/* At least so many bytes from va on are not mapped, to the next table; 0: the page is mapped. */
size_t uk_page_hole(uintptr_t va);

/* Calls fn for each run of leaf entries in all tables, in address order; for tests and dumps. */
struct uk_page_run {
	uintptr_t va;
	uk_paddr_t pa;
	size_t len;
	unsigned int prot;
};
void uk_page_walk(void (*fn)(const struct uk_page_run *run, void *arg), void *arg);

/*
 * Opens [pa, pa + len) of the direct map (widened to pages), writable and never executable.
 * Idempotent. Only for RAM outside of the image. 0 or -ENOMEM.
 */
int uk_directmap_open(uk_paddr_t pa, size_t len);

/* Address of physical memory that is open in the direct map, or of the image's own frames. */
void *uk_phys_to_virt(uk_paddr_t pa);
/* Frame address of direct-map or image memory; other addresses: uk_page_lookup(). */
uk_paddr_t uk_virt_to_phys(const void *ptr);

/* Map device registers, uncached; never unmapped. NULL: no table page. Boot and thread context. */
volatile void *uk_mmio_map(uk_paddr_t pa, size_t len);
