/* SPDX-License-Identifier: BSD-3-Clause */
#include "line.h"
#include <uk/abi/signal.h>
#include <uk/errno.h>
#include <uk/panic.h>
#include <uk/string.h>

#define CTRL(c) ((c) & 0x1f)

void uk__posix_fd_line_flush(struct uk_line *line)
{
	line->head = line->ready = line->tail = 0;
	line->eof = false;
}

void uk__posix_fd_line_init(struct uk_line *line)
{
	line->mode = (struct uk_termios){
		.c_iflag = UK_ICRNL,
		.c_oflag = UK_OPOST,
		.c_cflag = UK_CS8 | UK_CREAD | UK_CLOCAL | UK_B115200,
		.c_lflag = UK_ICANON | UK_ECHO | UK_ECHOE | UK_ECHOK |
			   (CONFIG_LIB_POSIX_SIGNAL ? UK_ISIG : 0),
	};
	if (CONFIG_LIB_POSIX_SIGNAL) {
		line->mode.c_cc[UK_VINTR] = CTRL('C');
		line->mode.c_cc[UK_VQUIT] = CTRL('\\');
	}
	line->mode.c_cc[UK_VERASE] = 0x7f;
	line->mode.c_cc[UK_VKILL] = CTRL('U');
	line->mode.c_cc[UK_VEOF] = CTRL('D');
	line->mode.c_cc[UK_VMIN] = 1;
	uk__posix_fd_line_flush(line);
}

static bool canonical(const struct uk_line *line)
{
	return line->mode.c_lflag & UK_ICANON;
}

bool uk__posix_fd_line_open(const struct uk_line *line)
{
	return line->tail - line->head < UK_LINE_SIZE;
}

/* Move what is there to the start of the buffer. */
static void compact(struct uk_line *line)
{
	memmove(line->buf, line->buf + line->head, line->tail - line->head);
	line->tail -= line->head;
	line->ready -= line->head;
	line->end -= line->eof ? line->head : 0;
	line->head = 0;
}

/* A byte that the program gets. Without a line that can be read first, nothing else makes room. */
static unsigned int store(struct uk_line *line, char c, char *echo)
{
	if (line->tail == UK_LINE_SIZE)
		compact(line);
	UK_ASSERT(line->tail < UK_LINE_SIZE);
	if (line->tail == UK_LINE_SIZE) { /* the caller's bug, but the bytes are the host's */
		echo[0] = '\a';
		return 1;
	}
	line->buf[line->tail++] = c;
	if (!canonical(line) || c == '\n' ||
	    (!uk__posix_fd_line_open(line) && line->head == line->ready))
		line->ready = line->tail;
	echo[0] = c; /* the other side's terminal makes a new line of NL, as for all output */
	return (unsigned char)c >= ' ' || c == '\t' || c == '\n';
}

/* Take back the last typed byte of the unfinished line: of UTF-8, the whole character. */
static unsigned int erase(struct uk_line *line, char *echo)
{
	if (line->tail == line->ready)
		return 0;
	while (line->tail > line->ready && (line->buf[--line->tail] & 0xc0) == 0x80)
		continue;
	memcpy(echo, "\b \b", 3);
	return 3;
}

static unsigned int kill_line(struct uk_line *line, char *echo)
{
	if (line->tail == line->ready)
		return 0;
	line->tail = line->ready;
	memcpy(echo, "^U\n", 3);
	return 3;
}

/* Of an unfinished line: what there is of it can be read. */
static unsigned int end_of_file(struct uk_line *line, char *echo)
{
	if (line->tail == line->ready) {
		if (line->eof) {
			echo[0] = '\a';
			return 1;
		}
		line->eof = true;
		line->end = line->ready;
	}
	line->ready = line->tail;
	return 0;
}

static unsigned int edit(struct uk_line *line, char c, char *echo)
{
	const uint8_t *cc = line->mode.c_cc;
	uint8_t byte = (uint8_t)c;

	if (byte != 0 && (byte == cc[UK_VERASE] || byte == '\b'))
		return erase(line, echo);
	if (byte != 0 && byte == cc[UK_VKILL])
		return kill_line(line, echo);
	if (byte != 0 && byte == cc[UK_VEOF]) {
		return end_of_file(line, echo);
	}
	return store(line, c, echo);
}

/* What was typed and not read is gone with it. */
static bool is_key(struct uk_line *line, char c, char *echo)
{
	const uint8_t *cc = line->mode.c_cc;
	uint8_t byte = (uint8_t)c;

	if (!(line->mode.c_lflag & UK_ISIG) || byte == 0 ||
	    (byte != cc[UK_VINTR] && byte != cc[UK_VQUIT]))
		return false;
	line->signal = byte == cc[UK_VINTR] ? UK_SIGINT : UK_SIGQUIT;
	uk__posix_fd_line_flush(line);
	echo[0] = '^';
	echo[1] = (char)(byte ^ 0x40);
	echo[2] = '\n';
	return true;
}

unsigned int uk__posix_fd_line_input(struct uk_line *line, char c, char echo[3])
{
	unsigned int n;

	if (CONFIG_LIB_POSIX_SIGNAL && is_key(line, c, echo))
		return line->mode.c_lflag & UK_ECHO ? 3 : 0;

	if (c == '\r' && (line->mode.c_iflag & UK_ICRNL))
		c = '\n';
	n = canonical(line) ? edit(line, c, echo) : store(line, c, echo);
	return line->mode.c_lflag & UK_ECHO ? n : 0;
}

uint32_t uk__posix_fd_line_count(const struct uk_line *line)
{
	return (line->eof ? line->end : line->ready) - line->head;
}

bool uk__posix_fd_line_readable(const struct uk_line *line)
{
	return line->head < line->ready || line->eof ||
	       (!canonical(line) && line->mode.c_cc[UK_VMIN] == 0);
}

long uk__posix_fd_line_take(struct uk_line *line, char *dst, size_t n)
{
	size_t have = uk__posix_fd_line_count(line), i = 0;

	if (have == 0) {
		bool end = uk__posix_fd_line_readable(line);

		line->eof = false;
		return end ? 0 : -EAGAIN;
	}
	while (i < n && i < have) {
		dst[i] = line->buf[line->head + i];
		i++;
		if (canonical(line) && dst[i - 1] == '\n')
			break;
	}
	line->head += (uint32_t)i;
	return (long)i;
}

void uk__posix_fd_line_mode(struct uk_line *line, const struct uk_termios *mode)
{
	line->mode = *mode;
	if (!canonical(line))
		line->ready = line->tail;
}
