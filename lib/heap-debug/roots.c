/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where pointers to blocks may be: in the image's data, and in all of the direct map, through
 * which each frame that is anybody's can be seen. Below the stack pointer lies what was left, if
 * the stack is one of the image's, mapped for itself behind its end; elsewhere, as on an alternate
 * signal stack in the application's data, other memory does.
 */

#include "internal.h"
#include <uk/cpu.h>
#include <uk/image.h>
#include <uk/mmu.h>

static void run(const struct uk_page_run *run, void *arg)
{
	void (*const *scan)(uintptr_t, uintptr_t) = arg;
	uintptr_t low = run->va, high = run->va + run->len, sp = uk_cpu_stack();
	bool direct = low >= UK_DIRECTMAP_BASE && low < UK_DIRECTMAP_END;

	if (!(run->prot & UK_PROT_WRITE) || (run->prot & (UK_PROT_DEVICE | UK_PROT_NONE)) ||
	    (!direct && low < UK_IMAGE_BASE))
		return;
	if (low >= (uintptr_t)uk_image_end && sp >= low && sp < high)
		low = UK_ALIGN_DOWN(sp, 16);
	(*scan)(low, high);
}

void uk__heap_debug_roots(void (*scan)(uintptr_t low, uintptr_t high))
{
	uk_page_walk(run, &scan);
}
