/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/acpi.h>
#include <uk/init.h>
#include <uk/log.h>
#include <uk/param.h>

#include "mmio.h"

#define DEVICES_MAX 32u

/* Boot only: init functions run one after the other. */
static uint64_t known[DEVICES_MAX];
static unsigned int count;

/* A device that both ACPI and the command line name is one device. */
static void found(const struct place *place)
{
	for (unsigned int i = 0; i < count; i++) {
		if (known[i] == place->base)
			return;
	}
	if (count == DEVICES_MAX) {
		uk_warn("more than %u devices: 0x%llx is left out", DEVICES_MAX,
			(unsigned long long)place->base);
		return;
	}
	known[count++] = place->base;
	uk__virtio_mmio_probe(place);
}

static void found_acpi(const struct uk_acpi_device *device, void *arg)
{
	struct place place = {
		.base = device->base,
		.size = device->size,
		.gsi = device->gsi,
		.level = !device->edge,
		.active_low = device->active_low,
	};

	(void)arg;
	if (!device->has_irq || device->size < 0x100) {
		uk_warn("0x%llx: ACPI says no interrupt or too little memory",
			(unsigned long long)device->base);
		return;
	}
	found(&place);
}

static void find_on_command_line(void)
{
	for (unsigned int i = 0;; i++) {
		const char *text = uk_param_virtio_mmio(i);
		struct place place;

		if (!text)
			return;
		if (uk__virtio_mmio_parse(text, &place) != 0)
			uk_err("virtio_mmio.device=%s: wrong, it is SIZE@BASE:IRQ[:ID]", text);
		else
			found(&place);
	}
}

static int virtio_mmio_init(void)
{
	if (CONFIG_LIB_PARAM)
		find_on_command_line();
	if (CONFIG_LIB_ACPI)
		(void)uk_acpi_devices("LNRO0005", found_acpi, NULL);
	return 0;
}
UK_INIT(DEVICE, virtio_mmio_init);
