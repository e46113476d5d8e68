/* SPDX-License-Identifier: BSD-3-Clause */
/* A window of one page, the one before the image, for what the loader left in memory. */

#include "../kvm.h"

#include <uk/mmu.h>
#include <uk/string.h>

#define WINDOW_PAGE 255 /* the image begins at page 256 */

extern uk_pte_t uk__kvm_pt[];

bool uk__kvm_window_read(void *dst, uk_paddr_t pa, size_t len)
{
	const char *window = (const char *)(UK_IMAGE_BASE + WINDOW_PAGE * UK_PAGE_SIZE);
	uk_pte_t *slot = &uk__kvm_pt[WINDOW_PAGE + UK_MMU_INDEX(UK_IMAGE_SLIDE, 1)];

	if (pa >= 1ull << 32 || len > (1ull << 32) - pa)
		return false;
	while (len) {
		size_t offset = pa & (UK_PAGE_SIZE - 1);
		size_t n = UK_MIN(len, UK_PAGE_SIZE - offset);

		uk_pte_write(slot, uk_pte_make(UK_ALIGN_DOWN(pa, UK_PAGE_SIZE), UK_PROT_READ, 1));
		uk_mmu_flush_page((uintptr_t)window);
		memcpy(dst, window + offset, n);
		uk_pte_write(slot, 0);
		uk_mmu_flush_page((uintptr_t)window);
		dst = (char *)dst + n;
		pa += n;
		len -= n;
	}
	return true;
}
