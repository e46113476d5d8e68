/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <stdbool.h>
#include <uk/defs.h>

/* Registers of the MC146818, as read. */
struct uk__rtc_registers {
	uint8_t second;
	uint8_t minute;
	uint8_t hour;
	uint8_t day;
	uint8_t month;
	uint8_t year;
	uint8_t century; /* 0 or nonsense: there is no such register */
	uint8_t status_b;
};

#define UK__RTC_B_24H    0x02u /* status B: else 12 hours, bit 7 of the hour is PM */
#define UK__RTC_B_BINARY 0x04u /* else BCD */

/* Seconds since 1970-01-01 00:00 UTC, or -EINVAL: no date. */
int64_t uk__rtc_decode(const struct uk__rtc_registers *raw);
