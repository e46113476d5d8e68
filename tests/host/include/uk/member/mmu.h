/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The host as an MMU: physical memory is a reserved range of the host's addresses, of which
 * uk_directmap_open() opens pieces; touching another piece ends the test. Page tables are a
 * model that uk_page_map() and its like write and uk_page_lookup() reads: nothing is mapped.
 */

typedef uint64_t uk_pte_t;

#define UK_MMU_LEVELS 4

static inline void uk_mmu_flush_page(uintptr_t va)
{
	(void)va;
}

static inline void uk_mmu_flush_all(void)
{
}

uint64_t uk_dma_addr(const void *ptr);
