/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of the machine, by every way that such machines have, the most telling first. A way
 * that is not there does nothing.
 */

#include <uk/acpi.h>
#include <uk/cpu.h>
#include <uk/ioport.h>
#include <uk/ns16550.h>
#include <uk/plat.h>

#define PORT_DEBUG_EXIT 0x501 /* QEMU's isa-debug-exit, where our runner puts it */
#define PORT_KEYBOARD   0x64  /* i8042: command 0xfe pulses the reset line */
#define PORT_RESET      0xcf9 /* chipset: 0x0e is a full reset */

/* No table, so that any exception is a triple fault, which resets every machine. */
static uk_noreturn void triple_fault(void)
{
	static const struct uk_packed {
		uint16_t limit;
		uint64_t base;
	} nothing;

	__asm__ __volatile__("lidt %0; ud2" : : "m"(nothing));
	uk_cpu_stop();
}

void uk_plat_reset(void)
{
	uk_cpu_irq_disable();
	if (CONFIG_LIB_ACPI)
		uk_acpi_reset();
	uk_port_out8(PORT_KEYBOARD, 0xfe);
	uk_port_out8(PORT_RESET, 0x0e);
	triple_fault();
}

void uk_plat_exit(int status)
{
	uk_cpu_irq_disable();
	uk_port_out8(PORT_DEBUG_EXIT, (uint8_t)status);
	if (CONFIG_LIB_ACPI)
		uk_acpi_poweroff();
	/* No power switch. The runner, and microVM monitors, take a reset for the end. */
	uk_plat_reset();
}

void uk_plat_early_write(const char *text, size_t len)
{
	uk_ns16550_write_polled(UK_NS16550_COM1, text, len);
}
