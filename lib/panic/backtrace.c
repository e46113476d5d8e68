/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Return addresses by frame pointers. The stack may be broken: each frame must be aligned, in
 * mapped writable memory and higher than the one before, and there is an end.
 */

#include "panic.h"

#include <uk/image.h>
#include <uk/mmu.h>

#define FRAMES_MAX 32

static bool readable(uintptr_t fp)
{
	uk_paddr_t pa;
	unsigned int prot;

	return UK_IS_ALIGNED(fp, 8) && fp >= UK_PAGE_SIZE &&
	       uk_page_lookup(fp, &pa, &prot) && uk_page_lookup(fp + 8, &pa, &prot) &&
	       (prot & UK_PROT_WRITE) && !(prot & UK_PROT_DEVICE);
}

static bool is_text(uintptr_t ip)
{
	return ip >= (uintptr_t)uk_image_text && ip < (uintptr_t)uk_image_text_end;
}

void uk__panic_backtrace(uintptr_t fp)
{
	for (int i = 0; i < FRAMES_MAX && readable(fp); i++) {
		const uintptr_t *frame = (const uintptr_t *)fp;

		if (!is_text(frame[1]))
			return;
		uk__panic_print("  0x%016lx\n", frame[1]);
		if (frame[0] <= fp)
			return;
		fp = frame[0];
	}
}
