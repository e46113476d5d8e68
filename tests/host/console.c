/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The console on the host: standard output, or a buffer that a test looks at. It has no lock, so
 * that TSan sees who writes from two CPUs at the same time.
 */

#include <stdio.h>
#include <string.h>
#include <uk/console.h>
#include <uk/host.h>

static struct {
	char *buf;
	size_t size;
	size_t len;
} capture;

static unsigned long written;

void uk_host_console_capture(char *buf, size_t size)
{
	capture.buf = buf;
	capture.size = size;
	capture.len = 0;
	if (buf)
		buf[0] = '\0';
}

static void keep(const char *text, size_t len)
{
	if (len > capture.size - 1 - capture.len)
		len = capture.size - 1 - capture.len;
	memcpy(capture.buf + capture.len, text, len);
	capture.len += len;
	capture.buf[capture.len] = '\0';
}

void uk_console_write(const char *text, size_t len)
{
	written += len;
	if (capture.buf)
		keep(text, len);
	else
		fwrite(text, 1, len, stdout);
}
