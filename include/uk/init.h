/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Initialisation: a library that must do something at boot names a function.
 *
 *	static int timer_init(void) { ... }
 *	UK_INIT(CORE, timer_init);
 *
 * Functions run one after the other on the boot CPU, in thread context once the thread
 * library is initialised (it is of level CORE), by level and then by the library's rank:
 * what a library selects is ready before it. 0 is success; a negative errno stops the boot
 * with a line that names the library. EARLY: memory alone, before anybody maps. CORE: no
 * devices. DEVICE: buses and drivers. SERVICE: stacks and file systems on devices. APP: the last,
 * before main.
 */

#include <uk/table.h>

struct uk_init {
	int (*fn)(void);
	const char *library;
};

UK_TABLE(struct uk_init, init);

#define UK_INIT_LEVEL_EARLY   "0"
#define UK_INIT_LEVEL_CORE    "1"
#define UK_INIT_LEVEL_DEVICE  "2"
#define UK_INIT_LEVEL_SERVICE "3"
#define UK_INIT_LEVEL_APP     "4"

#define UK_INIT(level, f) \
	UK_TABLE_ENTRY_AT(struct uk_init, init, UK_INIT_LEVEL_##level) uk_init_##f = { f, UK_LIB }

/*
 * The counterpart: called in reverse order at an orderly shutdown, before the machine is
 * switched off, with interrupts on. Must not wait without a bound.
 */
struct uk_fini {
	void (*fn)(void);
};

UK_TABLE(struct uk_fini, fini);

#define UK_FINI(level, f) \
	UK_TABLE_ENTRY_AT(struct uk_fini, fini, UK_INIT_LEVEL_##level) uk_fini_##f = { f }
