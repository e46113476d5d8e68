/* SPDX-License-Identifier: BSD-3-Clause */
/* How the program ends by a signal, by name. Those that come back did not end it. */

#include "t.h"
#include <stdlib.h>

void fault_invalid(void); /* faults.S */

static void segv(void)
{
	*(volatile int *)8 = 1;
}

static void fpe(void)
{
	volatile int zero = 0;

	zero = 7 / zero;
}

/* One that a trap raises is not put off. */
static void blocked(void)
{
	mask(SIG_BLOCK, SIGSEGV);
	segv();
}

static __attribute__((noinline)) int fall(volatile int *above)
{
	volatile int here[64] = { *above };

	return here[0] == 0 ? 0 : here[0] + fall(here);
}

/* The handler has no stack either. */
static void overflow(void)
{
	volatile int bottom = 1;

	counting(SIGSEGV, 0);
	fall(&bottom);
}

#define SMALL 2304 /* one frame, a handler, and no second frame */

static void raise_another(int sig)
{
	(void)sig;
	raise(SIGUSR2);
}

/* The end of a call finds no room for a second frame on an alternate stack. */
static void small(void)
{
	struct sigaction action = { .sa_flags = SA_ONSTACK, .sa_handler = raise_another };
	stack_t alt = { .ss_sp = malloc(SMALL), .ss_size = SMALL };

	counting(SIGUSR2, 0);
	CHECK(sigaltstack(&alt, NULL) == 0);
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	raise(SIGUSR1);
}

/* It makes no call that a signal could end. */
static void loop(void)
{
	alarm(1);
	while (!got)
		continue;
}

bool end_by(const char *name)
{
	static const struct {
		const char *name;
		void (*fn)(void);
	} ways[] = {
		{ "segv", segv },       { "ill", fault_invalid }, { "fpe", fpe },
		{ "blocked", blocked }, { "overflow", overflow }, { "loop", loop },
		{ "small", small },
	};

	for (unsigned int i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(name, ways[i].name) == 0) {
			ways[i].fn();
			return true;
		}
	}
	return false;
}
