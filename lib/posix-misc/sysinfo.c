/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sysinfo (Linux, sysinfo(2)): memory and time since boot.
 */

#include <uk/abi/process.h>
#include <uk/bootinfo.h>
#include <uk/clock.h>
#include <uk/frames.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

/* RAM that nobody has, whether it was opened yet or not. */
static uint64_t free_ram(void)
{
	struct uk_frames_stats stats;

	if (!CONFIG_LIB_FRAMES)
		return 0;
	uk_frames_stats(&stats);
	return (stats.total - stats.opened + stats.free) * UK_PAGE_SIZE;
}

UK_SYSCALL_FULL1(sysinfo, struct uk_sysinfo *, out)
{
	struct uk_sysinfo info = {
		.totalram = uk_plat_bootinfo.ram_total,
		.freeram = free_ram(),
		.procs = 1,
		.mem_unit = 1,
	};

	if (CONFIG_LIB_CLOCK)
		info.uptime = uk_clock_now() / (int64_t)UK_NSEC_PER_SEC;
	return uk_uaccess_write(out, &info, sizeof(info));
}
