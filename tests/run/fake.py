# SPDX-License-Identifier: BSD-3-Clause
"""For the runner's tests: small images made here, and a QEMU that is a script."""
import os
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOLS = os.path.join(ROOT, "support", "run")
sys.path.insert(0, TOOLS)

TEXT = 0xffffffff80101000
DATA = 0xffffffff80102000


def elf(symbols=(), pvh=True, machine=62, top=0x200000):
    """An image: a text section of 4 KiB, a data section, and (name, address, size, kind)."""
    sections = [b"", b".text", b".data", b".symtab", b".strtab", b".shstrtab"]
    shstr = b"\0" + b"".join(s + b"\0" for s in sections[1:])
    strings, table = b"\0", bytes(24)
    for name, value, size, kind in symbols:
        index = 1 if value < DATA else 2
        table += struct.pack("<IBBHQQ", len(strings), 0x10 | kind, 0, index, value, size)
        strings += name.encode() + b"\0"
    note = struct.pack("<III4sI", 4, 4, 18, b"Xen\0", 0x100000) if pvh else b""
    at = 64 + 2 * 56
    parts, offsets = [note, table, strings, shstr], []
    for part in parts:
        offsets.append(at)
        at += len(part)
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 2, machine, 1, 0x100000, 64, at, 0, 64, 56, 2, 64, 6, 5)
    load = struct.pack("<IIQQQQQQ", 1, 7, 0, TEXT, 0x100000, 64, top - 0x100000, 4096)
    notes = struct.pack("<IIQQQQQQ", 4, 4, offsets[0], 0, 0, len(note), len(note), 4)

    def section(name, kind, flags, addr, offset, size, link=0, entry=0):
        return struct.pack("<IIQQQQIIQQ", shstr.find(b"\0" + name + b"\0") + 1, kind, flags, addr,
                           offset, size, link, 0, 1, entry)

    heads = bytes(64) + section(b".text", 1, 6, TEXT, 0, 4096) \
        + section(b".data", 1, 3, DATA, 0, 4096) \
        + section(b".symtab", 2, 0, 0, offsets[1], len(table), 4, 24) \
        + section(b".strtab", 3, 0, 0, offsets[2], len(strings)) \
        + section(b".shstrtab", 3, 0, 0, offsets[3], len(shstr))
    return head + load + notes + b"".join(parts) + heads


SYMBOLS = (("main", TEXT, 0x40, 2), ("uk_timer_tick", TEXT + 0x40, 0x40, 2),
           ("helper.llvm.12345", TEXT + 0x80, 0x20, 2), ("table", DATA, 64, 1))


class Case(unittest.TestCase):
    """A folder with an image app_kvm-x86_64 and its .dbg; `run` starts the real runner."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="ashlar-test-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.image = self.write("app_kvm-x86_64", elf())
        self.write("app_kvm-x86_64.dbg", elf(SYMBOLS))

    def write(self, name, data):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        return path

    def config(self, *lines):
        return self.write("kvm-x86_64/config.h", "".join(f"#define CONFIG_{n} 1\n" for n in lines))

    def qemu(self, body):
        """A QEMU: Python lines; `say(text)` writes to the guest's console."""
        text = (f"#!{sys.executable}\n"
                "import os, signal, sys, time\n"
                "def say(text):\n"
                "    os.write(1, text.encode())\n" + body + "\n")
        path = self.write("qemu", text)
        os.chmod(path, stat.S_IRWXU)
        return path

    def environment(self, **more):
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG")}
        return {**keep, "XDG_CACHE_HOME": os.path.join(self.folder, "cache"), **more}

    def command(self, *words, qemu=None, accel="ACCEL=tcg"):
        qemu = qemu or self.qemu("say('hello\\n[ashlar] exit 0\\n')")
        return [os.path.join(TOOLS, "run"), self.image, f"QEMU={qemu}", accel, *words]

    def run_it(self, *words, qemu=None, stdin=b"", accel="ACCEL=tcg", **environ):
        done = subprocess.run(self.command(*words, qemu=qemu, accel=accel), input=stdin,
                              capture_output=True, timeout=300, env=self.environment(**environ),
                              check=False)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return done

    def qemu_words(self, *words, **environ):
        """The QEMU command that a run would use."""
        done = self.run_it("DRYRUN=1", *words, **environ)
        self.assertEqual(done.returncode, 0, done.stderr)
        import shlex
        return shlex.split(done.stdout.splitlines()[-1])

    def fails(self, *words, says, status=125, **environ):
        done = self.run_it(*words, **environ)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertIn(says, done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
