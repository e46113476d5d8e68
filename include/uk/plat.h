/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The machine: contract implemented by plat/<name>.
 */

#include <uk/bootinfo.h>
#include <uk/defs.h>

/* Fixed stages of start-up, implemented by lib/boot and called by plat's entry code once the
 * address space stands: never returns. Boot context, interrupts off. */
uk_noreturn void uk_boot_main(void);

/*
 * Physical memory that the boot protocol named (a module, an ACPI table): makes len bytes at pa
 * readable and returns their address, or NULL if the range is no memory that may be read or
 * tables have run out. Boot and thread context. Never written through; stays mapped.
 */
const void *uk_plat_phys_read(uk_paddr_t pa, size_t len);

/* End the machine: status 0..255 goes out by every way the platform has. Any context. */
uk_noreturn void uk_plat_exit(int status);
/* Start it again. Any context. */
uk_noreturn void uk_plat_reset(void);

/* The last words of a panic or exit where no console driver is configured or trusted: any
 * context, polled, takes no lock. May do nothing. */
void uk_plat_early_write(const char *text, size_t len);
