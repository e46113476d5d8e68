/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The power button, and what else the host may want of us (a device to go or to come), of which it
 * is told that we do not do it. Fixed hardware (ACPI 6.4, section 4.8): PM1 event block, general
 * events and the system control interrupt. Hardware-reduced (section 5.6.9): the generic event
 * device; bits of its selector as QEMU has them (docs/specs/acpi_hw_reduced_hotplug).
 */

#include "bytes.h"
#include "power.h"
#include <uk/boot.h>
#include <uk/init.h>
#include <uk/ioport.h>
#include <uk/irq.h>
#include <uk/log.h>
#include <uk/mmio.h>
#include <uk/mmu.h>

/* Offsets of the FADT, table 5.9. */
enum { SCI = 46, PM1A_EVENT = 56, GPE0 = 80, PM1_EVENT_LEN = 88, GPE0_LEN = 92 };

#define POWER_BUTTON (1u << 8) /* of the PM1 registers, table 4.13 */
#define GED_POWER    (1u << 1)

/* Ports: status, and enable behind it. Constant once the interrupt is on. */
static uint16_t pm1, pm1_half;
static uint16_t gpe, gpe_half;

static void pressed(void)
{
	uk_boot_stop_request("power button");
}

static void refuse(unsigned int event)
{
	uk_warn("the host wants something (event %u): not done here", event);
}

/* Told once, of a byte the first, and then off: nobody here could make them stop. */
static void general_events(void)
{
	for (unsigned int i = 0; i < gpe_half; i++) {
		uint8_t on = uk_port_in8(gpe + gpe_half + i);
		uint8_t now = uk_port_in8(gpe + i) & on;

		if (!now)
			continue;
		uk_port_out8(gpe + gpe_half + i, on & (uint8_t)~now);
		uk_port_out8(gpe + i, now);
		refuse(i * 8 + (unsigned int)__builtin_ctz(now));
	}
}

static void control_interrupt(void *arg)
{
	(void)arg;
	if (uk_port_in16(pm1) & POWER_BUTTON) {
		uk_port_out16(pm1, POWER_BUTTON);
		pressed();
	}
	general_events();
}

static void start_fixed(const struct uk_acpi_table *fadt)
{
	const uint8_t *p = (const uint8_t *)fadt;

	pm1 = (uint16_t)get32(p + PM1A_EVENT);
	pm1_half = p[PM1_EVENT_LEN] / 2;
	gpe = (uint16_t)get32(p + GPE0);
	gpe_half = gpe ? p[GPE0_LEN] / 2 : 0;
	if (!pm1 || pm1_half < 2)
		return;
	uk__acpi_take_over(uk_acpi_fadt());
	if (uk_irq_line_request(get16(p + SCI), UK_IRQ_ISA | UK_IRQ_LEVEL | UK_IRQ_LOW,
				control_interrupt, NULL) != 0)
		return;
	for (unsigned int i = 0; i < gpe_half; i++) {
		uk_port_out8(gpe + i, 0xff);
		uk_port_out8(gpe + gpe_half + i, 0xff);
	}
	uk_port_out16(pm1, POWER_BUTTON);
	uk_port_out16(pm1 + pm1_half, POWER_BUTTON);
}

static void event_device(void *regs)
{
	uint32_t events = uk_mmio_read32(regs); /* and clears them */

	if (events & GED_POWER)
		pressed();
	else if (events)
		refuse((unsigned int)__builtin_ctz(events));
}

static void found(const struct uk_acpi_device *device, void *arg)
{
	volatile void *regs = device->has_irq ? uk_mmio_map(device->base, 4) : NULL;

	(void)arg;
	if (regs)
		(void)uk_irq_line_request(device->gsi,
					  (device->edge ? 0 : UK_IRQ_LEVEL) |
						  (device->active_low ? UK_IRQ_LOW : 0),
					  event_device, (void *)regs);
}

static int button_init(void)
{
	const struct uk_acpi_fadt *fadt = uk_acpi_fadt();

	if (fadt && fadt->hw_reduced)
		(void)uk_acpi_devices("ACPI0013", found, NULL);
	else if (fadt)
		start_fixed(uk_acpi_find("FACP"));
	return 0;
}
UK_INIT(DEVICE, button_init);
