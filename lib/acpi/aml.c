/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/acpi.h>

#include "bytes.h"
#include <uk/errno.h>

/*
 * No interpreter: byte patterns of the few objects that firmware for virtual machines writes
 * as constants. Everything is bounded by the table (and a device by its package length).
 */

/* ACPI 6.4, section 20.3. */
enum {
	AML_ZERO = 0x00,
	AML_ONE = 0x01,
	AML_NAME = 0x08,
	AML_BYTE = 0x0a,
	AML_WORD = 0x0b,
	AML_DWORD = 0x0c,
	AML_STRING = 0x0d,
	AML_BUFFER = 0x11,
	AML_PACKAGE = 0x12,
	AML_EXT = 0x5b,
	AML_EXT_REGION = 0x80,
	AML_EXT_DEVICE = 0x82,
	AML_ROOT = 0x5c,
};

/* Section 6.4.3: the large resource items that are understood. */
enum {
	RES_END = 0x79,
	RES_MEMORY32 = 0x85,
	RES_MEMORY32_FIXED = 0x86,
	RES_DWORD_SPACE = 0x87,
	RES_IRQ = 0x89,
	RES_QWORD_SPACE = 0x8a,
};

#define OWN_PART_MAX 1024u /* of a device that is looked at: keeps the scan linear */

struct range {
	const uint8_t *p;
	size_t len;
};

/*
 * PkgLength (section 20.2.4) at r[at]: the bytes from there on that belong to the package are
 * put into *pkg, without the length itself. False if it does not fit.
 */
static bool take_package(struct range r, size_t at, struct range *pkg)
{
	if (at >= r.len)
		return false;

	uint8_t lead = r.p[at];
	size_t extra = lead >> 6;
	size_t len = extra ? lead & 0x0f : lead & 0x3f;

	if (extra >= r.len - at)
		return false;
	for (size_t i = 0; i < extra; i++)
		len |= (size_t)r.p[at + 1 + i] << (4 + 8 * i);
	if (len < 1 + extra || len > r.len - at)
		return false;
	pkg->p = r.p + at + 1 + extra;
	pkg->len = len - 1 - extra;
	return true;
}

/* A constant integer at r[*at]; moves *at behind it. */
static bool take_integer(struct range r, size_t *at, uint32_t *value)
{
	if (*at >= r.len)
		return false;

	uint8_t op = r.p[(*at)++];
	size_t left = r.len - *at;

	if (op == AML_ZERO || op == AML_ONE) {
		*value = op;
	} else if (op == AML_BYTE && left >= 1) {
		*value = r.p[*at];
		*at += 1;
	} else if (op == AML_WORD && left >= 2) {
		*value = get16(r.p + *at);
		*at += 2;
	} else if (op == AML_DWORD && left >= 4) {
		*value = get32(r.p + *at);
		*at += 4;
	} else {
		return false;
	}
	return true;
}

/* Offset behind the first Name(`name`, ...) in r, or 0. */
static size_t find_name(struct range r, const char *name, size_t from)
{
	for (size_t at = from; at + 5 <= r.len; at++) {
		if (r.p[at] != AML_NAME)
			continue;

		size_t seg = at + 1 + (r.p[at + 1] == AML_ROOT);

		if (seg + 4 <= r.len && memcmp(r.p + seg, name, 4) == 0)
			return seg + 4;
	}
	return 0;
}

int uk_acpi_aml_s5(const void *aml, size_t len, uint8_t type[2])
{
	struct range all = { aml, len };
	struct range pkg;

	for (size_t at = find_name(all, "_S5_", 0); at; at = find_name(all, "_S5_", at)) {
		size_t in = 1; /* behind NumElements */
		uint32_t a;
		uint32_t b = 0;

		if (at >= len || all.p[at] != AML_PACKAGE || !take_package(all, at + 1, &pkg) ||
		    pkg.len < 2 || pkg.p[0] < 1 || !take_integer(pkg, &in, &a))
			continue;
		if (pkg.p[0] >= 2 && !take_integer(pkg, &in, &b))
			continue;
		type[0] = (uint8_t)(a & 7);
		type[1] = (uint8_t)(b & 7);
		return 0;
	}
	return -ENOENT;
}

/*
 * The part of a device's body that is its own: up to the first device inside it, which may be
 * longer than what is looked at.
 */
static struct range own_part(struct range body)
{
	size_t len = UK_MIN(body.len, (size_t)OWN_PART_MAX);
	struct range inner;

	for (size_t at = 0; at + 2 < len; at++) {
		if (body.p[at] == AML_EXT && body.p[at + 1] == AML_EXT_DEVICE &&
		    take_package(body, at + 2, &inner))
			len = at;
	}
	return (struct range){ body.p, len };
}

static bool has_hid(struct range body, const char *hid)
{
	size_t at = find_name(body, "_HID", 0);
	size_t n = uk_str_len(hid);

	return at && at < body.len && body.p[at] == AML_STRING && body.len - at >= n + 2 &&
	       memcmp(body.p + at + 1, hid, n + 1) == 0;
}

static void take_memory(struct uk_acpi_device *device, uint64_t base, uint64_t size)
{
	if (device->size == 0) {
		device->base = base;
		device->size = size;
	}
}

/* One large item: p[len] is what follows its length field. */
static void take_resource(uint8_t tag, const uint8_t *p, size_t len, struct uk_acpi_device *device)
{
	if (tag == RES_MEMORY32_FIXED && len >= 9) {
		take_memory(device, get32(p + 1), get32(p + 5));
	} else if (tag == RES_MEMORY32 && len >= 17) {
		take_memory(device, get32(p + 1), get32(p + 13));
	} else if (tag == RES_DWORD_SPACE && len >= 23 && p[0] == UK_ACPI_MEMORY) {
		take_memory(device, get32(p + 7), get32(p + 19));
	} else if (tag == RES_QWORD_SPACE && len >= 43 && p[0] == UK_ACPI_MEMORY) {
		take_memory(device, get64(p + 11), get64(p + 35));
	} else if (tag == RES_IRQ && len >= 6 && p[1] >= 1 && !device->has_irq) {
		device->has_irq = true;
		device->edge = (p[0] & 2) != 0;
		device->active_low = (p[0] & 4) != 0;
		device->gsi = get32(p + 2);
	}
}

static void take_resources(struct range r, struct uk_acpi_device *device)
{
	size_t at = 0;

	while (at < r.len && r.p[at] != RES_END) {
		uint8_t tag = r.p[at];
		bool large = (tag & 0x80) != 0;
		size_t head = large ? 3 : 1;

		if (r.len - at < head)
			return;

		size_t len = large ? get16(r.p + at + 1) : (size_t)(tag & 7);

		if (len > r.len - at - head)
			return;
		if (large)
			take_resource(tag, r.p + at + head, len, device);
		at += head + len;
	}
}

/* _CRS as a constant buffer: Name(_CRS, Buffer(size) { resources }). */
static bool take_crs(struct range body, struct uk_acpi_device *device)
{
	size_t at = find_name(body, "_CRS", 0);
	struct range buffer;
	size_t in = 0;
	uint32_t size;

	*device = (struct uk_acpi_device){ 0 };
	if (!at || at >= body.len || body.p[at] != AML_BUFFER ||
	    !take_package(body, at + 1, &buffer) || !take_integer(buffer, &in, &size))
		return false;

	size_t n = UK_MIN(buffer.len - in, (size_t)size);
	struct range items = { buffer.p + in, n };

	take_resources(items, device);
	return true;
}

/* Without a memory resource: the first OperationRegion(NAME, SystemMemory, base, size). */
static bool take_region(struct range body, struct uk_acpi_device *device)
{
	for (size_t at = 0; device->size == 0 && at + 7 < body.len; at++) {
		size_t in = at + 7;
		uint32_t base, size;

		if (body.p[at] == AML_EXT && body.p[at + 1] == AML_EXT_REGION &&
		    body.p[at + 6] == UK_ACPI_MEMORY && take_integer(body, &in, &base) &&
		    take_integer(body, &in, &size))
			take_memory(device, base, size);
	}
	return device->size != 0;
}

bool uk_acpi_aml_device(const void *aml, size_t len, const char *hid, size_t *pos,
			struct uk_acpi_device *device)
{
	struct range all = { aml, len };
	struct range body;

	for (size_t at = *pos; at + 2 <= len; at++) {
		if (all.p[at] != AML_EXT || all.p[at + 1] != AML_EXT_DEVICE ||
		    !take_package(all, at + 2, &body))
			continue;
		body = own_part(body);
		if (has_hid(body, hid) && take_crs(body, device) && take_region(body, device)) {
			*pos = at + 2;
			return true;
		}
	}
	*pos = len;
	return false;
}
