/* SPDX-License-Identifier: BSD-3-Clause */
#include "../decode.h"
#include <uk/errno.h>
#include <uk/test.h>

#define H24 UK__RTC_B_24H
#define BIN UK__RTC_B_BINARY

UK_TEST(rtc, known_dates)
{
	static const struct {
		struct uk__rtc_registers raw; /* s m h day month year century status */
		int64_t seconds;
	} cases[] = {
		{ { 0x00, 0x00, 0x00, 0x01, 0x01, 0x70, 0x19, H24 }, 0 },
		{ { 0x59, 0x59, 0x23, 0x31, 0x12, 0x99, 0x19, H24 }, 946684799 },
		{ { 0x00, 0x00, 0x00, 0x29, 0x02, 0x00, 0x20, H24 }, 951782400 },
		{ { 0x40, 0x46, 0x01, 0x09, 0x09, 0x01, 0x20, H24 }, 1000000000 },
		{ { 20, 33, 3, 18, 5, 33, 20, H24 | BIN }, 2000000000 },
		{ { 0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0x21, H24 }, 4102444800 },
		{ { 0x00, 0x00, 0x00, 0x01, 0x03, 0x00, 0x21, H24 }, 4107542400 },
		/* no register for the century: 1970 to 2069 */
		{ { 0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0xff, H24 }, 946684800 },
		{ { 0x00, 0x00, 0x00, 0x01, 0x01, 0x70, 0x00, H24 }, 0 },
		/* 12 hours: midnight, noon, 1 pm */
		{ { 0x00, 0x00, 0x12, 0x01, 0x01, 0x70, 0x19, 0 }, 0 },
		{ { 0x00, 0x00, 0x92, 0x01, 0x01, 0x70, 0x19, 0 }, 43200 },
		{ { 0x00, 0x00, 0x81, 0x01, 0x01, 0x70, 0x19, 0 }, 46800 },
		{ { 0, 0, 11 | 0x80, 1, 1, 70, 19, BIN }, 82800 },
	};

	for (unsigned int i = 0; i < UK_ARRAY_SIZE(cases); i++)
		UK_EXPECT_EQ(uk__rtc_decode(&cases[i].raw), cases[i].seconds);
}

UK_TEST(rtc, nonsense)
{
	static const struct uk__rtc_registers cases[] = {
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, /* nothing there */
		{ 0, 0, 0, 0, 0, 0, 0, 0 },
		{ 0x61, 0, 0, 1, 1, 0x20, 0x20, H24 },
		{ 0, 0x60, 0, 1, 1, 0x20, 0x20, H24 },
		{ 0, 0, 0x24, 1, 1, 0x20, 0x20, H24 },
		{ 0, 0, 0x13, 1, 1, 0x20, 0x20, 0 },
		{ 0, 0, 0, 0x32, 1, 0x20, 0x20, H24 },
		{ 0, 0, 0, 0x29, 2, 0x23, 0x20, H24 },
		{ 0, 0, 0, 1, 0x13, 0x20, 0x20, H24 },
		{ 0, 0, 0, 1, 1, 0x69, 0x19, H24 },
		{ 0x0a, 0, 0, 1, 1, 0x20, 0x20, H24 },
	};

	for (unsigned int i = 0; i < UK_ARRAY_SIZE(cases); i++)
		UK_EXPECT_EQ(uk__rtc_decode(&cases[i]), -EINVAL);
}

/* Every day from 1970 to 2170 follows the one before by 86,400 seconds. */
UK_TEST(rtc, days_follow_each_other)
{
	int64_t last = -86400;

	for (int year = 1970; year < 2170; year++) {
		for (int month = 1; month <= 12; month++) {
			for (int day = 1; day <= 31; day++) {
				struct uk__rtc_registers raw = { 0,
								 0,
								 0,
								 (uint8_t)day,
								 (uint8_t)month,
								 (uint8_t)(year % 100),
								 (uint8_t)(year / 100),
								 H24 | BIN };
				int64_t now = uk__rtc_decode(&raw);

				if (now < 0)
					continue; /* no such day */
				UK_REQUIRE(now == last + 86400);
				last = now;
			}
		}
	}
	UK_EXPECT_EQ(last, 6311347200);
}
