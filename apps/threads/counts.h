/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Threads of a POSIX program that meet in all ways there are; what they count must add up. */

/* How much of everything. Lines on stdout; 0: all has added up, 1. */
int counts_run(int threads, long rounds);
