/* SPDX-License-Identifier: BSD-3-Clause */
/* What a panic says beyond its first line. No lock is taken: whoever holds it is stopped. */

#include "internal.h"
#include <uk/panic.h>
#include <uk/trap.h>

#define NEAR 4096ul /* of a structure's beginning */

static void name_site(const char *what, uint32_t site)
{
	char callers[UK_CALLERS_TEXT];

	if (site > 0 && site < uk__heap_debug_nsites)
		uk_panic_say(
			"%s by%s", what,
			uk_callers_text(callers, uk__heap_debug_sites[site].at, UK_CALLERS_MAX));
}

static void block_note(const struct uk_trap_frame *frame)
{
	struct uk__heap_debug_block *block = uk__heap_debug_culprit;

	(void)frame;
	if (!block)
		return;
	name_site("allocated", block->site);
	name_site("freed", block->free_site);
}

static bool is_pattern(uint64_t value, unsigned char byte)
{
	uint64_t pattern = byte * 0x0101010101010101ull;

	return value - pattern + NEAR < 2 * NEAR;
}

static void register_note(const struct uk_trap_frame *frame)
{
	const char *name;
	uint64_t value;

	for (unsigned int i = 0; frame && (name = uk_trap_register(frame, i, &value)); i++) {
		if (is_pattern(value, UK_HEAP_DEBUG_FREED))
			uk_panic_say("use after free: %s comes from memory that was freed", name);
		else if (is_pattern(value, UK_HEAP_DEBUG_NEW))
			uk_panic_say("%s comes from memory of the heap that nobody has written to",
				     name);
		else if (is_pattern(value, UK_HEAP_DEBUG_ZONE))
			uk_panic_say("%s comes from beside a block of the heap", name);
	}
}

static void notes(const struct uk_trap_frame *frame)
{
	block_note(frame);
	register_note(frame);
}

UK_PANIC_NOTE(notes);
