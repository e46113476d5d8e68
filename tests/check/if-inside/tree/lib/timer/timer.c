/* SPDX-License-Identifier: BSD-3-Clause */
int uk_timer_count(void)
{
#if CONFIG_LIB_TIMER
	return 1;
#endif
	return 0;
}
