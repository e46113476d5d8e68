/* SPDX-License-Identifier: BSD-3-Clause */
/* A console that counts; it stays registered, as all do. */

#include <uk/console.h>
#include <uk/errno.h>
#include <uk/string.h>
#include <uk/test.h>

static size_t written;
static const char *typed = "";
static int notified;

static long count(struct uk_console *console, const char *text, size_t len)
{
	(void)console;
	(void)text;
	written += len;
	return (long)len;
}

static long give(struct uk_console *console, char *buf, size_t len)
{
	size_t n = UK_MIN(len, uk_str_len(typed));

	(void)console;
	memcpy(buf, typed, n);
	typed += n;
	return (long)n;
}

static int enable(struct uk_console *console)
{
	(void)console;
	return 0;
}

static struct uk_console counter = { .write = count, .read = give, .input_enable = enable };

static void registered_once(void)
{
	if (!counter.node.next)
		uk_console_register(&counter);
}

UK_TEST(console, writes_all_in_pieces)
{
	static char text[600];

	registered_once();
	memset(text, '.', sizeof(text));
	text[sizeof(text) - 1] = '\n';
	text[0] = '#'; /* a comment in KTAP */
	written = 0;
	uk_console_write(text, sizeof(text));
	UK_EXPECT_EQ(written, sizeof(text));
}

UK_TEST(console, reads_what_is_there)
{
	char buf[4];

	registered_once();
	typed = "abcdef";
	UK_EXPECT_EQ(uk_console_read(buf, sizeof(buf)), 4);
	UK_EXPECT_EQ(buf[3], 'd');
	UK_EXPECT_EQ(uk_console_read(buf, sizeof(buf)), 2);
	UK_EXPECT_EQ(uk_console_read(buf, sizeof(buf)), 0);
}

static void notify(void *arg)
{
	++*(int *)arg;
}

UK_TEST(console, tells_of_input)
{
	registered_once();
	UK_EXPECT_EQ(uk_console_set_input_notify(notify, &notified), 0);
	uk_console_input(&counter);
	UK_EXPECT_EQ(notified, 1);
	UK_EXPECT_EQ(uk_console_set_input_notify(NULL, NULL), 0);
	uk_console_input(&counter);
	UK_EXPECT_EQ(notified, 1);
}
