/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of the program is the end of the machine.
 */

#include "proc.h"
#include <uk/boot.h>
#include <uk/syscall.h>

UK_SYSCALL_FULL1(exit_group, int, status)
{
	uk_boot_exit(status & 0xff);
}

/*
 * The end of a thread; of the program, if it is the last one. libc hands over the stack that a
 * detached thread stands on as second and third argument, to be unmapped when it has left it.
 */
UK_SYSCALL_FULL3(exit, int, status, void *, stack, size_t, size)
{
	if (CONFIG_POSIX_PROC_THREADS)
		(void)uk__posix_proc_thread_exit(stack, size);
	uk_boot_exit(status & 0xff);
}
