/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much of stacks was used. Those of the kernel are filled with a mark at first; libc's come
 * cleared from mmap: what is deepest and neither is how far it went.
 */

#include "switch.h"
#include <uk/callers.h>
#include <uk/init.h>
#include <uk/mmu.h>
#include <uk/string.h>
#include <uk/vm.h>

#define KINDS 32u

static struct {
	struct uk_spinlock lock;
	struct kind {
		char name[UK_THREAD_NAME_MAX];
		size_t used, size;
		unsigned int threads;
	} kinds[KINDS];
	unsigned int count;
} deepest;

static struct {
	uintptr_t low, high;
} main_stack;

static bool is_there(uintptr_t at)
{
	uk_paddr_t pa;
	unsigned int prot;

	return uk_page_lookup(at, &pa, &prot) && (prot & UK_PROT_WRITE) && !(prot & UK_PROT_NONE);
}

static void fill(uintptr_t low, uintptr_t high)
{
	for (uintptr_t at = low; at < high; at += 8)
		*(volatile uint64_t *)at = UK__THREAD_STACK_MARK;
}

void uk__thread_stack_fill(struct uk_thread *thread)
{
	fill((uintptr_t)thread->stack, (uintptr_t)thread->stack + thread->stack_size);
}

/* Unmapped pages bound it. This function's own frame lies above what is filled. */
void uk__thread_stack_main(void)
{
	uintptr_t here = UK_ALIGN_DOWN((uintptr_t)__builtin_frame_address(0) - 512, 16);

	main_stack.low = UK_ALIGN_DOWN(here, UK_PAGE_SIZE);
	main_stack.high = main_stack.low + UK_PAGE_SIZE;
	while (is_there(main_stack.low - UK_PAGE_SIZE))
		main_stack.low -= UK_PAGE_SIZE;
	while (is_there(main_stack.high))
		main_stack.high += UK_PAGE_SIZE;
	fill(main_stack.low, here);
}

/* What was never populated was never used. */
static size_t used(uintptr_t low, uintptr_t high)
{
	uintptr_t at = low;

	while (at < high) {
		uint64_t word = 0;

		if (UK_IS_ALIGNED(at, UK_PAGE_SIZE) && !is_there(at)) {
			at += UK_PAGE_SIZE;
			continue;
		}
		word = *(volatile uint64_t *)at;
		if (word != 0 && word != UK__THREAD_STACK_MARK)
			break;
		at += 8;
	}
	return high - at;
}

/* The kind of that name; NULL: there are too many. Lock held. */
static struct kind *kind_of(const char *name)
{
	for (unsigned int i = 0; i < deepest.count; i++) {
		if (uk_str_eq(deepest.kinds[i].name, name))
			return &deepest.kinds[i];
	}
	if (deepest.count == KINDS)
		return NULL;
	uk_str_copy(deepest.kinds[deepest.count].name, name, UK_THREAD_NAME_MAX);
	return &deepest.kinds[deepest.count++];
}

static void record(const char *name, size_t bytes, size_t size)
{
	uk_irqflags_t flags = uk_spin_lock_irqsave(&deepest.lock);
	struct kind *kind = kind_of(name);

	if (kind) {
		kind->threads++;
		if (bytes >= kind->used) {
			kind->used = bytes;
			kind->size = size;
		}
	}
	uk_spin_unlock_irqrestore(&deepest.lock, flags);
}

/* sp: anywhere in its stack. False: it is one of libc's. */
static bool measure(struct uk_thread *thread, uintptr_t sp)
{
	if (thread->own_stack) {
		uintptr_t low = (uintptr_t)thread->stack;

		record(thread->name, used(low, low + thread->stack_size), thread->stack_size);
	} else if (sp >= main_stack.low && sp < main_stack.high) {
		record(thread->name, used(main_stack.low, main_stack.high),
		       main_stack.high - main_stack.low);
	} else {
		return false;
	}
	return true;
}

void uk__thread_stack_ends(void)
{
	struct uk_thread *self = uk_thread_self();
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
	struct uk_vm_info area;

	if (!measure(self, sp) && uk_vm_lookup(sp, &area))
		record(self->name, used(area.start, area.end), area.end - area.start);
}

/* Under the lock of the list of threads, which do not end meanwhile: no other lock that is taken
 * with interrupts on. */
static void living(struct uk_thread *thread, void *arg)
{
	bool self = thread == uk_thread_self();

	(void)arg;
	if (thread->state != UK_THREAD_DEAD)
		measure(thread, self ? (uintptr_t)__builtin_frame_address(0)
				     : (uintptr_t)thread->context.sp);
}

void uk_thread_report_stacks(void)
{
	uk_thread_foreach(living, NULL);
	for (unsigned int i = 0; i < deepest.count; i++) {
		const struct kind *kind = &deepest.kinds[i];

		uk_callers_report("stack: %s: %zu of %zu bytes at most, %u thread%s", kind->name,
				  kind->used, kind->size, kind->threads,
				  kind->threads == 1 ? "" : "s");
	}
}

UK_FINI(CORE, uk_thread_report_stacks);
