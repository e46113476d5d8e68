/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Linux ABI, x86_64: processes, limits, names, futexes (include/uapi/linux/resource.h,
 * utsname.h, sysinfo.h, futex.h; arch/x86/include/uapi/asm/prctl.h).
 */

#include <stdint.h>

struct uk_rlimit {
	uint64_t rlim_cur;
	uint64_t rlim_max;
};

#define UK_RLIM_INFINITY (~0ull)
#define UK_RLIMIT_CPU    0
#define UK_RLIMIT_FSIZE  1
#define UK_RLIMIT_DATA   2
#define UK_RLIMIT_STACK  3
#define UK_RLIMIT_CORE   4
#define UK_RLIMIT_NPROC  6
#define UK_RLIMIT_NOFILE 7
#define UK_RLIMIT_AS     9
#define UK_RLIM_NLIMITS  16

struct uk_utsname {
	char sysname[65];
	char nodename[65];
	char release[65];
	char version[65];
	char machine[65];
	char domainname[65];
};

struct uk_sysinfo {
	int64_t uptime;    /* seconds */
	uint64_t loads[3]; /* fixed point, 1 << 16 */
	uint64_t totalram; /* in units of mem_unit bytes, as all that follow */
	uint64_t freeram;
	uint64_t sharedram;
	uint64_t bufferram;
	uint64_t totalswap;
	uint64_t freeswap;
	uint16_t procs;
	uint16_t pad;
	uint64_t totalhigh;
	uint64_t freehigh;
	uint32_t mem_unit;
};
_Static_assert(sizeof(struct uk_sysinfo) == 112, "struct sysinfo");

#define UK_ARCH_SET_GS 0x1001
#define UK_ARCH_SET_FS 0x1002
#define UK_ARCH_GET_FS 0x1003
#define UK_ARCH_GET_GS 0x1004

#define UK_FUTEX_WAIT           0
#define UK_FUTEX_WAKE           1
#define UK_FUTEX_REQUEUE        3
#define UK_FUTEX_CMP_REQUEUE    4
#define UK_FUTEX_WAKE_OP        5
#define UK_FUTEX_LOCK_PI        6
#define UK_FUTEX_UNLOCK_PI      7
#define UK_FUTEX_TRYLOCK_PI     8
#define UK_FUTEX_WAIT_BITSET    9
#define UK_FUTEX_WAKE_BITSET    10
#define UK_FUTEX_LOCK_PI2       13
#define UK_FUTEX_PRIVATE        128
#define UK_FUTEX_CLOCK_REALTIME 256
#define UK_FUTEX_BITSET_ANY     0xffffffffu

/* A word that says who has a lock: FUTEX_LOCK_PI, robust lists. */
#define UK_FUTEX_TID_MASK   0x3fffffff
#define UK_FUTEX_OWNER_DIED 0x40000000
#define UK_FUTEX_WAITERS    INT32_MIN

/* The third value of FUTEX_WAKE_OP: operation << 28 | comparison << 24 | 12 bits operand | 12 bits
 * to compare with, both signed; operation + 8: the operand is a shift. */
enum { UK_FUTEX_OP_SET, UK_FUTEX_OP_ADD, UK_FUTEX_OP_OR, UK_FUTEX_OP_ANDN, UK_FUTEX_OP_XOR };
#define UK_FUTEX_OP_OPARG_SHIFT 8
enum { UK_FUTEX_EQ, UK_FUTEX_NE, UK_FUTEX_LT, UK_FUTEX_LE, UK_FUTEX_GT, UK_FUTEX_GE };

/* What a thread leaves if it ends: a list of its locks, each `offset` bytes from its entry; the
 * one that it is about to take or to leave. */
struct uk_robust_list_head {
	uintptr_t first; /* each one's first word is the next one's address; the last's is this */
	int64_t offset;
	uintptr_t pending;
};
_Static_assert(sizeof(struct uk_robust_list_head) == 24, "struct robust_list_head");
#define UK_ROBUST_LIST_LIMIT 2048
#define UK_ROBUST_LIST_PI    1ul /* in an address: the lock is taken by FUTEX_LOCK_PI */

#define UK_CLONE_VM             0x00000100u
#define UK_CLONE_FS             0x00000200u
#define UK_CLONE_FILES          0x00000400u
#define UK_CLONE_SIGHAND        0x00000800u
#define UK_CLONE_THREAD         0x00010000u
#define UK_CLONE_SYSVSEM        0x00040000u
#define UK_CLONE_SETTLS         0x00080000u
#define UK_CLONE_PARENT_SETTID  0x00100000u
#define UK_CLONE_CHILD_CLEARTID 0x00200000u
#define UK_CLONE_DETACHED       0x00400000u
#define UK_CLONE_CHILD_SETTID   0x01000000u

#define UK_GRND_NONBLOCK 1
#define UK_GRND_RANDOM   2
#define UK_GRND_INSECURE 4
