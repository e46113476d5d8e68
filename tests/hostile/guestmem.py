# SPDX-License-Identifier: BSD-3-Clause
"""Looks into a running guest from outside: QEMU writes its memory to a file, the symbols of the
.dbg image say what lies where. The guest carries nothing for it.
"""
import contextlib
import json
import os
import re
import socket
import struct
import sys
import tempfile

from build import ROOT
from registry import Failure

sys.path.append(os.path.join(ROOT, "support", "run"))

import elf  # noqa: E402

BASE = 0xffffffff80000000   # an address of the image = its physical address + this


class Gone(Failure):
    """QEMU has ended, before it answered."""


class Monitor:
    """QEMU's machine protocol (QMP) over a socket: `with Monitor() as m`, Server(**m.options)."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="ashlar-qmp-")
        self.path = os.path.join(self.folder.name, "qmp")
        self.options = {"QEMU_EXTRA": f"-qmp unix:{self.path},server=on,wait=off"}
        self.file = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):      # QEMU may have ended by itself
            if self.file:
                self.file.close()
        self.folder.cleanup()

    def _open(self):
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(60)
        link.connect(self.path)
        self.file = link.makefile("rw", encoding="utf-8")
        link.close()
        self.file.readline()    # the greeting
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        """Its `return`; events that come between are passed over."""
        if not self.file:
            self._open()
        try:
            self.file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
            self.file.flush()
            answer = next((a for a in map(json.loads, self.file) if "return" in a or "error" in a),
                          None)
        except ConnectionError:
            answer = None
        if answer is None:
            raise Gone(f"QMP {name}: QEMU has gone")
        if "error" in answer:
            raise Failure(f"QMP {name}: {answer['error']['desc']}")
        return answer["return"]

    def memory(self, size):
        """The first `size` bytes of the guest's memory."""
        path = os.path.join(self.folder.name, "memory")
        self.command("pmemsave", val=0, size=size, filename=path)
        with open(path, "rb") as f:
            data = f.read()
        os.unlink(path)
        return data


class Peek:
    """Variables of a running image. The image may have been moved at boot (KASLR)."""

    def __init__(self, image, monitor, mib=64):
        self.monitor, self.size = monitor, mib << 20
        binary = elf.Elf(image.symbols)
        self.symbols = {s.name: s for s in binary.symbols() if s.kind == elf.STT_OBJECT}
        # A long text among the constants: no address in it that boot would change.
        for s in binary.segments:
            found = s.kind == elf.PT_LOAD and not s.flags & 2 and re.search(
                rb"[ -~]{64,}", binary.data[s.offset:s.offset + s.filesz])
            if found:
                self.mark, self.mark_at = found.group(), s.vaddr + found.start()
                break

    def read(self, *names):
        """Their values now, each a number of the variable's size; all from one moment."""
        memory = self.monitor.memory(self.size)
        at = memory.find(self.mark)
        if at < 0:
            raise Failure("the image is not found in the guest's memory")
        values = []
        for name in names:
            symbol = self.symbols.get(name)
            if not symbol:
                raise Failure(f"the image has no variable {name}")
            form = {1: "<B", 2: "<H", 4: "<I"}.get(symbol.size, "<Q")     # a struct: its first
            values.append(struct.unpack_from(form, memory, symbol.value - self.mark_at + at)[0])
        return values

    def used(self):
        """(bytes of the heap in live blocks, bytes of all frames that are taken)."""
        # Whole-program optimisation cuts a struct into its members.
        heap = "statistics.0" if "statistics.0" in self.symbols else "statistics"
        live, opened, unused = self.read(heap, "uk__frames_nopened", "uk__frames_nfree")
        return live, (opened - unused) * 4096
