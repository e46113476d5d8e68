/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/frames.h>

#include <uk/bootinfo.h>
#include <uk/image.h>
#include <uk/mmu.h>

static bool meets(uk_paddr_t a, uint64_t a_size, uk_paddr_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

bool uk_frames_are_ram(uk_paddr_t pa, uint64_t size)
{
	const struct uk_bootinfo *info = &uk_plat_bootinfo;

	if (pa + size < pa ||
	    meets(pa, size, uk_virt_to_phys(uk_image_text),
		  (uint64_t)(uk_image_end - uk_image_text)) ||
	    meets(pa, size, info->initrd.start, info->initrd.size))
		return true;
	for (unsigned int i = 0; i < info->nram; i++) {
		if (meets(pa, size, info->ram[i].start, info->ram[i].size))
			return true;
	}
	return false;
}
