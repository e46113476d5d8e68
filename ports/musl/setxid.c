/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Changing user and group ids. Linux keeps them per thread, so musl interrupts all threads; the
 * kernel here keeps one set for all. The numbers are spelt out: each call folds.
 */

#include "libc.h"
#include "syscall.h"
#include <unistd.h>

static long set_ids(int nr, int id, int eid, int sid)
{
	switch (nr) {
	case SYS_setuid: return __syscall(SYS_setuid, id);
	case SYS_setgid: return __syscall(SYS_setgid, id);
	case SYS_setreuid: return __syscall(SYS_setreuid, id, eid);
	case SYS_setregid: return __syscall(SYS_setregid, id, eid);
	case SYS_setresuid: return __syscall(SYS_setresuid, id, eid, sid);
	case SYS_setresgid: return __syscall(SYS_setresgid, id, eid, sid);
	}
	return -ENOSYS;
}

int __setxid(int nr, int id, int eid, int sid)
{
	return __syscall_ret(set_ids(nr, id, eid, sid));
}
