/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Between the parts of the driver. Source: Intel SDM volume 3A, chapter 11 ("APIC"). */

#include <stdbool.h>
#include <uk/defs.h>

/* Lowest four bits set, as the first local APICs want it; the highest that arch has. */
#define UK__APIC_SPURIOUS 95u

/* Local APIC registers, as offsets of the memory-mapped ones. */
#define UK__LAPIC_ID        0x020u
#define UK__LAPIC_TPR       0x080u
#define UK__LAPIC_EOI       0x0b0u
#define UK__LAPIC_SVR       0x0f0u
#define UK__LAPIC_ICR       0x300u
#define UK__LAPIC_ICR_HIGH  0x310u
#define UK__LAPIC_LVT_TIMER 0x320u
#define UK__LAPIC_LVT_LINT0 0x350u
#define UK__LAPIC_LVT_LINT1 0x360u
#define UK__LAPIC_LVT_ERROR 0x370u
#define UK__LAPIC_INITIAL   0x380u
#define UK__LAPIC_CURRENT   0x390u
#define UK__LAPIC_DIVIDE    0x3e0u
#define UK__LAPIC_MASKED    (1u << 16)

uint32_t uk__apic_read(unsigned int reg);
void uk__apic_write(unsigned int reg, uint32_t value);
/* Of this CPU, as interrupts are addressed. */
uint32_t uk__apic_id(void);
/* The highest number that a message can name a CPU by; the next one is all CPUs. */
uint32_t uk__apic_last(void);
/* 0, or -ENODEV (no local APIC), -ENOMEM. */
int uk__apic_local_init(void);
/* The same on another CPU, which was started. */
void uk__apic_local_enter(void);
/* A message to the CPU of this number: lower half of the interrupt command register. */
void uk__apic_send(uint32_t id, uint32_t command);
/* LIB_SMP: it starts and calls CPUs. 0 or -ENOSPC (no vector). */
int uk__apic_smp_init(void);

/* IO-APICs: the operations of struct uk_irqchip. */
void uk__apic_isa_route(unsigned int isa, unsigned int *gsi, unsigned int *flags);
int uk__apic_line_setup(unsigned int gsi, unsigned int flags, unsigned int vector);
void uk__apic_line_mask(unsigned int gsi);

/* The local APIC's timer becomes the timer device. */
int uk__apic_timer_init(void);
/* Of another CPU, too. */
void uk__apic_timer_enter(void);
