/* SPDX-License-Identifier: BSD-3-Clause */
/* Where things are in this boot, for whoever started it and asked. */

#include <uk/console.h>
#include <uk/heap.h>
#include <uk/image.h>
#include <uk/init.h>
#include <uk/log.h>
#include <uk/param.h>
#include <uk/vm.h>

#define LINE_MAX 256

/* The name is the compiler's. */
extern uintptr_t __stack_chk_guard;

static bool asked;
UK_PARAM_AS(BOOL, "boot.places", asked, asked, "print where canary, image, stacks, heap, mmap are");

static uintptr_t heap(void)
{
	void *ptr = CONFIG_USE_HEAP ? uk_heap_alloc(64) : NULL;

	if (ptr)
		uk_heap_free(ptr);
	return (uintptr_t)ptr;
}

static uintptr_t thread(void)
{
	void *stack = uk_vm_stack_alloc(UK_PAGE_SIZE);

	if (stack)
		uk_vm_stack_free(stack, UK_PAGE_SIZE);
	return (uintptr_t)stack;
}

/* Where nobody maps anything, vm has no code for it either. */
static uintptr_t map(void)
{
	intptr_t at = CONFIG_LIB_POSIX_MEM ? uk_vm_map(0, UK_PAGE_SIZE, UK_PROT_NONE, 0) : 0;

	if (at <= 0)
		return 0;
	uk_vm_unmap((uintptr_t)at, UK_PAGE_SIZE);
	return (uintptr_t)at;
}

static int print(void)
{
	char line[LINE_MAX];
	int n = 0;

	if (asked)
		n = uk_format(line, sizeof(line),
			      "places: canary 0x%lx image 0x%lx stack 0x%lx thread 0x%lx "
			      "heap 0x%lx mmap 0x%lx\n",
			      __stack_chk_guard, (uintptr_t)uk_image_text,
			      (uintptr_t)__builtin_frame_address(0), thread(), heap(), map());
	uk_console_write(line, UK_MIN((size_t)n, sizeof(line) - 1));
	return 0;
}

UK_INIT(APP, print);
