/* SPDX-License-Identifier: BSD-3-Clause */
/* What a panic may believe of addresses that it finds. */

#include "panic.h"

#include <uk/image.h>
#include <uk/mmu.h>

bool uk__panic_is_text(uintptr_t ip)
{
	return ip >= (uintptr_t)uk_image_text && ip < (uintptr_t)uk_image_text_end;
}

static bool writable(uintptr_t va)
{
	uk_paddr_t pa;
	unsigned int prot;

	return uk_page_lookup(va, &pa, &prot) && (prot & UK_PROT_WRITE) && !(prot & UK_PROT_DEVICE);
}

bool uk__panic_is_stack(uintptr_t p)
{
	return UK_IS_ALIGNED(p, 8) && p >= UK_PAGE_SIZE && writable(p) && writable(p + 8);
}
