# SPDX-License-Identifier: BSD-3-Clause
"""What an image is made of: bytes of text, data and bss by library and by symbol.

Code counts for the library whose source it came from, also where the optimiser has put it into
another one's function (lines.py); data for the library that defines it. Text is all that is never
written, data what the image carries and may write, bss what it only reserves.
"""
import subprocess
from collections import defaultdict, namedtuple

import elf
import lines
import owners
import process
import symbols

# home: the library that defines the symbol; library: whose code this part of it is
Piece = namedtuple("Piece", "library name kind size home")
KINDS = ("text", "data", "bss")
OTHER = "(other)"


def kind_of(section):
    if section.kind == elf.SHT_NOBITS:
        return "bss"
    return "data" if section.flags & elf.SHF_WRITE else "text"


def live_sections(image):
    return [s for s in image.sections if s.flags & elf.SHF_ALLOC and s.size]


def spans(image):
    """[address, end, name, section] of each symbol, without overlaps."""
    live = {s.index: s for s in live_sections(image)}
    found = [s for s in image.symbols()
             if s.section in live and s.name and s.kind in
             (elf.STT_NOTYPE, elf.STT_OBJECT, elf.STT_FUNC)]
    # at one address: the largest first, functions and objects before labels
    found.sort(key=lambda s: (s.value, -s.size, s.kind == elf.STT_NOTYPE, s.name))
    out = []
    for i, s in enumerate(found):
        section = live[s.section]
        start = max(s.value, out[-1][1] if out and out[-1][3] is section else 0)
        limit = section.addr + section.size
        if not s.size and s.kind != elf.STT_OBJECT:
            # a label of assembler code: up to the next symbol
            later = (n.value for n in found[i + 1:i + 64] if n.value > s.value)
            stop = min(next(later, limit), limit)
        else:
            stop = min(s.value + s.size, limit)
        if stop > start:
            out.append([start, stop, symbols.plain_name(s.name), section])
    return out


def files_of(path, found):
    """{address: file that defines it}; empty without llvm-symbolizer."""
    tool = process.find_tool("llvm-symbolizer-19", "llvm-symbolizer")
    if not tool:
        return {}
    ask = [("CODE" if s[3].flags & elf.SHF_EXECINSTR else "DATA") + f" {s[0]:#x}" for s in found]
    try:
        out = subprocess.run([tool, "--output-style=LLVM", "--no-inlines", "--obj=" + path],
                             input="\n".join(ask).encode(), stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, timeout=120, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return {}
    files = {}
    # an answer is name, (for data: place), file:line[:column], and an empty line
    for s, answer in zip(found, out.decode("utf-8", "replace").split("\n\n")):
        where = answer.strip().split("\n")[-1]
        name = where.split(":")[0]
        if name and name != "??" and "." in name:
            files[s[0]] = name
    return files


class Parts:
    """The pieces of one image."""

    def __init__(self, path, image=None):
        self.elf = elf.Elf(path)
        self.owners = owners.Owners(image)
        self.lines = lines.Lines(path, self._inside())
        self.spans = spans(self.elf)
        self.files = files_of(path, self.spans)

    def _inside(self):
        ranges = [(s.addr, s.addr + s.size) for s in live_sections(self.elf)
                  if s.flags & elf.SHF_EXECINSTR]
        return lambda a: any(low <= a < high for low, high in ranges)

    def home(self, start, name):
        return self.owners.of_file(self.files.get(start)) or self.owners.of_name(name) or OTHER

    def all(self):
        """Symbols in parts, and what no symbol covers as (rest of SECTION)."""
        out, covered = [], defaultdict(int)
        for start, stop, name, section in self.spans:
            covered[section.index] += stop - start
            home = self.home(start, name)
            shares = {home: stop - start}
            if section.flags & elf.SHF_EXECINSTR:
                shares = self._shares(start, stop, home)
            out += [Piece(lib, name, kind_of(section), n, home) for lib, n in shares.items()]
        for s in live_sections(self.elf):
            rest = s.size - covered[s.index]
            if rest > 0:
                home = _owner_of_section(s.name)
                out.append(Piece(home, f"(rest of {s.name})", kind_of(s), rest, home))
        return out

    def _shares(self, start, stop, home):
        shares = defaultdict(int)
        for name, size in self.lines.within(start, stop):
            shares[self.owners.of_file(name) or home] += size
        return shares


def pieces(path, image=None):
    return Parts(path, image).all()


def _owner_of_section(name):
    if name.startswith(".rodata"):
        return "(constants)"        # strings and tables without a symbol, merged by the linker
    return OTHER


def by_library(parts):
    totals = defaultdict(lambda: dict.fromkeys(KINDS, 0))
    for p in parts:
        totals[p.library][p.kind] += p.size
    return totals


def table(parts, largest=25):
    """The report as lines."""
    totals = by_library(parts)
    out = [f"{'LIBRARY':<22}" + "".join(f"{k:>10}" for k in KINDS) + f"{'total':>10}"]
    for name, t in sorted(totals.items(), key=lambda i: -(i[1]["text"] + i[1]["data"])):
        out.append(f"{name:<22}" + "".join(f"{t[k]:>10}" for k in KINDS)
                   + f"{sum(t.values()):>10}")
    whole = {k: sum(t[k] for t in totals.values()) for k in KINDS}
    out.append(f"{'all':<22}" + "".join(f"{whole[k]:>10}" for k in KINDS)
               + f"{sum(whole.values()):>10}")
    out += ["", f"{'LARGEST SYMBOL':<42}{'kind':<6}{'bytes':>9}  library"]
    whole = defaultdict(int)
    for p in parts:
        whole[p.name, p.kind, p.home] += p.size
    for (name, kind, home), size in sorted(whole.items(), key=lambda i: (-i[1], i[0]))[:largest]:
        out.append(f"{name:<42}{kind:<6}{size:>9}  {home}")
    return out
