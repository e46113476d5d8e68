# SPDX-License-Identifier: BSD-3-Clause
"""The small tools beside the runner: sizes, budgets, the boot report, the probe's image."""
import os
import shutil
import struct
import subprocess
import sys

import fake

import budget
import image
import probe_image
import owners
import sizes


class Sizes(fake.Case):
    def test_libraries_of_paths(self):
        for path, library in (
                ("lib/timer/timer.c", "timer"), ("/x/y/lib/posix-net/socket.c", "posix-net"),
                ("build/src/musl-1.2.3/src/string/memcpy.c", "musl"),
                ("/tmp/o/src/lwip-2.1.3/src/core/tcp.c", "lwip"), ("ports/musl/start.c", "musl"),
                ("arch/x86_64/mem.c", "x86_64"), ("plat/kvm/x86_64/start.c", "kvm"),
                ("apps/hello/main.c", "hello"), ("build/hello/kvm-x86_64/absent.c", None),
                ("main.c", None)):
            self.assertEqual(owners.by_place(path), library, path)

    def test_libraries_of_names(self):
        known = owners.Owners()
        known.names = {"timer", "posix-net", "posix"}
        self.assertEqual(known.of_name("uk_posix_net_open"), "posix-net")
        self.assertEqual(known.of_name("uk__timer_queue"), "timer")
        self.assertIsNone(known.of_name("main"))

    def test_libraries_of_listed_sources(self):
        self.write("kvm-x86_64/foo/sources", "x/y/a.c /z/b.c")
        known = owners.Owners(image.Image(self.image))
        self.assertEqual(known.of_file("x/y/a.c"), "foo")
        self.assertEqual(known.of_file("/z/b.c"), "foo")
        self.assertIsNone(known.of_file("x/y/a.h"))

    def test_pieces_add_up(self):
        path = self.write("x", fake.elf(fake.SYMBOLS + (("label", fake.TEXT + 0x10, 0, 0),)))
        total = sum(p.size for p in sizes.pieces(path))
        self.assertEqual(total, 2 * 4096)

    def test_program(self):
        done = subprocess.run([os.path.join(fake.TOOLS, "size"), self.image], text=True,
                              capture_output=True, env=self.environment(), check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("LIBRARY", done.stdout)
        self.assertIn("main", done.stdout)


class Report(fake.Case):
    """The trace of a QEMU that is a script; main is executed at its linked address."""

    def trace(self, lines):
        return self.qemu("fd = sys.argv[sys.argv.index('-D') + 1] if '-D' in sys.argv else None\n"
                         "if not fd:\n    say('QEMU emulator version 7.2.22')\n    sys.exit(0)\n"
                         "f = open(fd, 'w')\n"
                         f"for a in {lines!r}:\n"
                         "    f.write('Trace 0: 0x7f00 [00/%016x/00/00] \\n' % a)\n"
                         "f.close()\nsay('last words')")

    def report(self, lines):
        return subprocess.run([os.path.join(fake.TOOLS, "boot-report"), self.image],
                              capture_output=True, text=True, timeout=300, check=False,
                              env=self.environment(QEMU=self.trace(lines)))

    def test_counts(self):
        tick = fake.TEXT + 0x40
        done = self.report([0x99, 0x100000, 0x100004, tick, tick, fake.TEXT, tick])
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[-1], "entry to main: 4 instructions")
        self.assertTrue(any(ln.split()[:2] == ["uk_timer_tick", "2"] for ln in lines), lines)
        self.assertTrue(any(ln.split() == ["timer", "2"] for ln in lines), lines)

    def test_an_image_that_lies_elsewhere_in_each_boot(self):
        self.config("KASLR")
        upper = fake.TEXT + 0xc0
        self.write("app_kvm-x86_64.dbg",
                   fake.elf(fake.SYMBOLS + (("uk__kvm_entry_upper", upper, 16, 2),)))
        done = self.report([0x100000, 0x100004, upper + 0x5000, fake.TEXT + 0x5040,
                            fake.TEXT + 0x5000])
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[-1], "entry to main: 4 instructions")
        self.assertTrue(any(ln.split()[:2] == ["uk_timer_tick", "1"] for ln in lines), lines)

    def test_never_in_main(self):
        done = self.report([0x100000, 0x100004])
        self.assertEqual(done.returncode, 125)
        self.assertIn("before main", done.stderr)
        self.assertIn("last words", done.stderr)


class Budgets(fake.Case):
    def budgets(self, *args):
        path = os.path.join(self.folder, "budgets")
        return subprocess.run([sys.executable, os.path.join(fake.TOOLS, "budget.py"), *args,
                               "--file", path, self.image], capture_output=True, text=True,
                              env=self.environment(), timeout=300, check=False)

    def put(self, value, compiler="clang version 19.1.7"):
        self.config("LTO_FULL")
        self.write("budgets", f"# compiler: {compiler}\nkvm-x86_64 app image_bytes {value}\n")

    def check(self):
        return self.budgets("check", "--compiler", "clang version 19.1.7")

    def test_within(self):
        self.put(os.path.getsize(self.image))
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith("ok "), done.stdout)

    def test_over_names_who_grew(self):
        self.put(10)
        self.write("budgets.parts", "kvm-x86_64\tapp\timage_bytes\t(other)\tmain\t1\n")
        done = self.check()
        self.assertEqual(done.returncode, 1)
        self.assertIn("OVER kvm-x86_64 app image_bytes", done.stdout)
        self.assertIn("grew by", done.stdout)

    def test_other_compiler(self):
        self.put(10, "clang version 3.1")
        done = self.check()
        self.assertEqual(done.returncode, 0)
        self.assertIn("not compared", done.stdout)

    def test_debug_build(self):
        self.put(10)
        self.config("OPTIMIZE_DEBUG")
        self.assertIn("not compared", self.check().stdout)

    def test_broken_file(self):
        self.put("many")
        self.assertEqual(self.check().returncode, 125)
        os.unlink(self.folder + "/budgets")
        self.assertIn("make budgets writes it", self.check().stderr)

    def test_growth(self):
        figure = budget.Figure("t", "a", "image_bytes", 5)
        key = ("t", "a", "image_bytes")
        lines = budget.growth({key + ("lib1", "f"): 10, key + ("lib2", "g"): 10},
                              {key + ("lib1", "f"): 50, key + ("lib2", "g"): 9}, figure)
        self.assertEqual(lines, ["    lib1 grew by 40: most of it f (+40)"])


class Probe(fake.Case):
    def test_layout(self):
        data = probe_image.image()
        self.assertEqual(data[:5], b"\x7fELF\x01")
        entry = struct.unpack_from("<I", data, 24)[0]
        note = struct.unpack_from("<III4sI", data, 52 + 64)
        self.assertEqual(note, (4, 4, 18, b"Xen\0", entry))
        self.assertLess(len(data), 400)

    def test_against_an_assembler(self):
        tool = shutil.which("llvm-objdump-19") or shutil.which("llvm-objdump")
        if not tool:
            self.skipTest("no llvm-objdump")
        data = probe_image.image()
        start = data.index(b"\xba\xf8\x03\x00\x00")
        code = self.write("code.o", data[start:])
        copy = tool.replace("objdump", "objcopy")
        subprocess.run([copy, "-I", "binary", "-O", "elf64-x86-64", code, code + "64"], check=True)
        # The data alone: the names in .strtab hold this folder's, and would be disassembled too.
        text = subprocess.run([tool, "-D", "-j", ".data", "--no-show-raw-insn", code + "64"],
                              check=True, capture_output=True, text=True).stdout
        order = [text.index(word) for word in ("movl\t$0x3f8, %edx", "movl\t$0x1312d00, %eax",
                                               "decq\t%rax", "jne\t", "movw\t$0x501, %dx")]
        self.assertEqual(order, sorted(order))
