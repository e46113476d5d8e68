# SPDX-License-Identifier: BSD-3-Clause
"""Which source file each instruction came from, inlined code included: the DWARF line table.

Read through llvm-dwarfdump (DWARF 5, section 6.2); without that tool nothing is known, and callers
fall back to the symbol that an address lies in.
"""
import bisect
import re
import subprocess

import process

ROW = re.compile(r"0x([0-9a-f]{16})\s+\d+\s+\d+\s+(\d+)\s+\d+\s+\d+\s+\d+\s*(.*)$")
ROW_OLD = re.compile(r"0x([0-9a-f]{16})\s+\d+\s+\d+\s+(\d+)\s+\d+\s+\d+\s*([a-z_ ]*)$")
FOLDER = re.compile(r'include_directories\[\s*(\d+)\] = "(.*)"')
FILE = re.compile(r"file_names\[\s*(\d+)\]:")
NAME = re.compile(r'\s+name: "(.*)"')
INDEX = re.compile(r"\s+dir_index: (\d+)")


class Lines:
    def __init__(self, path, inside):
        """inside(address): true for what is really in the image."""
        self.spans = []
        tool = process.find_tool("llvm-dwarfdump-19", "llvm-dwarfdump")
        if tool:
            try:
                out = subprocess.run([tool, "--debug-line", path], stdout=subprocess.PIPE,
                                     stderr=subprocess.DEVNULL, timeout=120, check=False).stdout
                self._parse(out.decode("utf-8", "replace").splitlines(), inside)
            except (OSError, subprocess.SubprocessError):
                pass
        self.spans.sort()
        self.starts = [s[0] for s in self.spans]

    def _parse(self, lines, inside):
        folders, files, number, row = {}, {}, 0, None
        for line in lines:
            if line.startswith("0x"):
                m = ROW.match(line) or ROW_OLD.match(line)
                if not m:
                    continue
                address, name = int(m[1], 16), files.get(int(m[2]))
                if row and row[0] < address and inside(row[0]):
                    self.spans.append((row[0], address, row[1]))
                row = None if "end_sequence" in m[3] else (address, name)
            elif line.startswith("Line table prologue"):
                folders, files, row = {}, {}, None
            elif (m := FOLDER.match(line)):
                folders[int(m[1])] = m[2]
            elif (m := FILE.match(line)):
                number = int(m[1])
            elif (m := NAME.match(line)):
                files[number] = m[1]
            elif (m := INDEX.match(line)) and int(m[1]):
                # folder 0 is where the compiler ran: such names stay as they are
                name = files.get(number, "")
                if not name.startswith("/"):
                    files[number] = folders.get(int(m[1]), "") + "/" + name

    def at(self, address):
        """The file, or None."""
        i = bisect.bisect_right(self.starts, address) - 1
        if i >= 0 and address < self.spans[i][1]:
            return self.spans[i][2]
        return None

    def within(self, start, stop):
        """[(file or None, bytes)] of a range."""
        out, at = [], start
        i = max(bisect.bisect_right(self.starts, start) - 1, 0)
        while at < stop and i < len(self.spans):
            low, high, name = self.spans[i]
            if low >= stop:
                break
            if high > at:
                if low > at:
                    out.append((None, low - at))
                    at = low
                out.append((name, min(high, stop) - at))
                at = min(high, stop)
            i += 1
        if at < stop:
            out.append((None, stop - at))
        return out
