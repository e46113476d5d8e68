/* SPDX-License-Identifier: BSD-3-Clause */
/* From the beginning to the end, and what a panic tells. */

#include "internal.h"
#include <uk/init.h>
#include <uk/panic.h>
#include <uk/param.h>

/* The threads' library comes later; what is held until then is released before. */
static int begin(void)
{
	uk_store(&uk__lockcheck_on, true);
	return 0;
}

UK_INIT(EARLY, begin);

static void tell(void)
{
	struct uk__lockcheck_longest one = uk__lockcheck_longest;
	char off[UK_CALLERS_TEXT], on[UK_CALLERS_TEXT];

	if (one.cycles > 0)
		uk_callers_report("lock: interrupts were off for %llu cycles at most, from%s to%s",
				  (unsigned long long)one.cycles,
				  uk_callers_text(off, one.off.at, UK_LOCKCHECK_DEPTH),
				  uk_callers_text(on, one.on.at, UK_LOCKCHECK_DEPTH));
	if (uk_load(&uk__lockcheck_lost) > 0)
		uk_callers_report(
			"lock: %u times there was no room to check an order: LOCKCHECK_LOCKS",
			uk_load(&uk__lockcheck_lost));
}

UK_FINI(CORE, tell);

static void notes(const struct uk_trap_frame *frame)
{
	char callers[UK_CALLERS_TEXT];

	(void)frame;
	for (unsigned int i = 0; i < uk__lockcheck_nnotes; i++)
		uk_panic_say("%s at%s", uk__lockcheck_notes[i].what,
			     uk_callers_text(callers, uk__lockcheck_notes[i].site.at,
					     UK_LOCKCHECK_DEPTH));
}

UK_PANIC_NOTE(notes);

static bool deadlock = true;
UK_PARAM_BOOL(deadlock, deadlock, "panic where every thread of the application waits for another");

void uk_lockcheck_stuck(void)
{
	if (deadlock)
		uk_panic("deadlock: every thread of the application waits for another");
}
