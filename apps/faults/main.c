/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * faults NAME: do what NAME says. faults ticking NAME: the same with a timer running.
 * faults exit N: return N from main. faults exit-on-data: a thread exits whose stack is in the
 * image's data. faults depths: threads use their stacks. faults list: the names.
 */

#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	void (*fn)(void);
} faults[] = {
	{ "null-read", null_read },
	{ "null-write", null_write },
	{ "low-write", low_write },
	{ "text-write", text_write },
	{ "text-alias-write", text_alias_write },
	{ "rodata-write", rodata_write },
	{ "general-protection", general_protection },
	{ "stack-overflow", stack_overflow },
	{ "thread-stack-overflow", thread_stack_overflow },
	{ "pthread-stack-overflow", pthread_stack_overflow },
	{ "double-fault", double_fault },
	{ "data-jump", data_jump },
	{ "stack-jump", stack_jump },
	{ "null-jump", null_jump },
	{ "div-zero", div_zero },
	{ "bad-opcode", bad_opcode },
	{ "smash-stack", smash_stack },
	{ "assert", assert_false },
	{ "heap-double-free", heap_double_free },
	{ "heap-overflow", heap_overflow },
	{ "heap-realloc-overflow", heap_realloc_overflow },
	{ "heap-foreign-free", heap_foreign_free },
	{ "heap-inner-free", heap_inner_free },
	{ "heap-misaligned-free", heap_misaligned_free },
	{ "heap-write-after-free", heap_write_after_free },
	{ "heap-use-after-free", heap_use_after_free },
	{ "heap-late-write", heap_late_write },
	{ "heap-underflow", heap_underflow },
	{ "heap-leak", heap_leak },
	{ "lock-order", lock_order },
	{ "lock-again", lock_again },
	{ "lock-not-mine", lock_not_mine },
	{ "lock-sleep", lock_sleep },
	{ "lock-irq-sleep", lock_irq_sleep },
	{ "lock-irq-open", lock_irq_open },
	{ "lock-irqs-off", lock_irqs_off },
	{ "deadlock", deadlock },
	{ "abort", abort },
};

#define COUNT (sizeof(faults) / sizeof(faults[0]))

static int list(void)
{
	for (size_t i = 0; i < COUNT; i++)
		puts(faults[i].name);
	return 0;
}

static int run(const char *name)
{
	for (size_t i = 0; i < COUNT; i++) {
		if (strcmp(faults[i].name, name) == 0) {
			faults[i].fn();
			printf("faults: %s did not fault\n", name);
			return 1;
		}
	}
	printf("faults: there is no %s\n", name);
	return 2;
}

int main(int argc, char **argv)
{
	if (argc >= 3 && strcmp(argv[1], "ticking") == 0) {
		ticking_start();
		return run(argv[2]);
	}
	if (argc >= 3 && strcmp(argv[1], "exit") == 0)
		return atoi(argv[2]);
	if (argc >= 2 && strcmp(argv[1], "depths") == 0)
		return stack_depths();
	if (argc >= 2 && strcmp(argv[1], "exit-on-data") == 0)
		return exit_on_data();
	if (argc < 2 || strcmp(argv[1], "list") == 0)
		return list();
	return run(argv[1]);
}
