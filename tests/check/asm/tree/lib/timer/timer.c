/* SPDX-License-Identifier: BSD-3-Clause */
void uk_timer_wait(void)
{
	__asm__ volatile("pause");
}
