/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * There is one process, number 1, without a parent, and one user, the one that may do all.
 */

#include <uk/abi/process.h>
#include <uk/errno.h>
#include <uk/syscall.h>
#include <uk/uaccess.h>

UK_SYSCALL_LEAF0(getpid)
{
	return 1;
}

UK_SYSCALL_LEAF0(getppid)
{
	return 0;
}

UK_SYSCALL_LEAF0(getuid)
{
	return 0;
}

UK_SYSCALL_LEAF0(geteuid)
{
	return 0;
}

UK_SYSCALL_LEAF0(getgid)
{
	return 0;
}

UK_SYSCALL_LEAF0(getegid)
{
	return 0;
}

#if CONFIG_ARCH_X86_64
#define MACHINE "x86_64"
#else
#define MACHINE "aarch64"
#endif

/* The interfaces are Linux's as of the release that is named: programs compare it. */
static const struct uk_utsname names = {
	.sysname = "Linux",
	.nodename = "ashlar",
	.release = "5.10.0-ashlar",
	.version = "Ashlar",
	.machine = MACHINE,
	.domainname = "(none)",
};

UK_SYSCALL_LEAF1(uname, struct uk_utsname *, out)
{
	return uk_uaccess_write(out, &names, sizeof(names));
}
