/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The report. Others go on meanwhile, so that its figures need not be of one moment.
 */

#include <uk/clock.h>
#include <uk/frames.h>
#include <uk/log.h>
#include <uk/meminfo.h>

#define PAUSE (10 * UK_NSEC_PER_SEC) /* between two reports */

/* Of pages. */
static size_t kib(uint64_t pages)
{
	return pages * (UK_PAGE_SIZE >> 10);
}

/* It is time for the next one, which this caller writes. */
static bool is_due(void)
{
	static uk_nsec_t next;
	uk_nsec_t now = uk_clock_now(), due = uk_load(&next);

	return now >= due && uk_compare_exchange(&next, &due, now + PAUSE);
}

static size_t tell(const struct uk_holder *holder)
{
	size_t pages = uk_load(holder->pages);
	size_t idle = pages && holder->idle ? holder->idle() : 0;

	if (idle)
		uk_warn("%zu KiB: %s, %zu of these unused", kib(pages), holder->name, idle >> 10);
	else if (pages)
		uk_warn("%zu KiB: %s", kib(pages), holder->name);
	return pages;
}

void uk_meminfo_report(const char *library, size_t bytes)
{
	struct uk_frames_stats stats;

	uk_frames_stats(&stats);
	if (bytes / UK_PAGE_SIZE > stats.total || !is_due())
		return;

	uint64_t unused = stats.total - stats.opened + stats.free;
	uint64_t known = unused;

	uk_warn("out of memory: %s wants %zu bytes; %zu KiB in all, %zu free", library, bytes,
		kib(stats.total), kib(unused));
	UK_TABLE_FOREACH(struct uk_holder, holder, holder)
		known += tell(holder);
	if (known < stats.total)
		uk_warn("%zu KiB: others", kib(stats.total - known));
}
