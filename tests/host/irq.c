/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts on the host: as if there were a controller, though none ever come. */

#include <uk/irq.h>

bool uk_irq_ready(void)
{
	return true;
}

bool uk_irq_in_handler(void)
{
	return false;
}
