/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include <uk/acpi.h>

/* The PM1 registers become ours, if they are still the firmware's. */
void uk__acpi_take_over(const struct uk_acpi_fadt *fadt);
