/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The platform wants the image to end: SIGTERM from the kernel. A handler or a signalfd takes it;
 * else the image ends with status 0, as soon as a thread leaves a call or waits.
 */

#include "signal.h"
#include <uk/boot.h>
#include <uk/init.h>

static void stop(void)
{
	uk_signal_send(UK_SIGTERM, UK_SI_KERNEL);
}

static int stop_init(void)
{
	uk_boot_on_stop(stop);
	return 0;
}
UK_INIT(SERVICE, stop_init);
