/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A terminal's line discipline for input (POSIX.1-2017, XBD chapter 11), as far as it is useful
 * without jobs: canonical mode with erase, kill and end of file, or raw bytes; keys for signals.
 * Pure: no locks, no devices; the caller serialises.
 */

#include <stdbool.h>
#include <uk/abi/ioctl.h>
#include <uk/defs.h>

#define UK_LINE_SIZE 1024u

struct uk_line {
	struct uk_termios mode; /* c_iflag ICRNL, c_lflag ISIG ICANON ECHO, c_cc are obeyed */
	uint32_t head;          /* next byte to be read */
	uint32_t ready;         /* bytes before this may be read */
	uint32_t tail;          /* bytes before this are typed */
	uint32_t end;           /* with eof: bytes before this are read before it */
	bool eof;               /* ^D on an empty line: the read that comes to `end` is told so */
	int signal;             /* a key asked for it; the caller takes it and writes 0 */
	char buf[UK_LINE_SIZE];
};

void uk__posix_fd_line_init(struct uk_line *line);
/*
 * Room for at least one more byte. What there is no room for waits at the device, for it may come
 * through a pipe; a key for a signal behind it waits, too. A line that fills the buffer can be read
 * without its end, and cannot be edited from there on: the rest of it follows.
 */
bool uk__posix_fd_line_open(const struct uk_line *line);
/* One byte from the device, for which there is room. What is to be echoed: up to 3 bytes in echo[],
 * their number. */
unsigned int uk__posix_fd_line_input(struct uk_line *line, char c, char echo[3]);
/* A read would not block. */
bool uk__posix_fd_line_readable(const struct uk_line *line);
/* Bytes that can be read before the end of file, if there is one. */
uint32_t uk__posix_fd_line_count(const struct uk_line *line);
/* At most n bytes, in canonical mode of one line; 0: end of file; -EAGAIN: nothing yet. */
long uk__posix_fd_line_take(struct uk_line *line, char *dst, size_t n);
/* Change modes; what was typed becomes readable when canonical mode ends. */
void uk__posix_fd_line_mode(struct uk_line *line, const struct uk_termios *mode);
void uk__posix_fd_line_flush(struct uk_line *line);
