/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The thread pointer, and the end of a detached thread.
 */

#include "pthread_impl.h"
#include "syscall.h"

#define ARCH_SET_FS 0x1002 /* asm/prctl.h; FS belongs to libc, the kernel uses GS */

int __set_thread_area(void *p)
{
	return __syscall(SYS_arch_prctl, ARCH_SET_FS, p);
}

/*
 * The thread stands on the stack that it gives back: the kernel takes the mapping as exit's
 * second and third argument (0 otherwise) and unmaps it once the thread has left it.
 */
void __unmapself(void *base, size_t size)
{
	for (;;)
		__syscall(SYS_exit, 0, base, size);
}
