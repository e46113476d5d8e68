/* SPDX-License-Identifier: BSD-3-Clause */
/* PVH start info and what it points to. */

#include "loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(uk__kvm_start_info_parse, data, size);
	return 0;
}
