# SPDX-License-Identifier: BSD-3-Clause
"""A loader of our own for PVH: QEMU starts it as a kernel; it enters the image with start info,
memory map and firmware tables of our making (Xen's start_info.h; ACPI 6.4, section 5.2)."""
import os
import struct
import sys

from build import ROOT

sys.path.append(os.path.join(ROOT, "support", "run"))

import elf  # noqa: E402

LOADER = 0x3000000      # in the 64 MiB of these machines; below lie image and initrd
PAGE = 0x3010000        # start info
TABLES = 0x3020000
INITRD = 0x2100000
RAM, RESERVED, ACPI = 1, 2, 3
MIB = 1 << 20
WHOLE = ((0, 0x9f000, RAM), (MIB, 63 * MIB - 0x10000, RAM))


def entry_of(path):
    """The image's 32-bit entry, from its note of type 18."""
    data = elf.Elf(path).data
    at = data.find(struct.pack("<III", 4, 4, 18) + b"Xen\0")
    return struct.unpack_from("<I", data, at + 16)[0]


def loader(entry):
    """An ELF of 32 bits: a note, and `mov $PAGE, %ebx; mov $entry, %eax; jmp *%eax`."""
    code = b"\xbb" + struct.pack("<I", PAGE) + b"\xb8" + struct.pack("<I", entry) + b"\xff\xe0"
    note = struct.pack("<III", 4, 4, 18) + b"Xen\0" + struct.pack("<I", LOADER)
    at = 52 + 2 * 32
    head = struct.pack("<4sBBB9xHHIIIIIHHHHHH", b"\x7fELF", 1, 1, 1, 2, 3, 1, LOADER, 52, 0, 0,
                       52, 32, 2, 0, 0, 0)
    size = len(note) + 32
    code = code.ljust(32, b"\xf4")
    load = struct.pack("<IIIIIIII", 1, at, LOADER, LOADER, size, size, 7, 16)
    notes = struct.pack("<IIIIIIII", 4, at + 32, LOADER + 32, LOADER + 32, len(note), len(note),
                        4, 4)
    return head + load + notes + code + note


def start_info(cmdline, rsdp=0, memory=WHOLE, initrd=None):
    """The page with all that it points to."""
    map_at, line_at, mod_at = 0x100, 0x800, 0x80
    page = bytearray(0x2000)
    entries = b"".join(struct.pack("<QQII", start, size, kind, 0) for start, size, kind in memory)
    struct.pack_into("<IIIIQQQQII", page, 0, 0x336ec578, 1, 0, 1 if initrd else 0, PAGE + mod_at,
                     PAGE + line_at, rsdp, PAGE + map_at, len(memory), 0)
    struct.pack_into("<QQQQ", page, mod_at, INITRD, initrd or 0, 0, 0)
    page[map_at:map_at + len(entries)] = entries
    page[line_at:line_at + len(cmdline) + 1] = cmdline.encode() + b"\0"
    return bytes(page)


def summed(data, at, size=None):
    """The byte at `at` makes the sum of the first `size` zero."""
    data = bytearray(data)
    data[at] = 0
    data[at] = -sum(data[:size or len(data)]) & 0xff
    return bytes(data)


def table(sig, body, length=None):
    whole = sig + struct.pack("<IBB6s8sI4sI", length if length is not None else 36 + len(body), 1,
                              0, b"ASHLAR", b"HOSTILE ", 1, b"TEST", 1) + body
    return summed(whole, 9)


def rsdp(root):
    """Revision 2, with an XSDT."""
    one = summed(b"RSD PTR \0ASHLAR\2" + struct.pack("<I", 0) + struct.pack("<IQB3x", 36, root, 0),
                 8, 20)
    return summed(one, 32)


def tables(*some):
    """Root pointer, XSDT and these tables, from TABLES on."""
    at = TABLES + 0x1000
    out = bytearray(0x1000)
    places = []
    for one in some:
        places.append(at)
        padded = one.ljust((len(one) + 15) & ~15, b"\0")
        out += padded
        at += len(padded)
    xsdt = table(b"XSDT", b"".join(struct.pack("<Q", place) for place in places))
    out[0:36] = rsdp(TABLES + 0x40)
    out[0x40:0x40 + len(xsdt)] = xsdt
    return bytes(out)
