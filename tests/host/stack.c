/* SPDX-License-Identifier: BSD-3-Clause */
/* Stacks of threads on the host: plain memory, which ASan sees. */

#include <stdlib.h>
#include <uk/vm.h>

void *uk_vm_stack_alloc(size_t size)
{
	return aligned_alloc(UK_PAGE_SIZE, size);
}

void uk_vm_stack_free(void *stack, size_t size)
{
	(void)size;
	free(stack);
}
