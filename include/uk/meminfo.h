/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Who holds the machine's memory: told when it runs out (LIB_MEMINFO). Without that option none of
 * this costs anything.
 *
 * Whoever takes frames from <uk/frames.h> is a holder, counts what it has, and says its name:
 *
 *	static size_t held;
 *	UK_HOLDER(held, "ramfs", NULL);
 *	... uk_holder_take(&held, 1); ... uk_holder_give(&held, 1);
 *
 * Whoever answers somebody's wish with "no memory" says so by uk_meminfo_lack(), and the report is
 * some lines in the log: what there is in all, what is free, what each holder has, and what is left
 * of the sum.
 */

#include <stdbool.h>
#include <uk/atomic.h>
#include <uk/defs.h>
#include <uk/table.h>

struct uk_holder {
	const char *name;
	const size_t *pages; /* atomic */
	/* NULL, or how many bytes of these nobody uses. Any context but NMI: takes no lock, and
	 * may err by what others do at the same time. */
	size_t (*idle)(void);
};

UK_TABLE(struct uk_holder, holder);

/* The counter is the library's: a size_t of its file, or of several of its files. */
#if CONFIG_LIB_MEMINFO
#define UK_HOLDER(counter, text, unused) \
	UK_TABLE_ENTRY(struct uk_holder, holder) uk_holder_##counter = { text, &(counter), unused }
#else
#define UK_HOLDER(counter, text, unused) _Static_assert(sizeof(counter) == sizeof(size_t), text)
#endif

/* So many pages more, or less. Any context. */
uk_inline void uk_holder_take(size_t *counter, size_t pages)
{
	if (CONFIG_LIB_MEMINFO)
		(void)uk_fetch_add(counter, pages);
}

uk_inline void uk_holder_give(size_t *counter, size_t pages)
{
	if (CONFIG_LIB_MEMINFO)
		(void)uk_fetch_sub(counter, pages);
}

/*
 * There was no memory for `bytes` that somebody asked the caller for. Writes the report, unless
 * the last one is younger than 10 seconds, or the wish was for more than the machine has. Any
 * context but NMI; locks may be held, but for those of frames and clock, and who waits for them
 * waits for the console too: better without any. Takes 1 KiB of stack. Implemented by lib/meminfo.
 */
void uk_meminfo_report(const char *library, size_t bytes);

uk_inline void uk_meminfo_lack(size_t bytes)
{
	if (CONFIG_LIB_MEMINFO)
		uk_meminfo_report(UK_LIB, bytes);
}
