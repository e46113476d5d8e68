/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads of the application: a kernel thread each, on the stack that libc brings.
 */

#include "futex.h"
#include "proc.h"
#include <uk/atomic.h>
#include <uk/errno.h>
#include <uk/heap.h>
#include <uk/list.h>
#include <uk/signal.h>
#include <uk/spinlock.h>
#include <uk/syscall.h>
#include <uk/thread.h>
#include <uk/uaccess.h>
#include <uk/vm.h>

/* What makes a thread and not a process; and what is always the case here. */
#define NEEDED (UK_CLONE_VM | UK_CLONE_SIGHAND | UK_CLONE_THREAD)
#define ALLOWED \
	(NEEDED | UK_CLONE_FS | UK_CLONE_FILES | UK_CLONE_SYSVSEM | UK_CLONE_DETACHED | \
	 UK_CLONE_SETTLS | UK_CLONE_PARENT_SETTID | UK_CLONE_CHILD_SETTID | \
	 UK_CLONE_CHILD_CLEARTID)

/* Of a new thread's stack: what its start takes, and what is brought before it takes a lock. */
#define STACK_FIRST (512 + UK_STACK_LOCKED)

long uk_sys_exit(UK_SYS_PROTO);

struct start {
	struct uk_proc_thread proc; /* first: owner_data */
	int (*fn)(void *);
	void *arg;
	struct start *next; /* among the dead */
	struct uk_signal_thread signals[CONFIG_LIB_POSIX_SIGNAL];
};

static uint32_t last_tid = 1;
static uint32_t live = 1;  /* threads that have not ended */
static uint32_t gone_ones; /* LOCKCHECK: and are done with waking others */
static uint32_t made = 1;  /* LOCKCHECK: threads ever */

/* Threads that are gone and whose stacks and structures wait to be freed by another one. */
static struct {
	struct uk_spinlock lock;
	struct start *first;
} dead;

static void bury(void)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&dead.lock);
	struct start *s = dead.first;

	dead.first = NULL;
	uk_spin_unlock_irqrestore(&dead.lock, flags);
	while (s) {
		struct start *next = s->next;

		if (s->proc.unmap)
			uk_vm_unmap((uintptr_t)s->proc.unmap, s->proc.unmap_len);
		uk_heap_free(s);
		s = next;
	}
}

unsigned int uk__posix_proc_alive(void)
{
	return uk_load(&made) - uk_load(&gone_ones);
}

/* Who is left may wait for it in vain. */
static void count_gone(void)
{
	uk_fetch_add(&gone_ones, 1);
	uk__posix_proc_futex_check_stuck();
}

/* The thread has left its stack: now its joiner may take it. Interrupts off, on another stack. */
static void gone(void *arg)
{
	struct uk_proc_thread *proc = arg;
	int32_t *word = proc->clear_child_tid;
	int32_t zero = 0;

	if (word) {
		/* Also where nobody can be told by the word: who waits looks at it. */
		(void)uk_uaccess_write(word, &zero, sizeof(zero));
		uk__posix_proc_futex_wake(word, 1, UK_FUTEX_BITSET_ANY);
	}
	if (CONFIG_LOCKCHECK)
		count_gone();
	if (proc->tid == 1)
		return;

	struct start *s = UK_CONTAINER_OF(proc, struct start, proc);
	uk_irqflags_t flags = uk_spin_lock_irqsave(&dead.lock);

	s->next = dead.first;
	dead.first = s;
	uk_spin_unlock_irqrestore(&dead.lock, flags);
}

bool uk__posix_proc_thread_exit(void *unmap, size_t unmap_len)
{
	struct uk_proc_thread *self = uk__posix_proc_self();

	bury();
	uk__posix_proc_robust_exit();
	if (CONFIG_POSIX_PROC_FUTEX_PI)
		uk__posix_proc_futex_exit();
	if (uk_fetch_sub(&live, 1) == 1)
		return false;
	if (CONFIG_LIB_POSIX_SIGNAL)
		uk_signal_thread_end();
	/* gone() cannot wait for it. */
	if (CONFIG_VM_DEMAND && self->clear_child_tid)
		(void)uk_uaccess_populate(self->clear_child_tid, sizeof(int32_t), true);
	self->unmap = unmap;
	self->unmap_len = unmap_len;
	uk_thread_on_gone(gone, self);
	uk_thread_exit();
}

/* What libc starts its threads with carries no type that kCFI could check. */
#if CONFIG_KCFI && defined(__clang__)
#define CALLS_LIBC __attribute__((no_sanitize("kcfi")))
#else
#define CALLS_LIBC
#endif

static CALLS_LIBC void run(void *arg)
{
	struct start *s = arg;
	int status;

	if (CONFIG_LIB_POSIX_SIGNAL) {
		uk_signal_thread_run(s->signals);
		/* What was sent to it already comes before its first instruction. */
		(void)uk_signal_exit(0);
	}
	status = s->fn(s->arg);
	/* On the stack for calls: it takes locks. */
	if (CONFIG_VM_DEMAND)
		(void)uk_sys_exit(status, 0, 0, 0, 0, 0);
	(void)status; /* libc keeps what its threads return */
	(void)uk__posix_proc_thread_exit(NULL, 0);
}

/* Word by word because a caller of clone() may name any of the three. */
static int announce(struct start *s, uint32_t flags, int32_t *ptid, int32_t *ctid)
{
	int32_t tid = s->proc.tid;

	if (flags & UK_CLONE_CHILD_CLEARTID)
		s->proc.clear_child_tid = ctid;
	if ((flags & UK_CLONE_PARENT_SETTID) && uk_uaccess_write(ptid, &tid, sizeof(tid)))
		return -EFAULT;
	if ((flags & UK_CLONE_CHILD_SETTID) && uk_uaccess_write(ctid, &tid, sizeof(tid)))
		return -EFAULT;
	return 0;
}

static long start_thread(struct start *s, void *stack, uint32_t flags, void *tls)
{
	struct uk_thread_attr attr = {
		.name = "app",
		.stack_top = stack,
		.tls = flags & UK_CLONE_SETTLS ? tls : uk_cpu_tls(),
		.owner_data = &s->proc,
		.detached = true,
	};
	long tid = s->proc.tid;
	int err;

	if (CONFIG_LIB_POSIX_SIGNAL)
		uk_signal_thread_add(s->signals, s->proc.tid);
	uk_fetch_add(&live, 1);
	if (CONFIG_LOCKCHECK)
		uk_fetch_add(&made, 1);
	err = uk_thread_create(&attr, run, s, NULL);
	if (err) {
		uk_fetch_sub(&live, 1);
		if (CONFIG_LOCKCHECK)
			uk_fetch_sub(&made, 1);
		if (CONFIG_LIB_POSIX_SIGNAL)
			uk_signal_thread_remove(s->signals);
	}
	return err ? err : tid;
}

/* The sixth argument is ours: the function to call with the word at `stack` (ports/musl). */
UK_SYSCALL_FULL6(clone, uint32_t, flags, void **, stack, int32_t *, ptid, int32_t *, ctid, void *,
		 tls, void *, fn)
{
	struct start *s;
	long tid;

	if ((flags & NEEDED) != NEEDED || (flags & ~(uint32_t)ALLOWED) || !fn)
		return -ENOSYS;
	bury();
	s = uk_heap_zalloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->proc.tid = (int32_t)(uk_fetch_add(&last_tid, 1) + 1);
	s->proc.blocked = uk__posix_proc_self()->blocked;
	s->fn = (int (*)(void *))fn;
	tid = uk_uaccess_read(&s->arg, stack, sizeof(s->arg));
	/* In one go: each page that came by a fault would cost an exception. */
	if (CONFIG_VM_DEMAND && tid == 0)
		(void)uk_uaccess_populate((char *)stack - STACK_FIRST, STACK_FIRST, true);
	if (tid == 0)
		tid = announce(s, flags, ptid, ctid);
	if (tid == 0)
		tid = start_thread(s, stack, flags, tls);
	if (tid < 0)
		uk_heap_free(s);
	return tid;
}
