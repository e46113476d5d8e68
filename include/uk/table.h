/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Tables: arrays whose elements are written in many files and put together by the linker.
 *
 * The bounds are symbols of the generated tables.ld and never C objects (a zero-length const
 * array as a bound is undefined and folds under LTO). The engine finds each table by its
 * UK_TABLE(type, name) line. Within a table, entries are ordered by level, then by the rank
 * of their library in the dependency graph.
 */

#include <uk/defs.h>

/* Declare table `name` with elements of `type`; goes into the header of its owner. */
#define UK_TABLE(type, name) extern const type uk_tab_##name[], uk_tab_##name##_end[]

#ifndef UK_TABLE_EXTRA
#define UK_TABLE_EXTRA /* tests on the host: no red zones between the elements */
#endif

#define UK_TABLE_SECTION(name, level) \
	__attribute__((used, section(".uk_tab." #name "." level "." UK_LIB))) UK_TABLE_EXTRA

/* Define an element: UK_TABLE_ENTRY(struct uk_param, param) my_entry = { ... }; */
#define UK_TABLE_ENTRY(type, name) UK_TABLE_ENTRY_AT(type, name, "1")
#define UK_TABLE_ENTRY_AT(type, name, level) \
	static const type UK_TABLE_SECTION(name, level) uk_aligned(__alignof__(type))

#define UK_TABLE_FOREACH(type, name, it) \
	for (const type *it = uk_tab_##name; it < uk_tab_##name##_end; it++)
