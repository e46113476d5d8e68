/* SPDX-License-Identifier: BSD-3-Clause */
/* For libraries whose tests have no lib/vm with them: nothing is mapped. */

#include <uk/errno.h>
#include <uk/fault.h>

int uk_vm_touch(uintptr_t at, size_t len, unsigned int access)
{
	(void)at;
	(void)len;
	(void)access;
	return -EFAULT;
}

void uk_vm_revoke(const void *object, uint64_t from)
{
	(void)object;
	(void)from;
}
