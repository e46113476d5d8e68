/* SPDX-License-Identifier: BSD-3-Clause */
static inline void late(void)
{
	__asm__ volatile("cli");
}
