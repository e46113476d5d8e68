/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <uk/clock_source.h>

/* Each: 0 and registered, or -ENODEV. Boot context. */
int uk__x86_timers_pmtimer(void);
int uk__x86_timers_hpet(void);
int uk__x86_timers_pit(void);
