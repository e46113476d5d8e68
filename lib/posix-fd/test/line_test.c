/* SPDX-License-Identifier: BSD-3-Clause */
#include "../line.h"
#include <uk/errno.h>
#include <uk/string.h>
#include <uk/test.h>

static struct uk_line line;
static char echoed[4096];

static void type(const char *text)
{
	char *to = echoed + uk_str_len(echoed);
	char echo[3];

	for (; *text; text++) {
		unsigned int n = uk__posix_fd_line_input(&line, *text, echo);

		memcpy(to, echo, n);
		to += n;
	}
	*to = '\0';
}

static void start(void)
{
	uk__posix_fd_line_init(&line);
	echoed[0] = '\0';
}

/* What a read of n bytes gives, as text; "EOF", "AGAIN". */
static const char *take(size_t n)
{
	static char buf[2048];
	long got = uk__posix_fd_line_take(&line, buf, n);

	if (got == 0)
		return "EOF";
	if (got < 0)
		return got == -EAGAIN ? "AGAIN" : "error";
	buf[got] = '\0';
	return buf;
}

UK_TEST(line, a_line_at_a_time)
{
	start();
	type("ab");
	UK_EXPECT(!uk__posix_fd_line_readable(&line));
	UK_EXPECT_STR_EQ(take(10), "AGAIN");
	type("c\rde\nf");
	UK_EXPECT_STR_EQ(take(2), "ab");
	UK_EXPECT_STR_EQ(take(10), "c\n");
	UK_EXPECT_STR_EQ(take(10), "de\n");
	UK_EXPECT_STR_EQ(take(10), "AGAIN");
	UK_EXPECT_STR_EQ(echoed, "abc\nde\nf");
}

UK_TEST(line, editing)
{
	start();
	type("\x7f"
	     "abx\x7f"
	     "c\n");
	UK_EXPECT_STR_EQ(take(10), "abc\n");
	UK_EXPECT_STR_EQ(echoed, "abx\b \bc\n");
	type("a\xc3\xa4\b\n"); /* a character of two bytes goes whole */
	UK_EXPECT_STR_EQ(take(10), "a\n");
	type("rubbish\x15"
	     "ok\n");
	UK_EXPECT_STR_EQ(take(20), "ok\n");
	type("done\n\x7f\x7f"
	     "x\n"); /* a finished line is not edited any more */
	UK_EXPECT_STR_EQ(take(20), "done\n");
	UK_EXPECT_STR_EQ(take(20), "x\n");
}

UK_TEST(line, end_of_file)
{
	start();
	type("ab\x04");
	UK_EXPECT_STR_EQ(take(10), "ab");
	UK_EXPECT_STR_EQ(take(10), "AGAIN");
	type("c\n\x04");
	UK_EXPECT(uk__posix_fd_line_open(&line));
	type("after\n");
	UK_EXPECT_EQ(uk__posix_fd_line_count(&line), 2);
	UK_EXPECT_STR_EQ(take(10), "c\n");
	UK_EXPECT(uk__posix_fd_line_readable(&line));
	UK_EXPECT_STR_EQ(take(10), "EOF");
	UK_EXPECT_STR_EQ(take(10), "after\n");
	UK_EXPECT_STR_EQ(take(10), "AGAIN");
	echoed[0] = '\0';
	type("\x04\x04"); /* one can be kept */
	UK_EXPECT_STR_EQ(echoed, "\a");
	UK_EXPECT_STR_EQ(take(10), "EOF");
	UK_EXPECT_STR_EQ(take(10), "AGAIN");
}

UK_TEST(line, raw)
{
	struct uk_termios mode;

	start();
	type("pending");
	mode = line.mode;
	mode.c_lflag &= ~(UK_ICANON | UK_ECHO);
	mode.c_iflag = 0;
	uk__posix_fd_line_mode(&line, &mode);
	UK_EXPECT_STR_EQ(take(20), "pending");
	UK_EXPECT_STR_EQ(take(20), "AGAIN");
	echoed[0] = '\0';
	type("\x04\r\x7f");
	UK_EXPECT_STR_EQ(take(20), "\x04\r\x7f");
	UK_EXPECT_STR_EQ(echoed, "");
	mode.c_cc[UK_VMIN] = 0;
	uk__posix_fd_line_mode(&line, &mode);
	UK_EXPECT_STR_EQ(take(20), "EOF");
}

UK_TEST(line, too_long)
{
	unsigned int got = 0;

	start();
	for (int i = 0; i < 3000; i++) {
		type("x");
		if (!uk__posix_fd_line_open(&line))
			got += (unsigned int)uk_str_len(take(2000));
	}
	UK_EXPECT_EQ(got, 2 * UK_LINE_SIZE);
	UK_EXPECT(uk_str_len(echoed) == 3000 && echoed[1500] == 'x');
	type("\n");
	UK_EXPECT_EQ(uk_str_len(take(2000)), 3001 - 2 * UK_LINE_SIZE);
	type("next\n");
	UK_EXPECT_STR_EQ(take(2000), "next\n");
}

/* What is before it is read first, and makes the room for it. */
UK_TEST(line, too_long_behind_others)
{
	start();
	type("a\n\x04");
	for (unsigned int i = 2; i < UK_LINE_SIZE; i++)
		type("x");
	UK_EXPECT(!uk__posix_fd_line_open(&line));
	UK_EXPECT_STR_EQ(take(2000), "a\n");
	UK_EXPECT(uk__posix_fd_line_open(&line));
	UK_EXPECT_STR_EQ(take(2000), "EOF");
	UK_EXPECT_STR_EQ(take(2000), "AGAIN");
	type("\x7fyz");
	UK_EXPECT(uk__posix_fd_line_open(&line));
	type("\n");
	UK_EXPECT_EQ(uk_str_len(take(2000)), UK_LINE_SIZE);
	UK_EXPECT_STR_EQ(take(2000), "AGAIN");
}

/* Anything typed: what is read comes in order, and the buffer's bounds hold (ASan). */
UK_TEST(line, random_input)
{
	char echo[3], buf[64];

	start();
	for (int i = 0; i < 200000; i++) {
		if (uk__posix_fd_line_open(&line))
			uk__posix_fd_line_input(&line, (char)uk_test_random(), echo);
		UK_REQUIRE(line.head <= line.ready && line.ready <= line.tail &&
			   line.tail <= UK_LINE_SIZE &&
			   (!line.eof || (line.head <= line.end && line.end <= line.ready)));
		if (uk_test_random_below(50) == 0)
			uk__posix_fd_line_take(&line, buf, 1 + uk_test_random_below(64));
	}
}

/* Where there are signals: what was typed before is gone, raw mode may have it or not. */
UK_TEST(line, keys_that_send_signals)
{
	struct uk_termios mode;

	if (!CONFIG_LIB_POSIX_SIGNAL) {
		uk_test_skip("no signals");
		return;
	}
	start();
	type("ab\x03");
	UK_EXPECT_EQ(line.signal, 2);
	UK_EXPECT_STR_EQ(take(10), "AGAIN");
	UK_EXPECT_STR_EQ(echoed, "ab^C\n");
	line.signal = 0;
	type("c\n\x1c");
	UK_EXPECT_EQ(line.signal, 3);
	line.signal = 0;
	type("\x04\x03"); /* also where nobody reads the end of file */
	UK_EXPECT_EQ(line.signal, 2);
	UK_EXPECT_STR_EQ(take(10), "AGAIN");
	line.signal = 0;
	mode = line.mode;
	mode.c_lflag &= ~(UK_ISIG | UK_ICANON);
	uk__posix_fd_line_mode(&line, &mode);
	type("\x03");
	UK_EXPECT_EQ(line.signal, 0);
	UK_EXPECT_STR_EQ(take(10), "\x03");
}
