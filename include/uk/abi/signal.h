/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Linux ABI, x86_64: signals (include/uapi/asm-generic/siginfo.h, signal-defs.h;
 * arch/x86/include/uapi/asm/signal.h, sigcontext.h, ucontext.h). A set of signals is 64 bits: bit
 * n - 1 is signal n.
 */

#include <stddef.h>
#include <stdint.h>

#define UK_NSIG       64
#define UK_SIGHUP     1
#define UK_SIGINT     2
#define UK_SIGQUIT    3
#define UK_SIGILL     4
#define UK_SIGTRAP    5
#define UK_SIGABRT    6
#define UK_SIGBUS     7
#define UK_SIGFPE     8
#define UK_SIGKILL    9
#define UK_SIGUSR1    10
#define UK_SIGSEGV    11
#define UK_SIGUSR2    12
#define UK_SIGPIPE    13
#define UK_SIGALRM    14
#define UK_SIGTERM    15
#define UK_SIGCHLD    17
#define UK_SIGCONT    18
#define UK_SIGSTOP    19
#define UK_SIGTSTP    20
#define UK_SIGTTIN    21
#define UK_SIGTTOU    22
#define UK_SIGURG     23
#define UK_SIGVTALRM  26
#define UK_SIGPROF    27
#define UK_SIGWINCH   28
#define UK_SIG_RT_MIN 32 /* from here on they queue; libc keeps three */

/* The kernel's structure, not libc's; sa_mask is 64 bits. */
struct uk_sigaction {
	uint64_t handler; /* 0: default, 1: ignore */
	uint64_t flags;
	uint64_t restorer;
	uint64_t mask;
};
#define UK_SIG_DFL 0
#define UK_SIG_IGN 1

#define UK_SA_SIGINFO   0x00000004ul
#define UK_SA_ONSTACK   0x08000000ul
#define UK_SA_RESTART   0x10000000ul
#define UK_SA_NODEFER   0x40000000ul
#define UK_SA_RESETHAND 0x80000000ul

#define UK_SIG_BLOCK   0
#define UK_SIG_UNBLOCK 1
#define UK_SIG_SETMASK 2

/* si_code; those of a signal's own are positive. */
#define UK_SI_USER     0
#define UK_SI_QUEUE    (-1)
#define UK_SI_TIMER    (-2)
#define UK_SI_TKILL    (-6)
#define UK_SI_KERNEL   0x80
#define UK_SEGV_MAPERR 1
#define UK_SEGV_ACCERR 2
#define UK_BUS_ADRALN  1
#define UK_BUS_ADRERR  2
#define UK_ILL_ILLOPN  2
#define UK_FPE_INTDIV  1
#define UK_FPE_FLTDIV  3
#define UK_FPE_FLTOVF  4
#define UK_FPE_FLTUND  5
#define UK_FPE_FLTRES  6
#define UK_FPE_FLTINV  7
#define UK_TRAP_BRKPT  1
#define UK_TRAP_TRACE  2

struct uk_siginfo {
	int32_t signo;
	int32_t err;
	int32_t code;
	int32_t pad;
	union {
		struct {
			int32_t pid;  /* of a timer: its number */
			uint32_t uid; /* of a timer: its overruns */
			uint64_t value;
		};
		uint64_t addr; /* of a trap */
	};
	char rest[96];
};
_Static_assert(sizeof(struct uk_siginfo) == 128, "siginfo_t");

struct uk_sigstack {
	uint64_t sp;
	int32_t flags;
	int32_t pad;
	uint64_t size;
};
#define UK_SS_ONSTACK    1
#define UK_SS_DISABLE    2
#define UK_SS_AUTODISARM (1u << 31)
#define UK_MINSIGSTKSZ   2048

/* What a handler finds as its third argument and may change. */
struct uk_ucontext {
	uint64_t flags;
	uint64_t link;
	struct uk_sigstack stack;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
	uint64_t selectors; /* cs, gs, fs, ss, 16 bits each */
	uint64_t err, trapno, oldmask, cr2;
	uint64_t fpstate; /* the address of fpregs */
	uint64_t reserved[8];
	uint64_t mask;             /* of signals */
	uint64_t mask_rest[15];    /* libc's set is longer */
	unsigned char fpregs[512]; /* as of FXSAVE */
};
_Static_assert(offsetof(struct uk_ucontext, rip) == 168, "REG_RIP is 16");
_Static_assert(offsetof(struct uk_ucontext, mask) == 296, "uc_sigmask");
_Static_assert(sizeof(struct uk_ucontext) == 936, "ucontext_t of libc");

struct uk_sigevent {
	uint64_t value;
	int32_t signo;
	int32_t notify;
	int32_t tid; /* of UK_SIGEV_THREAD_ID */
	char rest[44];
};
_Static_assert(sizeof(struct uk_sigevent) == 64, "struct sigevent");
#define UK_SIGEV_SIGNAL    0
#define UK_SIGEV_NONE      1
#define UK_SIGEV_THREAD    2
#define UK_SIGEV_THREAD_ID 4
