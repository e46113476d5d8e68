/* SPDX-License-Identifier: BSD-3-Clause */
/* Two contexts that hand over to each other. */

#include <uk/context.h>
#include <uk/cpu.h>
#include <uk/test.h>

static struct uk_context here, there;
static char stack[8192] uk_aligned(16);
static int steps[4];
static int n;

static void other(void *arg)
{
	for (;;) {
		steps[n++ & 3] = *(int *)arg;
		uk_context_switch(&there, &here);
	}
}

UK_TEST(context, switches_to_and_fro)
{
	static int value = 7;
	uk_irqflags_t flags = uk_cpu_irq_save();

	n = 0;
	uk_context_init(&there, stack + sizeof(stack), other, &value);
	uk_context_switch(&here, &there);
	UK_EXPECT_EQ(n, 1);
	UK_EXPECT_EQ(steps[0], 7);
	value = 8;
	uk_context_switch(&here, &there);
	uk_cpu_irq_restore(flags);
	UK_EXPECT_EQ(n, 2);
	UK_EXPECT_EQ(steps[1], 8);
}
