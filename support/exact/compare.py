# SPDX-License-Identifier: BSD-3-Clause
"""Where two files that should be the same differ: section, address and symbol of an image, the
entry of an initrd. One line for people; None if nothing differs."""
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))

import elf  # noqa: E402
from errors import RunError  # noqa: E402

SHOWN = 8


def first(a, b):
    """The first offset at which two byte strings differ, or None."""
    if a == b:
        return None
    step, at = 1 << 12, 0
    while a[at:at + step] == b[at:at + step]:
        at += step
    while a[at:at + 1] == b[at:at + 1]:
        at += 1
    return at


def shown(data, at):
    return data[at:at + SHOWN].hex(" ") or "(end)"


def text_at(data, at):
    """The C string around an offset, as far as it is one."""
    start = data.rfind(b"\0", 0, at) + 1
    end = data.find(b"\0", at)
    raw = data[start:end if end >= 0 else len(data)][:120]
    return raw.decode("ascii") if raw.isascii() and raw.decode().isprintable() else ""


def symbol(image, address):
    """name+offset of what lies at an address."""
    best = None
    for s in image.symbols():
        if s.name and s.kind in (elf.STT_NOTYPE, elf.STT_OBJECT, elf.STT_FUNC) \
                and s.value <= address and (s.section or 0) < 0xff00:
            if best is None or (s.value, s.kind) > (best.value, best.kind):
                best = s
    return f"{best.name}+{address - best.value:#x}" if best else "no symbol"


def content(image, section):
    return b"" if section.kind == elf.SHT_NOBITS else \
        image.data[section.offset:section.offset + section.size]


def sections(a, b, symbols):
    """The difference of two images by section: what is loaded first, for it is the cause."""
    there = {s.name: s for s in b.sections}
    for s in sorted(a.sections, key=lambda s: not s.flags & elf.SHF_ALLOC):
        other = there.pop(s.name, None)
        if other is None:
            return f"section {s.name} is only in the first"
        one, two = content(a, s), content(b, other)
        at = first(one, two)
        if at is None and (s.size, s.addr) != (other.size, other.addr):
            return (f"section {s.name}: {s.size} bytes at {s.addr:#x}, "
                    f"{other.size} at {other.addr:#x}")
        if at is None:
            continue
        where = f"+{at:#x}"
        if s.flags & elf.SHF_ALLOC:
            where = f"{s.addr + at:#x}, {symbol(symbols, s.addr + at)}"
        told = f"{shown(one, at)} | {shown(two, at)}"
        if text_at(one, at) and text_at(two, at):
            told = f"\"{text_at(one, at)}\" | \"{text_at(two, at)}\""
        return f"section {s.name}, first at {where}: {told}"
    if there:
        return f"section {next(iter(there))} is only in the second"
    return None


def loaded(a, b, symbols):
    """The difference of two images without sections, through the addresses of their segments."""
    at = first(a.data, b.data)
    for s in a.segments:
        if s.kind == elf.PT_LOAD and s.offset <= at < s.offset + s.filesz:
            address = s.vaddr + at - s.offset
            name = next((x.name for x in symbols.sections if x.flags & elf.SHF_ALLOC
                         and x.addr <= address < x.addr + x.size), "?")
            return (f"section {name}, first at {address:#x}, {symbol(symbols, address)}: "
                    f"{shown(a.data, at)} | {shown(b.data, at)}")
    return None


def images(one, two, symbols):
    a, b = elf.Elf(one), elf.Elf(two)
    names = elf.Elf(symbols) if symbols else a
    if len(a.sections) > 1:
        return sections(a, b, names)
    return loaded(a, b, names)


def entry(data, offset):
    """The name of the cpio entry that an offset lies in (newc, cpio(5))."""
    at, name = 0, None
    while at + 110 <= len(data) and at <= offset and data[at:at + 6] == b"070701":
        size, length = int(data[at + 54:at + 62], 16), int(data[at + 94:at + 102], 16)
        name = data[at + 110:at + 110 + length - 1].decode("utf-8", "replace")
        at = (at + 110 + length + 3 & ~3) + (size + 3 & ~3)
    return name


def difference(one, two, symbols=None):
    """symbols: the .dbg of the first, for an image without its own."""
    with open(one, "rb") as f, open(two, "rb") as g:
        a, b = f.read(), g.read()
    at = first(a, b)
    if at is None:
        return None
    told = None
    if a[:4] == b[:4] == b"\x7fELF":
        try:
            told = images(one, two, symbols)
        except RunError as error:
            told = str(error)
    elif a[:6] == b"070701":
        told = f"entry {entry(a, at)}"
    sizes = "" if len(a) == len(b) else f"{len(a)} and {len(b)} bytes; "
    return sizes + (told or f"first at offset {at:#x}: {shown(a, at)} | {shown(b, at)}")
