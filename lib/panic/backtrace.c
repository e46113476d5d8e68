/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Return addresses by frame pointers. The stack may be broken: each frame must be aligned, in
 * mapped writable memory and higher than the one before, and there is an end.
 */

#include "panic.h"

#define FRAMES_MAX 32

void uk__panic_backtrace(uintptr_t fp)
{
	for (int i = 0; i < FRAMES_MAX && uk__panic_is_stack(fp); i++) {
		const uintptr_t *frame = (const uintptr_t *)fp;

		if (!uk__panic_is_text(frame[1]))
			return;
		uk__panic_print_code(frame[1]);
		if (frame[0] <= fp)
			return;
		fp = frame[0];
	}
}
