/* SPDX-License-Identifier: BSD-3-Clause */
/* The end of the other CPUs: at an orderly shutdown when they can, in a panic at once. */

#include "smp.h"

#include <uk/clock.h>
#include <uk/init.h>
#include <uk/preempt.h>
#include <uk/trap.h>

#define PATIENCE      (100 * UK_NSEC_PER_MSEC)
#define PATIENCE_SPIN 1000000u /* in a panic nothing is believed, no clock either */

static uint32_t halting; /* the CPU that goes on, + 1 */

static uk_noreturn void stop_here(void)
{
	uk_store(&uk__smp_cpus[uk_cpu_id()].running, 0u);
	uk_cpu_stop();
}

/* Not in the middle of something: what follows may need a lock that is held there. */
static void stop(void *unused)
{
	(void)unused;
	if (uk_preempt_depth() == 0)
		stop_here();
}

void uk_smp_nmi(void)
{
	uint32_t winner = uk_load(&halting);

	if (winner && winner != uk_cpu_id() + 1)
		stop_here();
}

static bool any_other(void)
{
	for (unsigned int i = 0; i < UK_CPUS_MAX; i++)
		if (i != uk_cpu_id() && uk__smp_is_running(i))
			return true;
	return false;
}

void uk_smp_halt_others(void)
{
	uint32_t nobody = 0;

	if (!any_other() || !uk_compare_exchange(&halting, &nobody, uk_cpu_id() + 1))
		return;
	for (unsigned int i = 0; i < UK_CPUS_MAX; i++)
		if (i != uk_cpu_id() && uk__smp_is_running(i))
			uk__smp_chip->nmi(uk__smp_cpus[i].hardware);
	for (unsigned int i = 0; i < PATIENCE_SPIN && any_other(); i++)
		uk_cpu_relax();
}

/* Asks those that have answered what they were asked before. */
static void ask(struct uk_smp_request requests[UK_CPUS_MAX])
{
	for (unsigned int i = 0; i < UK_CPUS_MAX; i++) {
		/* Acquire: pairs with the release in uk_smp_serve(). */
		if (requests[i].fn && !uk_load_acquire(&requests[i].done))
			continue;
		requests[i].fn = stop;
		(void)uk_smp_post(i, &requests[i]);
	}
}

/* Between two instructions that hold no lock, unless one takes too long. This thread stays where it
 * is from here on. */
static void smp_fini(void)
{
	static struct uk_smp_request requests[UK_CPUS_MAX];
	uk_nsec_t end = uk_clock_now() + (uk_nsec_t)PATIENCE;

	uk_preempt_disable();
	do {
		ask(requests);
		uk_cpu_relax();
	} while (any_other() && uk_clock_now() < end);
	uk_smp_halt_others();
	uk_preempt_enable();
}
UK_FINI(CORE, smp_fini);
