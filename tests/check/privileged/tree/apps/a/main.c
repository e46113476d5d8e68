/* SPDX-License-Identifier: BSD-3-Clause */
#include "late.h"

int main(void)
{
	__asm__ volatile("hlt");
	late();
	return 0;
}
