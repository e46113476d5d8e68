/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stacks of threads. Some whose threads have ended are kept, with their guards, for the next ones:
 * mapping a stack costs a hundred times what the rest of a thread's life does. They are given back
 * when memory has run out for a thread, a mapping or malloc(). As on Linux with
 * glibc, what the last thread left on such a stack is still there, but for libc's own part.
 */

#include "pthread_impl.h"
#include "syscall.h"
#include <string.h>
#include <sys/mman.h>

#define KEPT    4
#define LARGEST (256u << 10) /* bytes: with KEPT the most that is held back */

hidden unsigned char *__uk_stack_get(size_t size, size_t guard, size_t clean);
hidden int __uk_stack_put(pthread_t t);
hidden int __uk_stack_drop(void);

extern int (*__uk_memory_back)(void);

/* What libc keeps of a thread lies at the top of its stack, and says which one that is. Whoever
 * finds `busy` set goes without: nobody waits here. */
static struct {
	volatile int busy;
	pthread_t of[KEPT];
} kept;

static pthread_t take(size_t size, size_t guard)
{
	pthread_t t = 0;

	if (a_swap(&kept.busy, 1))
		return 0;
	for (int i = 0; i < KEPT && !t; i++) {
		t = kept.of[i];
		if (t && (!size || (t->map_size == size && t->guard_size == guard)))
			kept.of[i] = 0;
		else
			t = 0;
	}
	a_store(&kept.busy, 0);
	return t;
}

/* Also by a detached thread that still stands on it, with the lock of the list of threads, which
 * the kernel opens when the thread has left: __tl_sync() waits for that. 0: not kept. */
int __uk_stack_put(pthread_t t)
{
	int i = 0;

	if (t->map_size > LARGEST || a_swap(&kept.busy, 1))
		return 0;
	while (i < KEPT && kept.of[i])
		i++;
	if (i < KEPT) {
		kept.of[i] = t;
		__uk_memory_back = __uk_stack_drop;
	}
	a_store(&kept.busy, 0);
	return i < KEPT;
}

static unsigned char *map(size_t size, size_t guard)
{
	unsigned char *at = __mmap(0, size, guard ? PROT_NONE : PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANON, -1, 0);

	if (at == MAP_FAILED)
		return 0;
	if (guard && __mprotect(at + guard, size - guard, PROT_READ | PROT_WRITE)) {
		__munmap(at, size);
		return 0;
	}
	return at;
}

/* Gives back all that is kept; 0: there was nothing. */
int __uk_stack_drop(void)
{
	int any = 0;
	pthread_t t;

	while ((t = take(0, 0))) {
		__tl_sync(t);
		__munmap(t->map_base, t->map_size);
		any = 1;
	}
	return any;
}

/* `size` bytes of which the lowest `guard` are not accessible and the highest `clean` are zero;
 * NULL: no memory. */
unsigned char *__uk_stack_get(size_t size, size_t guard, size_t clean)
{
	pthread_t t = take(size, guard);
	unsigned char *at;

	if (!t) {
		at = map(size, guard);
		return at || !__uk_stack_drop() ? at : map(size, guard);
	}
	__tl_sync(t);
	at = t->map_base;
	memset(at + size - clean, 0, clean);
	return at;
}

/*
 * The thread stands on the stack that it gives back: if it is not kept, the kernel takes the
 * mapping as exit's second and third argument (0 otherwise) and unmaps it once the thread has left
 * it.
 */
void __unmapself(void *base, size_t size)
{
	if (__uk_stack_put(__pthread_self()))
		size = 0;
	for (;;)
		__syscall(SYS_exit, 0, base, size);
}
