/* SPDX-License-Identifier: BSD-3-Clause */
#ifdef CONFIG_TIMER_STATS
#endif
#if defined(CONFIG_LIB_TIMER)
#endif
