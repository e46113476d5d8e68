/* SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Static ACPI tables, and just enough of the rest to switch off, reset and find virtio-mmio
 * devices without an AML interpreter. Source: ACPI Specification 6.4; the sections are named
 * at each function.
 *
 * Two kinds of functions. Those named uk_acpi_parse_*, uk_acpi_madt_next() and uk_acpi_aml_*
 * are pure: they read a byte range that the caller gives, never beyond it, and may be called
 * in any context. The others read the machine's tables through uk_plat_phys_read(): boot and
 * thread context. Tables are the firmware's word: lengths are bounded, checksums tested,
 * what is wrong is logged and taken as absent. They stay mapped for ever and are not written.
 */

#include <stdbool.h>
#include <uk/defs.h>

#define UK_ACPI_TABLE_MAX  (1u << 20) /* longest table that is believed, in bytes */
#define UK_ACPI_TABLES_MAX 64u        /* most entries of the root table that are looked at */

/* The header of every table (section 5.2.6). */
struct uk_acpi_table {
	char sig[4];
	uint32_t length; /* of the whole table with this header */
	uint8_t revision;
	uint8_t checksum;
	char oem_id[6];
	char oem_table_id[8];
	uint32_t oem_revision;
	uint32_t creator_id;
	uint32_t creator_revision;
} uk_packed;

/*
 * The first table with this signature, whole and with a right checksum; NULL if there is none
 * (or no ACPI at all). "DSDT" is found too, though the root table does not list it.
 */
const struct uk_acpi_table *uk_acpi_find(const char sig[4]);
/* The same for the nth one, from 0 (there may be several SSDTs). */
const struct uk_acpi_table *uk_acpi_find_nth(const char sig[4], unsigned int nth);

/* Generic address (section 5.2.3.2). address 0: absent. */
enum uk_acpi_space { UK_ACPI_MEMORY = 0, UK_ACPI_IO = 1, UK_ACPI_PCI = 2 };
struct uk_acpi_gas {
	uint64_t address;
	uint8_t space; /* enum uk_acpi_space, or another that is not supported */
	uint8_t bits;
};

/* FADT, section 5.2.9: what is used of it. */
struct uk_acpi_fadt {
	uk_paddr_t dsdt;
	bool hw_reduced;     /* no PM1 blocks: sleep_control is used */
	bool pm_timer_32bit; /* else it counts in 24 bits; 3,579,545 Hz either way */
	bool has_reset;
	struct uk_acpi_gas pm1a_control;
	struct uk_acpi_gas pm1b_control;
	struct uk_acpi_gas pm_timer;
	struct uk_acpi_gas reset;
	uint8_t reset_value;
	struct uk_acpi_gas sleep_control;
	uint16_t smi_command; /* port, 0: none; takes acpi_enable */
	uint8_t acpi_enable;
	uint16_t sci;
};

/* 0, or -EINVAL when the table is too short for its revision 1 fields. */
int uk_acpi_parse_fadt(const void *table, size_t len, struct uk_acpi_fadt *fadt);
/* This machine's, read once; NULL without one. */
const struct uk_acpi_fadt *uk_acpi_fadt(void);

/* MADT, section 5.2.12. */
enum uk_acpi_madt_type {
	UK_ACPI_MADT_LAPIC = 0,
	UK_ACPI_MADT_IOAPIC = 1,
	UK_ACPI_MADT_OVERRIDE = 2,
	UK_ACPI_MADT_NMI = 3,
	UK_ACPI_MADT_LAPIC_NMI = 4,
	UK_ACPI_MADT_LAPIC_ADDRESS = 5,
	UK_ACPI_MADT_X2APIC = 9,
};

struct uk_acpi_madt_entry {
	enum uk_acpi_madt_type type;
	union {
		struct { /* LAPIC and X2APIC */
			uint32_t id;
			uint32_t uid;
			bool usable; /* what may be brought online later is not yet */
		} cpu;
		struct {
			uint32_t id;
			uint32_t address;
			uint32_t gsi_base;
		} ioapic;
		struct { /* ISA interrupt `source` is `gsi`; flags of table 5.26 */
			uint8_t source;
			uint32_t gsi;
			uint16_t flags;
		} override;
		uint64_t lapic_address;
	};
};

/* Physical address of the local APICs that the MADT's head gives; 0 if too short. */
uint32_t uk_acpi_madt_lapic(const struct uk_acpi_table *madt);
/*
 * The next entry of a known type; *pos starts at 0. False at the end, or at the first entry
 * whose length is impossible. `madt->length` bytes are readable (uk_acpi_find() checks that).
 */
bool uk_acpi_madt_next(const struct uk_acpi_table *madt, size_t *pos,
		       struct uk_acpi_madt_entry *entry);

/* MCFG (PCI Firmware Specification 3.3, section 4.1.2). */
struct uk_acpi_mcfg_entry {
	uint64_t base; /* of bus 0, also if first_bus is not 0 */
	uint16_t segment;
	uint8_t first_bus;
	uint8_t last_bus;
};
/* Entry `index`, from 0; false when there is none or it is impossible. */
bool uk_acpi_parse_mcfg(const struct uk_acpi_table *mcfg, unsigned int index,
			struct uk_acpi_mcfg_entry *entry);

/* Physical address of the registers in a HPET table (IA-PC HPET 1.0a, 3.2.4), 0: none. */
uint64_t uk_acpi_parse_hpet(const struct uk_acpi_table *hpet);

/*
 * Root pointer, section 5.2.5.3. `rsdp` has len readable bytes. *entry_size becomes 4 (RSDT)
 * or 8 (XSDT); returns the root table's address, or 0 if this is no valid root pointer.
 */
uk_paddr_t uk_acpi_parse_rsdp(const void *rsdp, size_t len, unsigned int *entry_size);
/* Offset of the first valid root pointer on a 16-byte boundary in area[len], or -ENOENT. */
long uk_acpi_parse_scan(const void *area, size_t len);
/* True if the bytes of a table sum to zero and its length is len. */
bool uk_acpi_parse_valid(const void *table, size_t len);

/* Patterns in AML byte code (chapter 20). They find what compilers emit, not all that AML may say.
 */

/* SLP_TYP of \_S5 for PM1a and PM1b (section 7.4.2), or -ENOENT. */
int uk_acpi_aml_s5(const void *aml, size_t len, uint8_t type[2]);

struct uk_acpi_device {
	uint64_t base; /* first Memory32Fixed or 32/64-bit memory resource, or OperationRegion */
	uint64_t size;
	uint32_t gsi;
	bool has_irq;
	bool edge;       /* else level-triggered */
	bool active_low; /* else active high */
};

/*
 * The next Device() from *pos (start with 0) whose _HID is the string `hid`, with a _CRS, and
 * memory in it or in an OperationRegion. False at the end.
 */
bool uk_acpi_aml_device(const void *aml, size_t len, const char *hid, size_t *pos,
			struct uk_acpi_device *device);

/* Calls fn for each such device of the DSDT and the SSDTs; returns their number. */
unsigned int uk_acpi_devices(const char *hid, void (*fn)(const struct uk_acpi_device *, void *),
			     void *arg);

/*
 * Switch off (S5; sections 4.8.3.2.1, 4.8.3.7) and reset (4.8.3.6). Any context, provided that
 * tables were looked up once before. They return only if it cannot be done: -ENODEV
 * (firmware does not say how), -EIO (done, but the machine goes on).
 */
int uk_acpi_poweroff(void);
int uk_acpi_reset(void);
