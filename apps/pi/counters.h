/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What a CPU was disturbed by since the machine started. */
struct counters {
	unsigned long interrupts; /* of devices, timers and other CPUs */
	unsigned long ipis;       /* those of other CPUs among them */
	unsigned long wakeups;    /* returns from sleep for want of work */
};

/* 0, or -1: this system does not tell (Linux). */
int counters_read(unsigned int cpu, struct counters *out);
