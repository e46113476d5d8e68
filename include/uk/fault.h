/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Memory on demand (option VM_DEMAND): pages come when they are touched. Contract between arch,
 * which takes the fault, lib/vm, which has the page, and file systems, which may own it.
 *
 * A fault is a system call that the thread did not know of: arch leaves the exception's stack for
 * the one that the thread makes its calls on, lets interrupts on again if they were on, and asks
 * uk_vm_fault(). There the thread may be preempted and may wait.
 *
 * It is resolved only where all of this holds:
 * - the address is the application's (the lower half);
 * - no spinlock is held and preemption is not disabled;
 * - interrupts were on, or the code ran on a stack of the application's: it is no interrupt handler
 *   and no section of the kernel's that must not be left.
 * Anywhere else it is what it is without this option; in <uk/uaccess.h> the copy ends short, and
 * who holds the lock gives it back, calls uk_uaccess_populate() and begins again.
 *
 * So that the kernel itself never runs on memory that is not there: FULL system calls run on a
 * stack of the thread's own that is (uk_context.calls), and so does a thread that is preempted.
 */

#include <stdbool.h>
#include <uk/defs.h>

struct uk_trap_frame;

/*
 * The page of `address` is to be read, written or executed (one of UK_PROT_READ, WRITE, EXEC). 0:
 * try again. -EFAULT: nothing is there; -EACCES: not for this; -ENOMEM: no frame for it; -EIO: it
 * is behind the end of the file that is mapped there. Thread context, also on an exception of an
 * application with interrupts off; no spinlock held. Implemented by lib/vm.
 */
int uk_vm_fault(uintptr_t address, unsigned int access);

/*
 * The same for [at, at + len) before it is used, so that it is there where a fault could not be
 * resolved: it may go again, if another thread gives it back. 0 or as above.
 */
int uk_vm_touch(uintptr_t at, size_t len, unsigned int access);

/* Nobody can do anything about -ENOMEM or -EIO: says who holds the memory, and ends. */
uk_noreturn void uk_vm_fault_end(const struct uk_trap_frame *frame, int err);

/*
 * Where the pages of an area come from. get() and put() are there always; the others may be NULL.
 */
struct uk_vm_ops {
	/* A frame with the content of the page at `offset` of the object. 0 or -Exxx (-EIO: there
	 * is none). Thread context; no lock is held. */
	int (*get)(void *object, uint64_t offset, uk_paddr_t *pa);
	/* It is not mapped any more. Must not call back into vm; a lock is held. */
	void (*put)(void *object, uint64_t offset, uk_paddr_t pa);
	/* Where get() takes no reference: it is about to be mapped. False: not any more, look anew.
	 * Must not call back into vm; a lock is held. */
	bool (*enter)(void *object, uint64_t offset, uk_paddr_t pa);
	/* One more, one less area refers to the object; as for put(), but no lock is held where it
	 * may be the last one: to free much takes long. Many CPUs at once. */
	void (*hold)(void *object);
	void (*drop)(void *object);
};

/* A file that is to be mapped, as who has its pages is asked. */
struct uk_vm_source {
	bool writes;    /* in: what is written reaches the file; a later mprotect() may allow it */
	bool now;       /* in: it is writable at once */
	bool read_only; /* out: it must never become writable */
	const struct uk_vm_ops *ops; /* out, with the object, for which hold() was called: the */
	void *object; /* caller calls drop() when an area refers to it, or none will */
};

/*
 * What is mapped of `object` from `from` (whole pages) on goes: touching it asks get() again.
 * Thread context, no lock held; called when the object has become shorter, so that enter() refuses
 * these pages, and before they are given back; it does not grow meanwhile. vm's lock is given up in
 * between.
 */
void uk_vm_revoke(const void *object, uint64_t from);

/*
 * With THREAD_INTERRUPT: whether this thread is in a call, where no signal's handler takes its
 * place; returns what it was. Where that ends, what has come meanwhile is seen to. Interrupts off;
 * implemented by lib/thread.
 */
bool uk_thread_inside(bool now);

/* Name and number of the running thread, for a report. Any context; implemented by lib/thread. */
const char *uk_thread_who(unsigned int *id);

/* With LIB_SMP: answers what other CPUs want of this one, for who waits for them with interrupts
 * off. Any context; implemented by lib/smp. */
void uk_smp_serve(void);
