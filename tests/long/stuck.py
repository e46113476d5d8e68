# SPDX-License-Identifier: BSD-3-Clause
"""Where a guest that does not go on stands: each CPU, by name, asked of QEMU (QMP).

QEMU is started with options(path); then where() tells, as long as the guest is there.
"""
import json
import os
import re
import socket
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.append(os.path.join(ROOT, "support", "run"))

import symbols  # noqa: E402

FRAMES = 12
CORE_MOST = 512 << 20   # bytes of memory that are kept beside the report


def options(path):
    """QEMU_EXTRA for where()."""
    return f"-qmp unix:{path},server=on,wait=off"


class Monitor:
    """QEMU's own monitor."""

    def __init__(self, path):
        self.link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.link.settimeout(30)
        self.link.connect(path)
        self.answers = self.link.makefile("r", encoding="utf-8")
        self.answers.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        text = json.dumps({"execute": command, "arguments": arguments})
        self.link.sendall(text.encode() + b"\n")
        while True:
            answer = json.loads(self.answers.readline())
            if "event" not in answer:
                return answer.get("return")

    def person(self, line):
        """What the monitor for people answers."""
        return self.ask("human-monitor-command", **{"command-line": line}) or ""

    def words(self, cpu, address, count):
        self.person(f"cpu {cpu}")
        found = re.findall(r"0x([0-9a-f]{16})", self.person(f"x/{count}gx {address:#x}"))
        return [int(word, 16) for word in found]


def _callers(monitor, cpu, frame):
    """Return addresses along the frame pointers."""
    found = []
    while frame and len(found) < FRAMES:
        words = monitor.words(cpu, frame, 2)
        if len(words) < 2:
            break
        found.append(words[1])
        frame = words[0] if words[0] > frame else 0
    return found


def _cpu_line(monitor, cpu, text, known):
    def register(name):
        m = re.search(rf"\b{name}\s*=\s*([0-9a-f]+)", text)
        return int(m[1], 16) if m else 0

    trace = [register("RIP")] + _callers(monitor, cpu, register("RBP"))
    names = [known.name(a, is_return=i > 0) for i, a in enumerate(trace)]
    state = "halted" if re.search(r"HLT=1", text) else "runs"
    interrupts = "on" if register("RFL") & 0x200 else "off"
    return f"cpu{cpu}: {state}, interrupts {interrupts}: " + " < ".join(
        name or f"{a:#x}" for a, name in zip(trace, names) if name or a)


def where(path, image_symbols, core=None, memory=0):
    """Lines for a report. `core`: a file for gdb, kept where the memory is not large."""
    known = symbols.Symbols(image_symbols)
    try:
        monitor = Monitor(path)
        monitor.ask("stop")
        parts = re.split(r"^CPU#(\d+)\s*$", monitor.person("info registers -a"), flags=re.M)[1:]
        lines = [_cpu_line(monitor, int(number), text, known)
                 for number, text in zip(parts[::2], parts[1::2])]
        if core and memory <= CORE_MOST:
            monitor.ask("dump-guest-memory", paging=False, protocol=f"file:{core}")
            lines.append(f"memory: {core}, for gdb {image_symbols}")
        return lines
    except (OSError, ValueError) as e:
        return [f"QEMU does not tell where it stands: {e}"]
