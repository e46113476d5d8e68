/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sizes. Up to 512 bytes there is one for each 16; above, as many to a slab as fit when it is cut
 * into 25, 21, 18, ... 7 parts, so that steps are at most a quarter.
 */

#include "internal.h"

#define FINE 32u /* classes */

static const uint16_t coarse[CLASSES - 1 - FINE] = {
	640, 768, 896, 1088, 1296, 1536, 1808, 2176, 2512, 2960, 3632, 4672,
};

unsigned int uk__heap_slab_class(size_t asked)
{
	unsigned int class = 0;

	if (asked <= ASKED_FINE)
		return (unsigned int)((asked + 31) / 16);
	while (coarse[class] < asked + HEAD + GUARD)
		class ++;
	return 1 + FINE + class;
}

size_t uk__heap_slab_stride(unsigned int class)
{
	return class <= FINE ? 16ul * class : coarse[class - 1 - FINE];
}

unsigned int uk__heap_slab_order(unsigned int class)
{
	size_t stride = uk__heap_slab_stride(class);

	return stride <= 256 ? 0 : stride <= 1088 ? 2 : 3;
}
