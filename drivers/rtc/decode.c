/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * From the clock's registers to seconds (Motorola MC146818 data sheet, tables 3 and 4).
 */

#include "decode.h"
#include <uk/errno.h>

/* -1 for what is no BCD number. */
static int number(uint8_t value, bool binary)
{
	if (binary)
		return value;
	return (value & 0xf) > 9 || value >> 4 > 9 ? -1 : (value >> 4) * 10 + (value & 0xf);
}

static int hour_of(const struct uk__rtc_registers *raw, bool binary)
{
	if (raw->status_b & UK__RTC_B_24H)
		return number(raw->hour, binary);
	int hour = number(raw->hour & 0x7f, binary);

	if (hour < 1 || hour > 12)
		return -1;
	return hour % 12 + (raw->hour & 0x80 ? 12 : 0);
}

static int year_of(const struct uk__rtc_registers *raw, bool binary)
{
	int year = number(raw->year, binary);
	int century = number(raw->century, binary);

	if (year < 0 || year > 99)
		return -1;
	if (century >= 19 && century <= 29)
		return century * 100 + year;
	return year < 70 ? 2000 + year : 1900 + year;
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in(int month, int year)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01; year >= 1970. */
static int64_t days_before(int year, int month)
{
	int before = year - 1;
	int64_t days = (int64_t)(year - 1970) * 365 + (before / 4 - 1969 / 4) -
		       (before / 100 - 1969 / 100) + (before / 400 - 1969 / 400);

	for (int m = 1; m < month; m++)
		days += days_in(m, year);
	return days;
}

int64_t uk__rtc_decode(const struct uk__rtc_registers *raw)
{
	bool binary = (raw->status_b & UK__RTC_B_BINARY) != 0;
	int second = number(raw->second, binary);
	int minute = number(raw->minute, binary);
	int hour = hour_of(raw, binary);
	int day = number(raw->day, binary);
	int month = number(raw->month, binary);
	int year = year_of(raw, binary);

	if (second < 0 || second > 60 || minute < 0 || minute > 59 || hour < 0 || hour > 23)
		return -EINVAL;
	if (month < 1 || month > 12 || year < 1970 || day < 1 || day > days_in(month, year))
		return -EINVAL;
	int64_t days = days_before(year, month) + day - 1;

	return ((days * 24 + hour) * 60 + minute) * 60 + second;
}
