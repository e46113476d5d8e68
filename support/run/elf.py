# SPDX-License-Identifier: BSD-3-Clause
"""A small reader of 64-bit little-endian ELF files: segments, sections, symbols, notes.

Written against the System V ABI (gABI), chapters 4 and 5. Every offset of the file is checked:
an image that was cut short gives a RunError, never a Python traceback.
"""
import struct
from collections import namedtuple

from errors import RunError

Segment = namedtuple("Segment", "kind flags offset vaddr paddr filesz memsz")
Section = namedtuple("Section", "index name kind flags addr offset size link info entsize")
Symbol = namedtuple("Symbol", "name value size kind bind section")
# place: the address; offset: where its bytes are in the file
Relocation = namedtuple("Relocation", "place kind symbol offset")

EM_X86_64, EM_AARCH64 = 62, 183
PT_LOAD, PT_NOTE = 1, 4
SHT_SYMTAB, SHT_RELA, SHT_NOBITS = 2, 4, 8
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR = 1, 2, 4
STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_SECTION, STT_FILE = range(5)
XEN_ELFNOTE_PHYS32_ENTRY = 18


class Elf:
    """One file, read whole."""

    def __init__(self, path):
        self.path = path
        try:
            with open(path, "rb") as f:
                self.data = f.read()
        except OSError as e:
            raise RunError(f"{path}: {e.strerror}") from e
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise RunError(f"{path} is not a 64-bit ELF image")
        head = self._unpack("<HHIQQQIHHHHHH", 16)
        self.machine, self.entry = head[1], head[3]
        self._phoff, self._shoff = head[4], head[5]
        self._phnum, self._shnum, self._shstrndx = head[9], head[11], head[12]
        self.segments = [self._segment(i) for i in range(self._phnum)]
        self._sections = None

    def _unpack(self, form, offset):
        try:
            return struct.unpack_from(form, self.data, offset)
        except struct.error as e:
            raise RunError(f"{self.path} is cut short: build it again") from e

    def _segment(self, i):
        kind, flags, offset, vaddr, paddr, filesz, memsz, _ = \
            self._unpack("<IIQQQQQQ", self._phoff + 56 * i)
        if kind == PT_LOAD and offset + filesz > len(self.data):
            raise RunError(f"{self.path} is cut short: build it again")
        return Segment(kind, flags, offset, vaddr, paddr, filesz, memsz)

    @property
    def sections(self):
        if self._sections is None:
            raw = [self._unpack("<IIQQQQIIQQ", self._shoff + 64 * i) for i in range(self._shnum)]
            names = raw[self._shstrndx] if self._shstrndx < len(raw) else None
            self._sections = [
                Section(i, self._string(names[4] + s[0]) if names else "", s[1], s[2], s[3], s[4],
                        s[5], s[6], s[7], s[9])
                for i, s in enumerate(raw)]
        return self._sections

    def _string(self, offset):
        end = self.data.find(b"\0", offset)
        return self.data[offset:end if end >= 0 else offset].decode("utf-8", "replace")

    def symbols(self):
        """All symbols of .symtab; none if the file is stripped."""
        table = next((s for s in self.sections if s.kind == SHT_SYMTAB), None)
        if not table or table.link >= len(self.sections):
            return []
        strings = self.sections[table.link].offset
        found = []
        for at in range(table.offset, table.offset + table.size - 23, 24):
            name, info, _, section, value, size = self._unpack("<IBBHQQ", at)
            found.append(Symbol(self._string(strings + name), value, size, info & 15, info >> 4,
                                section))
        return found

    def relocations(self):
        """Those that the linker left in what is loaded (--emit-relocs)."""
        symbols = self.symbols()
        for s in self.sections:
            if s.kind != SHT_RELA or s.info >= len(self.sections) or \
                    not self.sections[s.info].flags & SHF_ALLOC:
                continue
            of = self.sections[s.info]
            for at in range(s.offset, s.offset + s.size - 23, 24):
                place, info, _ = self._unpack("<QQq", at)
                yield Relocation(place, info & 0xffffffff, symbols[info >> 32],
                                 of.offset + place - of.addr)

    def notes(self):
        """(owner, kind, bytes) of each note of the PT_NOTE segments."""
        for s in self.segments:
            if s.kind != PT_NOTE:
                continue
            at, end = s.offset, min(s.offset + s.filesz, len(self.data))
            while at + 12 <= end:
                namesz, descsz, kind = self._unpack("<III", at)
                desc = at + 12 + (namesz + 3 & ~3)
                owner = self.data[at + 12:at + 12 + namesz].rstrip(b"\0")
                yield owner.decode("latin-1"), kind, self.data[desc:desc + descsz]
                at = desc + (descsz + 3 & ~3)

    def has_pvh_entry(self):
        return any(o == "Xen" and k == XEN_ELFNOTE_PHYS32_ENTRY for o, k, _ in self.notes())

    def top(self):
        """The physical address behind the last byte of the loaded image, bss included."""
        return max((s.paddr + s.memsz for s in self.segments if s.kind == PT_LOAD), default=0)
