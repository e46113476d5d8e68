/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames as the System V ABI lays them out: the caller's frame pointer, then the return address.
 * What lies there may be no frame at all (assembler keeps the register for itself), so a page is
 * looked up before it is read.
 */

#include <uk/callers.h>
#include <uk/image.h>
#include <uk/log.h>
#include <uk/mmu.h>
#include <uk/trap.h>

#define STACK_MAX (1ul << 20) /* between frames that follow each other */

static bool is_code(uintptr_t ip)
{
	return ip >= (uintptr_t)uk_image_text && ip < (uintptr_t)uk_image_text_end;
}

static bool is_stack(uintptr_t at)
{
	uk_paddr_t pa;
	unsigned int prot;

	return at >= UK_PAGE_SIZE && uk_page_lookup(at, &pa, &prot) && (prot & UK_PROT_WRITE) &&
	       !(prot & (UK_PROT_DEVICE | UK_PROT_NONE));
}

static bool is_frame(uintptr_t fp, uintptr_t seen)
{
	if (!UK_IS_ALIGNED(fp, 8))
		return false;
	/* Both words on the page that was looked up before. */
	if (((fp ^ seen) | ((fp + 15) ^ seen)) < UK_PAGE_SIZE)
		return true;
	return is_stack(fp) && is_stack(fp + 8);
}

unsigned int uk_callers(const void *from, uintptr_t *at, unsigned int most)
{
	uintptr_t fp = (uintptr_t)from, seen = 0;
	unsigned int n = 0;

	while (n < most && is_frame(fp, seen)) {
		const uintptr_t *frame = (const uintptr_t *)fp;

		if (!is_code(frame[1] - 1))
			break;
		at[n++] = frame[1] - 1;
		seen = fp;
		if (frame[0] <= fp || frame[0] - fp > STACK_MAX)
			break;
		fp = frame[0];
	}
	return n;
}

const char *uk_callers_text(char *buf, const uintptr_t *at, unsigned int count)
{
	size_t len = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < count && i < UK_CALLERS_MAX && at[i]; i++) {
		uintptr_t shown = at[i];

		if (!uk_trap_address(&shown))
			break;
		len += (size_t)uk_format(buf + len, UK_CALLERS_TEXT - len, " 0x%016lx", shown);
	}
	return buf;
}
