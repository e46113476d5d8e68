# SPDX-License-Identifier: BSD-3-Clause
"""KASLR: loads the list of the addresses in an image with it, for its entry code to move.

    slide.py IMAGE LINKED

LINKED is the file with symbols, in which the linker left its relocations (--emit-relocs), IMAGE the
stripped one. The list comes behind the data, where .bss begins; its format stands in
plat/kvm/x86_64/slide.S.

Which fields are addresses is judged by what is in them: all of the image lies in the last 2 GiB,
physical addresses and sizes lie below. What would not move rightly is an error: a difference that
the linker computed, a kind of relocation that is not known here, a table of offsets (.got).
"""
import os
import struct
import sys

from common import Fault, fail

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))
import elf                                  # noqa: E402
from errors import RunError                 # noqa: E402

LOWEST, TOP = 0xffffffff80000000, 1 << 64
R_NONE, R_64, R_PC32, R_PLT32, R_32, R_32S, R_TPOFF32 = 0, 1, 2, 4, 10, 11, 23
STAY = (R_NONE, R_TPOFF32)
RELATIVE = (R_PC32, R_PLT32)
FIELDS = {R_64: "<Q", R_32: "<I", R_32S: "<i"}
FARTHEST = 0xffff                           # step of the list
HEADER = 56                                 # bytes of a program header


def value_of(symbols, name):
    for s in symbols:
        if s.name == name and s.section:
            return s.value
    raise Fault(f"KASLR: the image has no symbol {name}")


def refuse(r, what):
    raise Fault(f"KASLR: at {r.place:#x}: {r.symbol.name or 'a section'} {what}")


def moves(r, data, early):
    """Whether the entry code has to add the slide. early: the code that runs at its physical
    address; such are taken there, and of it."""
    if r.kind in STAY:
        return False
    if r.kind in RELATIVE:
        # zero: a weak symbol that nobody defines and nobody calls
        if r.symbol.value < LOWEST and r.symbol.section:
            refuse(r, "is no address of the image, but taken relative to one")
        return False
    if r.kind not in FIELDS:
        refuse(r, f"has a relocation of kind {r.kind}, which is not known")
    value = struct.unpack_from(FIELDS[r.kind], data, r.offset)[0] % TOP
    if value < LOWEST <= r.symbol.value and \
            not any(early[0] <= a < early[1] for a in (r.place, r.symbol.value)):
        refuse(r, "is subtracted from by the linker: subtract another symbol")
    return value >= LOWEST


def encoded(places, start):
    out = bytearray()
    for place in places:
        step, start = place - start, place
        while step > FARTHEST:
            out += bytes(3)
            step -= FARTHEST
        out += bytes([step]) if step < 256 else struct.pack("<BH", 0, step)
    return struct.pack("<I", len(out)) + out


def table_of(linked):
    if any(s.name == ".got" and s.size for s in linked.sections):
        raise Fault("KASLR: the image has a .got: something was compiled as PIC")
    symbols = linked.symbols()
    early = value_of(symbols, "uk__kvm_entry64"), value_of(symbols, "uk__kvm_entry_end")
    places = sorted({r.place for r in linked.relocations() if moves(r, linked.data, early)})
    return encoded(places, value_of(symbols, "uk_image_text"))


def with_table(image, table, at, limit):
    """The image's bytes with the table loaded at address `at`, in the segment of the data."""
    data = [s for s in image.segments if s.kind == elf.PT_LOAD][-1]
    if at + len(table) > limit or data.offset + data.filesz != len(image.data):
        raise Fault("KASLR: the list of addresses does not fit into .bss")
    gap = bytes(at - data.vaddr - data.filesz)
    out = bytearray(image.data) + gap + table
    first = struct.unpack_from("<Q", image.data, 32)[0]
    struct.pack_into("<Q", out, first + HEADER * image.segments.index(data) + 32,
                     len(out) - data.offset)
    return out


def main(path, linked_path):
    try:
        linked = elf.Elf(linked_path)
        symbols = linked.symbols()
        out = with_table(elf.Elf(path), table_of(linked), value_of(symbols, "uk__kvm_relocs"),
                         value_of(symbols, "uk__kvm_pml4"))
    except (Fault, RunError) as fault:
        return fail(fault)
    with open(path, "wb") as f:
        f.write(out)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
