# SPDX-License-Identifier: BSD-3-Clause
"""What an image is made of: bytes of text, data and bss by library and by symbol.

A symbol's library is the folder of the file that defines it, as the debugger's information says
(llvm-symbolizer), or else the name's prefix uk_<library>_. Text is all that is never written,
data what the image carries and may write, bss what it only reserves.
"""
import json
import re
import subprocess
from collections import defaultdict, namedtuple

import elf
import process
import symbols

Piece = namedtuple("Piece", "library name kind size")
KINDS = ("text", "data", "bss")
TOPS = ("lib", "drivers", "arch", "plat", "ports", "apps")


def kind_of(section):
    if section.kind == elf.SHT_NOBITS:
        return "bss"
    return "data" if section.flags & elf.SHF_WRITE else "text"


def live_sections(image):
    return [s for s in image.sections if s.flags & elf.SHF_ALLOC and s.size]


def library_of_path(path):
    """lib/timer/timer.c is timer's; build/src/musl-1.2.3/src/x.c is musl's; None: not known."""
    parts = path.split("/")
    for i in range(len(parts) - 2, -1, -1):
        if parts[i] == "src" and re.match(r"[a-z][\w+-]*-\d", parts[i + 1]):
            return re.sub(r"-\d.*", "", parts[i + 1])
    for i, part in enumerate(parts[:-1]):
        if part in TOPS and i + 1 < len(parts) - 1:
            return parts[i + 1]
    return None


def library_of_name(name, known):
    m = re.match(r"uk__?([a-z0-9_]+)", name)
    if not m:
        return None
    words = m.group(1).split("_")
    for n in range(len(words), 0, -1):
        if "-".join(words[:n]) in known:
            return "-".join(words[:n])
    return words[0] if not known else None


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
    ask = "".join(("DATA " if not s[3].flags & elf.SHF_EXECINSTR else "CODE ") + f"{s[0]:#x}\n"
                  for s in found)
    try:
        out = subprocess.run([tool, "--output-style=JSON", "--no-inlines", "--obj=" + path],
                             input=ask.encode(), stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, timeout=120).stdout
    except (OSError, subprocess.SubprocessError):
        return {}
    files = {}
    for line in out.splitlines():
        try:
            answer = json.loads(line)
        except ValueError:
            continue
        data = answer.get("Data") or {}
        code = (answer.get("Symbol") or [{}])[0]
        name = code.get("FileName") or data.get("DeclFile") or ""
        if name:
            files[int(answer["Address"], 16)] = name
    return files


def pieces(path):
    """All of the image: its symbols, and what no symbol covers as (rest of SECTION)."""
    image = elf.Elf(path)
    found = spans(image)
    files = files_of(path, found)
    known = {lib for lib in map(library_of_path, set(files.values())) if lib}
    out, covered = [], defaultdict(int)
    for start, stop, name, section in found:
        library = library_of_path(files.get(start, "")) or library_of_name(name, known)
        out.append(Piece(library or "(other)", name, kind_of(section), stop - start))
        covered[section.index] += stop - start
    for s in live_sections(image):
        rest = s.size - covered[s.index]
        if rest > 0:
            out.append(Piece(_owner_of_section(s.name), f"(rest of {s.name})", kind_of(s), rest))
    return out


def _owner_of_section(name):
    if name.startswith(".rodata"):
        return "(constants)"        # strings and tables without a symbol, merged by the linker
    return "(other)"


def by_library(parts):
    totals = defaultdict(lambda: dict.fromkeys(KINDS, 0))
    for p in parts:
        totals[p.library][p.kind] += p.size
    return totals


def table(parts, largest=25):
    """The report as lines."""
    totals = by_library(parts)
    lines = [f"{'LIBRARY':<22}" + "".join(f"{k:>10}" for k in KINDS) + f"{'total':>10}"]
    for name, t in sorted(totals.items(), key=lambda i: -(i[1]["text"] + i[1]["data"])):
        lines.append(f"{name:<22}" + "".join(f"{t[k]:>10}" for k in KINDS)
                     + f"{sum(t.values()):>10}")
    whole = {k: sum(t[k] for t in totals.values()) for k in KINDS}
    lines.append(f"{'all':<22}" + "".join(f"{whole[k]:>10}" for k in KINDS)
                 + f"{sum(whole.values()):>10}")
    lines += ["", f"{'LARGEST SYMBOL':<42}{'kind':<6}{'bytes':>9}  library"]
    for p in sorted(parts, key=lambda p: (-p.size, p.name))[:largest]:
        lines.append(f"{p.name:<42}{p.kind:<6}{p.size:>9}  {p.library}")
    return lines
