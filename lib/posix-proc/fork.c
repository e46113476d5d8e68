/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * There is one process, and there will be no other.
 */

#include <uk/atomic.h>
#include <uk/errno.h>
#include <uk/log.h>
#include <uk/syscall.h>

static long refuse(const char *call)
{
	static bool said;

	if (!uk_exchange(&said, true))
		uk_warn("%s: there are threads and no other processes here; ENOSYS, now and later",
			call);
	return -ENOSYS;
}

UK_SYSCALL_FULL0(fork)
{
	return refuse("fork");
}

UK_SYSCALL_FULL0(vfork)
{
	return refuse("vfork");
}
