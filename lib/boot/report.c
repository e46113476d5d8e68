/* SPDX-License-Identifier: BSD-3-Clause */
/* What each stage of boot cost, kept until main begins and printed then. */

#include "boot.h"

#include <uk/boot.h>
#include <uk/bootinfo.h>
#include <uk/console.h>
#include <uk/cpu.h>
#include <uk/log.h>
#include <uk/param.h>

#define STAGES_MAX 64

static bool report;
UK_PARAM_BOOL(report, report, "print what each stage of boot cost");

static struct {
	const char *library;
	uint64_t cycles;
} stages[STAGES_MAX];
static unsigned int nstages;
static uint64_t begin;

void uk__boot_report_init_begin(void)
{
	if (report)
		begin = uk_cpu_cycles();
}

void uk__boot_report_init_end(const char *library)
{
	if (!report || nstages == STAGES_MAX)
		return;
	stages[nstages].library = library;
	stages[nstages++].cycles = uk_cpu_cycles() - begin;
}

void uk_boot_report_main(void)
{
	uint64_t now = uk_cpu_cycles();
	char line[96];

	if (!report)
		return;
	for (unsigned int i = 0; i < nstages; i++)
		uk_console_write(line, (size_t)uk_format(line, sizeof(line), "boot: %.64s %lu\n",
							 stages[i].library, stages[i].cycles));
	uk_console_write(line, (size_t)uk_format(line, sizeof(line), "boot: entry %lu main %lu\n",
						 uk_plat_bootinfo.entry_cycles, now));
}
