/* SPDX-License-Identifier: BSD-3-Clause */
/* Faults of data accesses. All through volatile pointers: the compiler must not reason. */

#include "faults.h"

#include <uk/image.h>
#include <uk/mmu.h>

/* The accesses are in the named functions themselves. */
#define POKE(address) (*(volatile char *)(address) = 1)

#define GUARD 0x10000ul /* below each stack of the image */

static volatile uintptr_t null;
static volatile int more = 1;

void null_read(void)
{
	(void)*(volatile char *)null;
}

void null_write(void)
{
	POKE(null);
}

void low_write(void)
{
	POKE(null + 0xfff0);
}

void text_write(void)
{
	POKE((uintptr_t)text_write);
}

/* The same frame by its physical address: the direct map must not have it. */
void text_alias_write(void)
{
	POKE((uintptr_t)text_alias_write - UK_IMAGE_BASE + UK_DIRECTMAP_BASE);
}

void rodata_write(void)
{
	POKE((uintptr_t)uk_image_rodata);
}

/* No canonical address (Intel SDM volume 1, 3.3.7.1). */
void general_protection(void)
{
	POKE(null + 0x1234000000000000ul);
}

void stack_overflow(void)
{
	volatile char frame[512] uk_unused;

	frame[0] = 1;
	if (more)
		stack_overflow();
	frame[1] = 1;
}

/* The stack that a page fault is delivered on goes away: delivering one faults again. It lies
 * behind a guard, main's stack and another guard (plat/kvm/x86_64/stacks.h). */
void double_fault(void)
{
	uintptr_t stack = (uintptr_t)uk_image_end + CONFIG_BOOT_STACK_KIB * 1024ul + 2 * GUARD;

	uk_page_unmap(stack, CONFIG_FAULT_STACK_KIB * 1024ul);
	POKE(null);
}
