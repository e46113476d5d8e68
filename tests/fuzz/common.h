/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Called in each turn of a loop that waits for a device. */
extern void (*fuzz_waits)(void);
int fuzz_yield(void);
