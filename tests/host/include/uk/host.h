/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What host tests may ask of the host's members of the contracts. */

#include <stdbool.h>
#include <uk/bootinfo.h>
#include <uk/defs.h>

/* 1 in the build for the host. */
#define UK_HOST 1

/* All physical memory closed and forgotten, page tables empty. */
void uk_host_memory_reset(void);
/* The direct map has this frame open. */
bool uk_host_is_open(uk_paddr_t pa);
/* Pages mapped in the model of the page tables. */
unsigned long uk_host_mapped_pages(void);
/* From the n-th request on (0: the next), uk_directmap_open() and uk_page_map() find no
 * table page; -1: never. */
void uk_host_fail_tables_after(long n);

/* From now on uk_console_write() adds to buf (bounded, always terminated); NULL: to stdout. */
void uk_host_console_capture(char *buf, size_t size);

/* uk_cpu_cycles() is of a CPU that is so much behind; nanoseconds. */
extern uint64_t uk_host_cycles_behind;

/* If it is set: called in each turn of a loop that waits for a device (uk_cpu_relax()). */
extern void (*uk_host_relax)(void);

/* If it is set: called where a thread would be preempted, which uk_cpu_preempt_want(true) asks for,
 * so when the last spinlock is given up. */
extern void (*uk_host_preempt)(void);

/* The n-th allocation of the heap from now on (0: the next) fails, and only that; negative: none.
 * What was not freed LeakSanitizer tells at the end. */
void uk_host_heap_fail_at(long n);
/* It has come to that. */
bool uk_host_heap_failed(void);

/* How often uk_smp_serve() was called: by who waits with interrupts off. */
extern uint32_t uk_host_served;

/* An interrupt comes upon the calling CPU: kicks of others are served, and another thread may run.
 * Thread context. */
void uk_host_interrupts(void);
