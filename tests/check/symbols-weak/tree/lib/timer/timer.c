/* SPDX-License-Identifier: BSD-3-Clause */
__attribute__((weak)) int uk_timer_start(void)
{
	return 0;
}
