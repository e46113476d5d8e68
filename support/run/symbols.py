# SPDX-License-Identifier: BSD-3-Clause
"""Names for addresses: function+offset by our own reader, file and line by llvm-symbolizer."""
import bisect
import json
import os
import re
import subprocess

import elf
import process
from errors import RunError


def plain_name(name):
    """Without what whole-program optimisation appends: name.llvm.123, name.45."""
    return re.sub(r"(\.llvm)?\.\d+$", "", name)


class Symbols:
    """The symbols of one image. A stripped or missing file has none, and names nothing."""

    def __init__(self, path):
        self.path = path
        self.code, self.data, self.ranges = [], [], []
        try:
            image = elf.Elf(path)
            self._read(image)
        except (RunError, OSError):
            pass
        self.starts = [s.value for s in self.code]
        self.data_starts = [s.value for s in self.data]
        self._lines = {}

    def _read(self, image):
        text = {s.index for s in image.sections if s.flags & elf.SHF_EXECINSTR}
        live = {s.index for s in image.sections if s.flags & elf.SHF_ALLOC}
        self.ranges = [(s.addr, s.addr + s.size) for s in image.sections if s.index in text]
        wanted = (elf.STT_NOTYPE, elf.STT_FUNC, elf.STT_OBJECT)
        for s in image.symbols():
            if not s.name or s.kind not in wanted or s.name.startswith((".L", "$")):
                continue
            if s.section in text:
                self.code.append(s)
            elif s.section in live and s.kind == elf.STT_OBJECT:
                self.data.append(s)
        # functions win over labels at the same address: sorted last, found first
        self.code.sort(key=lambda s: (s.value, s.kind == elf.STT_FUNC, s.size))
        self.data.sort(key=lambda s: s.value)

    def in_text(self, address):
        return any(low <= address < high for low, high in self.ranges)

    def function(self, address):
        """(name, offset) or None."""
        if not self.in_text(address):
            return None
        i = bisect.bisect_right(self.starts, address) - 1
        if i < 0:
            return None
        # a label inside a function does not hide the function
        best = self.code[i]
        for s in reversed(self.code[max(0, i - 32):i + 1]):
            if s.kind == elf.STT_FUNC and s.value <= address < s.value + s.size:
                best = s
                break
        return plain_name(best.name), address - best.value

    def object(self, address):
        i = bisect.bisect_right(self.data_starts, address) - 1
        if i < 0 or address >= self.data[i].value + max(self.data[i].size, 1):
            return None
        return plain_name(self.data[i].name), address - self.data[i].value

    def load_lines(self, addresses):
        """Looks up file and line of all these at once: starting the symbolizer costs 50 ms."""
        wanted = sorted({a for a in addresses if self.in_text(a)} - set(self._lines))
        tool = process.find_tool("llvm-symbolizer-19", "llvm-symbolizer")
        if not wanted or not tool:
            return
        try:
            out = subprocess.run(
                [tool, "--output-style=JSON", "--obj=" + self.path, "--no-demangle"],
                input="".join(f"{a:#x}\n" for a in wanted).encode(), timeout=30,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
            for line in out.splitlines():
                self._keep(json.loads(line))
        except (OSError, ValueError, subprocess.SubprocessError):
            pass            # without lines, names still stand

    def _keep(self, answer):
        frames = answer.get("Symbol") or []
        if frames and frames[0].get("FileName"):
            inner = frames[0]
            self._lines[int(answer["Address"], 16)] = (
                os.path.basename(inner["FileName"]), inner.get("Line", 0),
                inner.get("FunctionName", ""), len(frames) > 1)

    def line(self, address):
        """`main.c:14`, and whose code it was if it was inlined; empty if not known."""
        found = self._lines.get(address)
        if not found:
            return ""
        name, number, function, inlined = found
        text = f"{name}:{number}" if number else name
        return f"{text}, in {plain_name(function)}" if inlined and function else text

    def name(self, address, is_return=False):
        """`main+0x12 (main.c:14)`, or None outside the image's text.

        A return address belongs to the call before it, which may be the last of its function.
        """
        at = address - 1 if is_return else address
        found = self.function(at)
        if not found:
            return None
        text = f"{found[0]}+{found[1] + address - at:#x}"
        line = self.line(at)
        return f"{text} ({line})" if line else text
