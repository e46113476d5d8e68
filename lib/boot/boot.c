/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the platform's entry to main, as a page of plain calls. The platform has set up the
 * address space, exceptions and uk_plat_bootinfo; interrupts are off.
 */

#include <uk/boot.h>
#include <uk/init.h>
#include <uk/param.h>
#include <uk/plat.h>

/* libc.c */
uk_noreturn void uk__boot_libc_start(void);

static void params_set(void)
{
	if (CONFIG_LIB_PARAM && uk_param_parse(uk_plat_bootinfo.cmdline))
		uk_boot_fail("%s", uk_param_error());
}

static void init_all(void)
{
	UK_TABLE_FOREACH(struct uk_init, init, it) {
		int err = it->fn();

		if (err < 0)
			uk_boot_fail("boot: %s cannot start: error %d", it->library, -err);
	}
}

void uk_boot_main(void)
{
	params_set();
	init_all();
	uk__boot_libc_start();
}
