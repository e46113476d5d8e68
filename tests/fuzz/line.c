/* SPDX-License-Identifier: BSD-3-Clause */
/* The line discipline of the console: typed bytes, reads, changes of mode in any order. */

#include "lib/posix-fd/line.h"
#include "input.h"
#include <uk/errno.h>

static struct uk_line line;

static void check(void)
{
	MUST(line.head <= line.ready && line.ready <= line.tail && line.tail <= UK_LINE_SIZE);
	/* What waits at the device does not wait forever. */
	MUST(uk__posix_fd_line_open(&line) || uk__posix_fd_line_readable(&line));
}

static void type(char c)
{
	char echo[3] = { 0 };

	if (!uk__posix_fd_line_open(&line))
		return;

	unsigned int n = uk__posix_fd_line_input(&line, c, echo);

	MUST(n <= sizeof(echo));
}

static void read_some(size_t n)
{
	char *dst = malloc(n ? n : 1);
	bool readable = uk__posix_fd_line_readable(&line);
	long got;

	if (!dst)
		abort();
	got = uk__posix_fd_line_take(&line, dst, n);
	MUST(got <= (long)n && (got >= 0 || got == -EAGAIN));
	MUST(readable == (got >= 0));
	if (got > 0)
		touch(dst, (size_t)got);
	free(dst);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct uk_termios mode;

	uk__posix_fd_line_init(&line);
	while (in.left) {
		uint8_t op = in8(&in);

		switch (op) {
		case 0xf0: read_some(in16(&in) & 0x7ff); break;
		case 0xf1:
			mode = line.mode;
			mode.c_lflag = in8(&in);
			mode.c_cc[in8(&in) % sizeof(mode.c_cc)] = in8(&in);
			uk__posix_fd_line_mode(&line, &mode);
			break;
		case 0xf2: uk__posix_fd_line_flush(&line); break;
		case 0xf3:
			for (unsigned int n = in16(&in) & 0x7ff; n; n--)
				type('x');
			break;
		default: type((char)op);
		}
		check();
	}
	return 0;
}
