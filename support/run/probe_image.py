# SPDX-License-Identifier: BSD-3-Clause
"""A guest of 300 bytes that shows how fast ring 0 is: 20 million iterations in 64-bit mode.

It is emitted as bytes so that a machine needs no assembler to ask. It starts through the PVH note,
writes `G` to the first serial port, counts down, and ends QEMU through isa-debug-exit with 0x2a.
"""
import struct

BASE = 0x100000
ITERATIONS = 20_000_000
STARTED = b"G"
STATUS = 0x2a << 1 | 1          # what isa-debug-exit makes of 0x2a
TABLES = 0x110000               # three page tables: one 2 MiB page, identity


def _le(value):
    return struct.pack("<I", value)


def _code(at):
    """The code for address `at`; the descriptor table follows it."""
    def build(long_mode, gdtr):
        lines = (
            b"\xbf" + _le(TABLES),                              # mov $TABLES, %edi
            b"\x31\xc0",                                        # xor %eax, %eax
            b"\xb9" + _le(3 * 1024),                            # mov $3072, %ecx
            b"\xf3\xab",                                        # rep stosl
            b"\xc7\x05" + _le(TABLES) + _le(TABLES + 0x1003),   # movl: root, entry 0
            b"\xc7\x05" + _le(TABLES + 0x1000) + _le(TABLES + 0x2003),
            b"\xc7\x05" + _le(TABLES + 0x2000) + _le(0x83),     # present, write, 2 MiB
            b"\xb8" + _le(TABLES),                              # mov $TABLES, %eax
            b"\x0f\x22\xd8",                                    # mov %eax, %cr3
            b"\xb8" + _le(0x20),                                # PAE
            b"\x0f\x22\xe0",                                    # mov %eax, %cr4
            b"\xb9" + _le(0xc0000080),                          # EFER
            b"\xb8" + _le(0x100),                               # LME
            b"\x31\xd2",                                        # xor %edx, %edx
            b"\x0f\x30",                                        # wrmsr
            b"\xb8" + _le(0x80000011),                          # PG, ET, PE
            b"\x0f\x22\xc0",                                    # mov %eax, %cr0
            b"\x0f\x01\x15" + _le(gdtr),                        # lgdt gdtr
            b"\xea" + _le(long_mode) + b"\x08\x00",             # ljmp $8, $long_mode
        )
        tail = (
            b"\xba" + _le(0x3f8),                               # mov $0x3f8, %edx
            b"\xb0" + STARTED,                                  # mov $'G', %al
            b"\xee",                                            # out %al, %dx
            b"\xb8" + _le(ITERATIONS),                          # mov $ITERATIONS, %eax
            b"\x48\xff\xc8",                                    # 1: dec %rax
            b"\x75\xfb",                                        # jnz 1b
            b"\x66\xba\x01\x05",                                # mov $0x501, %dx
            b"\xb0\x2a",                                        # mov $0x2a, %al
            b"\xee",                                            # out %al, %dx
            b"\xf4",                                            # 2: hlt
            b"\xeb\xfd",                                        # jmp 2b
        )
        return b"".join(lines), b"".join(tail)

    head, tail = build(0, 0)
    gdt = at + len(head) + len(tail)
    head, tail = build(at + len(head), gdt + 16)
    return head + tail + struct.pack("<QQHI", 0, 0x00af9b000000ffff, 15, gdt)


def image():
    """The file's bytes: a 32-bit ELF with one segment and one note."""
    headers = 52 + 2 * 32
    note_at, entry = headers, BASE + headers + 20
    note = struct.pack("<III4sI", 4, 4, 18, b"Xen\0", entry)
    code = _code(entry)
    size = headers + len(note) + len(code)
    ident = b"\x7fELF\x01\x01\x01" + bytes(9)
    head = ident + struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, entry, 52, 0, 0, 52, 32, 2, 0, 0, 0)
    load = struct.pack("<IIIIIIII", 1, 0, BASE, BASE, size, size, 7, 4096)
    note_head = struct.pack("<IIIIIIII", 4, note_at, BASE + note_at, BASE + note_at, 20, 20, 4, 4)
    return head + load + note_head + note + code
