/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the files of lib/boot share. */

#include <uk/defs.h>

/* Put libc's vector together and start it. */
uk_noreturn void uk__boot_libc_start(void);

/* Stamps around an init function; nothing without BOOT_REPORT. */
#if CONFIG_BOOT_REPORT
void uk__boot_report_init_begin(void);
void uk__boot_report_init_end(const char *library);
#else
uk_inline void uk__boot_report_init_begin(void)
{
}

uk_inline void uk__boot_report_init_end(const char *library)
{
	(void)library;
}
#endif
