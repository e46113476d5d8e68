/* SPDX-License-Identifier: BSD-3-Clause */
/* Signals from instructions, contexts that handlers see and change, alternate stacks. */

#include "t.h"
#include <setjmp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>

/* faults.S */
struct registers {
	long rax, rbx, r8, r15, xmm3[2];
};
void fault_vector(void);
void fault_invalid(void);
void fault_breakpoint(void);
void fault_float(void);
void float_reset(void);
void float_disturb(void);
void fault_load(struct registers *registers);

static sigjmp_buf back;
static volatile int signo, code;
static void *volatile address;
static volatile long ip;

static void jump(int sig, siginfo_t *info, void *context)
{
	signo = sig;
	code = info->si_code;
	address = info->si_addr;
	ip = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
	siglongjmp(back, 1);
}

static void install(int sig, void (*fn)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | flags };

	action.sa_sigaction = fn;
	CHECK(sigaction(sig, &action, NULL) == 0);
}

static void segv(void)
{
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigset_t set;

	install(SIGSEGV, jump, 0);
	if (sigsetjmp(back, 1) == 0)
		*(volatile int *)24 = 1;
	CHECK(signo == SIGSEGV && address == (void *)24 && code == SEGV_MAPERR);
	CHECK(pthread_sigmask(SIG_BLOCK, NULL, &set) == 0 && !sigismember(&set, SIGSEGV));
	if (sigsetjmp(back, 1) == 0)
		page[5] = 1;
	CHECK(address == page + 5 && code == SEGV_ACCERR);
	address = NULL;
	if (sigsetjmp(back, 1) == 0)
		((void (*)(void))(page + 16))();
	CHECK(address == page + 16 && ip == (long)page + 16);
	munmap(page, 4096);
}

static void others(void)
{
	volatile int zero = 0;

	install(SIGFPE, jump, 0);
	install(SIGILL, jump, 0);
	install(SIGTRAP, jump, 0);
	if (sigsetjmp(back, 1) == 0)
		zero = 7 / zero;
	CHECK(signo == SIGFPE && code == FPE_INTDIV);
	if (sigsetjmp(back, 1) == 0)
		fault_invalid();
	CHECK(signo == SIGILL && code == ILL_ILLOPN);
	if (sigsetjmp(back, 1) == 0)
		fault_breakpoint();
	CHECK(signo == SIGTRAP);
	if (sigsetjmp(back, 1) == 0)
		*(volatile int *)0x8000000000000000 = 1;
	CHECK(signo == SIGSEGV);
	install(SIGFPE, jump, 0);
	/* x87: QEMU's TCG does not trap on SSE. */
	if (sigsetjmp(back, 1) == 0)
		fault_float();
	float_reset();
	CHECK(signo == SIGFPE && code == FPE_FLTDIV);
}

void no_vectors(void)
{
	install(SIGILL, jump, 0);
	signo = 0;
	if (sigsetjmp(back, 1) == 0)
		fault_vector();
	CHECK(signo == SIGILL);
	signal(SIGILL, SIG_DFL);
}

void test_traps(void)
{
	segv();
	others();
	signal(SIGSEGV, SIG_DFL);
	signal(SIGFPE, SIG_DFL);
	signal(SIGILL, SIG_DFL);
	signal(SIGTRAP, SIG_DFL);
}

static int good;

/* The instruction reads through %rax again, which is an address now. */
static void mend(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)info;
	got += sig == SIGSEGV;
	uc->uc_mcontext.gregs[REG_RAX] = (long)&good;
	uc->uc_mcontext.gregs[REG_R15] = 77;
	float_disturb();
}

static void *wait_mask;

static void unmask(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	sigdelset(&((ucontext_t *)context)->uc_sigmask, SIGUSR2);
	wait_mask = context;
}

static volatile int depth;

static void nests(int sig, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	if (++depth < 3)
		raise(sig);
	got++;
}

/* All registers come back, but for those that a handler changes. */
void test_contexts(void)
{
	struct registers r = { .rax = 16, .rbx = 1, .r8 = 2, .r15 = 3, .xmm3 = { 1ul << 62, -5 } };

	good = 4711;
	got = 0;
	install(SIGSEGV, mend, 0);
	fault_load(&r);
	CHECK(got == 1 && r.rax == 4711 && r.r8 == 2 && r.r15 == 77);
	CHECK(r.rbx == 0); /* it was 1, less the carry */
	CHECK(r.xmm3[0] == 1l << 62 && r.xmm3[1] == -5);
	signal(SIGSEGV, SIG_DFL);
	install(SIGUSR1, unmask, 0);
	counting(SIGUSR2, 0);
	mask(SIG_BLOCK, SIGUSR2);
	CHECK(raise(SIGUSR2) == 0 && got == 0);
	CHECK(raise(SIGUSR1) == 0 && wait_mask && got == 1);
	got = 0;
	install(SIGUSR2, nests, SA_NODEFER);
	CHECK(raise(SIGUSR2) == 0 && got == 3);
}

static char *stack;
static volatile int on_it, says_so;

static void where(int sig, siginfo_t *info, void *context)
{
	stack_t now;
	char here;

	(void)sig;
	(void)info;
	(void)context;
	on_it = &here > stack && &here < stack + 65536;
	says_so = sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_ONSTACK);
	if (sig == SIGSEGV)
		siglongjmp(back, 1);
}

static int fall(volatile char *above)
{
	volatile char here[512];

	here[0] = *above;
	return here[0] == 0 ? 0 : fall(here) + here[0];
}

static void *falls(void *arg)
{
	stack_t alt = { .ss_sp = stack, .ss_size = 65536 };
	volatile char bottom = 1;

	CHECK(sigaltstack(&alt, NULL) == 0);
	on_it = 0;
	if (sigsetjmp(back, 1) == 0)
		fall(&bottom);
	CHECK(on_it && says_so);
	return arg;
}

#define SMALL 2304 /* one frame, a handler, and no second frame */

static volatile int second;

static void then(int sig)
{
	(void)sig;
	second = 1;
}

/* Computes until the other one has come, or long enough. */
static void first(int sig)
{
	(void)sig;
	for (volatile unsigned int i = 0; i < 20000000 && !second; i = i + 1)
		continue;
}

/* What lies below a small stack is somebody else's: a handler that finds no room there waits until
 * the first one has ended. Linux ends the program. */
static void nested(void)
{
	struct sigaction action = { .sa_flags = SA_ONSTACK, .sa_handler = first };
	struct itimerval soon = { .it_value = { 0, 5000 } };
	char *memory = malloc(4096 + SMALL);
	size_t same = 0;

	if (getpid() != 1 || !CHECK(memory)) {
		free(memory);
		return;
	}
	memset(memory, 0x5a, 4096 + SMALL);
	CHECK(sigaltstack(&(stack_t){ .ss_sp = memory + 4096, .ss_size = SMALL }, NULL) == 0);
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	action.sa_handler = then;
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	raise(SIGUSR1);
	CHECK(second == 1);
	while (same < 4096 && memory[same] == 0x5a)
		same++;
	CHECK(same == 4096);
	CHECK(sigaltstack(&(stack_t){ .ss_flags = SS_DISABLE }, NULL) == 0);
	signal(SIGUSR1, SIG_DFL);
	signal(SIGALRM, SIG_DFL);
	free(memory);
}

void test_stacks(void)
{
	stack_t alt = { .ss_size = 65536 }, old;

	stack = alt.ss_sp = malloc(65536);
	CHECK(sigaltstack(NULL, &old) == 0 && (old.ss_flags & SS_DISABLE));
	FAILS(sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = 100 }, NULL), ENOMEM);
	CHECK(sigaltstack(&alt, NULL) == 0);
	install(SIGUSR1, where, SA_ONSTACK);
	CHECK(raise(SIGUSR1) == 0 && on_it && says_so);
	install(SIGUSR1, where, 0);
	CHECK(raise(SIGUSR1) == 0 && !on_it && !says_so);
	CHECK(sigaltstack(NULL, &old) == 0 && old.ss_sp == stack && old.ss_flags == 0);
	CHECK(sigaltstack(&(stack_t){ .ss_flags = SS_DISABLE }, NULL) == 0);
	/* An overflow of a thread's stack is seen on another one. */
	install(SIGSEGV, where, SA_ONSTACK);
	CHECK(pthread_join(started(falls, NULL), NULL) == 0);
	signal(SIGSEGV, SIG_DFL);
	free(stack);
	nested();
}
