/* SPDX-License-Identifier: BSD-3-Clause */
/* The zero page of the 64-bit Linux boot protocol and what it points to. */

#include "loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(uk__kvm_boot_params_parse, data, size);
	return 0;
}
