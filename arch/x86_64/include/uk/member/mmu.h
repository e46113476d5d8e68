/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Member of the contract <uk/mmu.h> for x86_64: four levels, 4 KiB and 2 MiB leaves (Intel
 * SDM volume 3A, 4.5). Everything runs in ring 0: no entry has the user bit.
 */

#include <stdbool.h>
#include <uk/defs.h>
#include <uk/preempt.h>

typedef uint64_t uk_pte_t;

#define UK_MMU_LEVELS           4u
#define UK_MMU_ENTRIES          512u
#define UK_MMU_SHIFT(level)     (UK_PAGE_SHIFT + 9u * ((level) - 1u))
#define UK_MMU_INDEX(va, level) (((va) >> UK_MMU_SHIFT(level)) & (UK_MMU_ENTRIES - 1))

/* Where things are: see docs/architecture.md. */
#define UK_DIRECTMAP_LOW 0xffff888000000000ul
#define UK_DIRECTMAP_END 0xffffc88000000000ul
#define UK_MMIO_BASE     0xffffc90000000000ul
#define UK_MMIO_END      0xffffc90040000000ul
#define UK_IMAGE_LINKED  0xffffffff80000000ul /* the image lies at UK_IMAGE_BASE + physical */

/* With KASLR the direct map begins somewhere in the lower half of its room. */
extern uintptr_t uk_directmap_base;
#define UK_DIRECTMAP_BASE (CONFIG_KASLR ? uk_directmap_base : UK_DIRECTMAP_LOW)

/*
 * With KASLR the image is UK_IMAGE_SLIDE higher than it was linked; the platform's linker script
 * and entry code say these. An address of the image minus UK_IMAGE_LINKED would be a number that
 * the linker computes: subtract UK_IMAGE_BASE.
 */
extern const char uk_image_base[];
extern const uintptr_t uk_image_slide;
#define UK_IMAGE_BASE  (CONFIG_KASLR ? (uintptr_t)uk_image_base : UK_IMAGE_LINKED)
#define UK_IMAGE_SLIDE (CONFIG_KASLR ? uk_image_slide : 0ul)

#define UK_PTE_PRESENT  (1ul << 0)
#define UK_PTE_WRITE    (1ul << 1)
#define UK_PTE_UNCACHED (3ul << 3) /* PWT and PCD: memory type UC */
#define UK_PTE_USED     (3ul << 5) /* accessed and dirty: the CPU need not set them */
#define UK_PTE_LARGE    (1ul << 7)
#define UK_PTE_KEPT     (1ul << 9)  /* ours: not present for the CPU, but maps a frame */
#define UK_PTE_COPY     (1ul << 10) /* ours: UK_PROT_COPY */
#define UK_PTE_NOEXEC   (1ul << 63)
#define UK_PTE_FRAME    0x000ffffffffff000ul

uk_inline uk_pte_t uk_pte_make(uk_paddr_t pa, unsigned int prot, unsigned int level)
{
	uk_pte_t pte = pa | UK_PTE_PRESENT | UK_PTE_USED;

	if (level > 1)
		pte |= UK_PTE_LARGE;
	if (prot & UK_PROT_WRITE)
		pte |= UK_PTE_WRITE;
	if (!(prot & UK_PROT_EXEC))
		pte |= UK_PTE_NOEXEC;
	if (prot & UK_PROT_DEVICE)
		pte |= UK_PTE_UNCACHED;
	if (prot & UK_PROT_NONE)
		pte = (pte & ~UK_PTE_PRESENT) | UK_PTE_KEPT;
	if (CONFIG_VM_DEMAND && (prot & UK_PROT_COPY))
		pte = (pte & ~UK_PTE_WRITE) | UK_PTE_COPY;
	return pte;
}

uk_inline uk_pte_t uk_pte_table(uk_paddr_t pa)
{
	return pa | UK_PTE_PRESENT | UK_PTE_WRITE | UK_PTE_USED;
}

uk_inline bool uk_pte_present(uk_pte_t pte)
{
	return (pte & (UK_PTE_PRESENT | UK_PTE_KEPT)) != 0;
}

/* Of a present entry. */
uk_inline bool uk_pte_leaf(uk_pte_t pte, unsigned int level)
{
	return level == 1 || (pte & UK_PTE_LARGE) != 0;
}

uk_inline uk_paddr_t uk_pte_paddr(uk_pte_t pte)
{
	return pte & UK_PTE_FRAME;
}

uk_inline unsigned int uk_pte_prot(uk_pte_t pte)
{
	return (pte & UK_PTE_WRITE ? UK_PROT_WRITE : 0) | (pte & UK_PTE_NOEXEC ? 0 : UK_PROT_EXEC) |
	       (pte & UK_PTE_UNCACHED ? UK_PROT_DEVICE : 0) |
	       (pte & UK_PTE_KEPT ? UK_PROT_NONE : 0) |
	       (CONFIG_VM_DEMAND && (pte & UK_PTE_COPY) ? UK_PROT_COPY : 0);
}

uk_inline void uk_pte_write(uk_pte_t *slot, uk_pte_t value)
{
	__atomic_store_n(slot, value, __ATOMIC_RELAXED);
}

uk_inline bool uk_pte_fill(uk_pte_t *slot, uk_pte_t value)
{
	uk_pte_t empty = 0;

	if (UK_CONCURRENT)
		return uk_compare_exchange(slot, &empty, value);
	uk_pte_write(slot, value);
	return true;
}

/* A paravirtual member tells the hypervisor; here a table is a page like others. */
uk_inline void uk_mmu_table_make(uk_paddr_t pa)
{
	(void)pa;
}

uk_inline void uk_mmu_table_retire(uk_paddr_t pa)
{
	(void)pa;
}

uk_inline uk_paddr_t uk_mmu_root(void)
{
	uint64_t cr3;

	__asm__ __volatile__("movq %%cr3, %0" : "=r"(cr3) : : "memory");
	return cr3 & UK_PTE_FRAME;
}

uk_inline void uk_mmu_activate(uk_paddr_t root)
{
	__asm__ __volatile__("movq %0, %%cr3" : : "r"(root) : "memory");
}

uk_inline void uk_mmu_flush_page(uintptr_t va)
{
	__asm__ __volatile__("invlpg (%0)" : : "r"(va) : "memory");
}

uk_inline void uk_mmu_flush_all(void)
{
	uk_mmu_activate(uk_mmu_root());
}

uk_paddr_t uk_virt_to_phys(const void *ptr);

uk_inline uint64_t uk_dma_addr(const void *ptr)
{
	return uk_virt_to_phys(ptr);
}
