/* SPDX-License-Identifier: BSD-3-Clause */
int uk_timer_n = CONFIG_TIMER_STATZ;
