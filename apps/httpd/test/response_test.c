/* SPDX-License-Identifier: BSD-3-Clause */
#include "../response.h"

#include <string.h>
#include <time.h>
#include <uk/test.h>

/* Against libc's formatter: every day of a while, at different seconds. */
UK_TEST(httpd_response, date)
{
	struct response r = { .status = 404, .keep_alive = true };

	for (time_t now = 1000000001; now < 5000000000; now += 86400 * 3 + 3701) {
		char head[RESPONSE_HEAD_MAX], wanted[64];
		struct tm tm;
		size_t len = response_head(head, &r, now);

		strftime(wanted, sizeof(wanted), "\r\nDate: %a, %d %b %Y %H:%M:%S GMT\r\n",
			 gmtime_r(&now, &tm));
		UK_REQUIRE(len < sizeof(head));
		head[len] = '\0';
		if (!UK_EXPECT(strstr(head, wanted) != NULL))
			uk_test_note("%s", head);
	}
}

UK_TEST(httpd_response, without_a_clock)
{
	struct response r = { .status = 200, .keep_alive = true, .end = 5, .size = 5 };
	char head[RESPONSE_HEAD_MAX];
	size_t len = response_head(head, &r, 0);

	head[len] = '\0';
	UK_EXPECT(strstr(head, "Date:") == NULL);
	UK_EXPECT(strstr(head, "\r\nContent-Length: 5\r\n\r\n") != NULL);
}
