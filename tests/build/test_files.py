# SPDX-License-Identifier: BSD-3-Clause
"""What the engine makes besides objects: dependencies, tables, absent system calls, archives."""
import contextlib
import io
import os
import subprocess
import sys
import unittest

from scratch import REAL, TreeTest

import linkhelp
import mkcpio
import scan
from common import Fault


class Dependencies(TreeTest):
    def test_config_h_becomes_the_stamps_of_what_is_named(self):
        for name in ("A", "B_2", "UNUSED"):
            self.write(f"t/stamps/{name}", "")
        self.write("t/config.h", "#define CONFIG_UNUSED 1\n")
        self.write("a.c", "int a = CONFIG_A + CONFIG_A; /* CONFIG_GONE */\n")
        self.write("a.h", "x(CONFIG_B_2)y\n")
        self.write("cc/stddef.h", "CONFIG_UNUSED\n")
        self.write("a.dt", "t/a.o: a.c t/config.h \\\n  a.h cc/stddef.h\n")
        out = subprocess.run(
            ["awk", "-v", "stamps=t/stamps/", "-v", "config=t/config.h", "-v", "skip=cc",
             "-f", os.path.join(REAL, "support/build/fixdep.awk"), "a.dt"],
            cwd=self.root, check=True, capture_output=True, text=True).stdout
        self.assertEqual(out.replace("\\\n", " ").split(),
                         ["t/a.o:", "a.c", "a.h", "t/stamps/A", "t/stamps/B_2"])


class Scan(TreeTest):
    def setUp(self):
        super().setUp()
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(self.root)

    def test_tables_by_level_and_rank(self):
        self.write("lib/log/include/uk/log.h", "UK_TABLE(struct uk_sink, sink);\n")
        self.assertEqual(scan.tables(["lib/log"], []), ["sink"])
        text = scan.tables_ld(["init"], ["log", "timer"])
        places = [text.index(word) for word in (
            "uk_tab_init = .;", ".init.1.log)", ".init.1.timer)", ".init.2.log)",
            "uk_tab_init_end = .;")]
        self.assertEqual(places, sorted(places))

    def test_entry_of_an_undeclared_table(self):
        self.write("lib/log/log.c", "\nUK_TABLE_ENTRY(struct uk_sink, sinks) a = { 0 };\n")
        with self.assertRaises(Fault) as caught:
            scan.tables(["lib/log"], ["lib/log/log.c"])
        self.assertIn("lib/log/log.c:2: the table `sinks` is declared nowhere",
                      str(caught.exception))

    def test_absent_system_calls(self):
        path = "lib/posix-fd/rw.c"
        self.write(path, "UK_SYSCALL_FULL3(write, int, fd)\n{\n}\nUK_SYSCALL_LEAF0(getpid)\n")
        defined = scan.syscalls([path], ["lib/posix-fd"])
        self.assertEqual(defined, {"write", "getpid"})
        text = scan.absent_c({"read", "write"}, defined)
        self.assertIn("long uk_sys_read(", text)
        self.assertNotIn("uk_sys_write", text)
        with self.assertRaises(Fault):
            scan.syscalls([path], [])

    def test_help_for_an_undefined_symbol(self):
        self.write("lib/heap-tlsf/Makefile.uk", "srcs-y := a.c\nimplements-y := heap\n")
        self.assertEqual(linkhelp.providers("uk_heap_alloc"), ["lib/heap-tlsf"])
        self.assertEqual(linkhelp.providers("uk_timer_start"), ["lib/timer"])
        path = self.write("err", "ld.lld: error: undefined symbol: uk_heap_alloc\n")
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            linkhelp.main([path])
        self.assertIn("uk_heap_alloc is of lib/heap-tlsf", said.getvalue())


class Cpio(TreeTest):
    def test_always_the_same_and_readable(self):
        self.write("www/index.html", "hello\n")
        self.write("www/sub/a b.txt", "x" * 5)
        os.symlink("index.html", os.path.join(self.root, "www/link"))
        folder = os.path.join(self.root, "www")
        first = mkcpio.pack([folder])
        os.utime(os.path.join(folder, "index.html"), (1, 1))
        self.assertEqual(mkcpio.pack([folder]), first)
        self.assertIn(b"www/sub/a b.txt\0", first)
        self.assertTrue(first.startswith(b"070701"))
        self.assertEqual(len(first) % 4, 0)
        self.assertIn(b"index.html\0", mkcpio.pack([folder + "="]))
        self.assertNotIn(b"www/", mkcpio.pack([folder + "="]))
        with self.assertRaises(Fault):
            mkcpio.pack([os.path.join(self.root, "nope")])

    def test_a_link_to_a_folder_is_that_folder(self):
        self.write("real/index.html", "hello\n")
        folder, link = os.path.join(self.root, "real"), os.path.join(self.root, "site")
        os.symlink("real", link)
        self.assertEqual(mkcpio.pack([link + "=www"]), mkcpio.pack([folder + "=www"]))

    def test_what_cannot_be_read_or_written_is_one_line(self):
        self.write("www/index.html", "hello\n")
        for out in ("/proc/no/such", os.path.join(self.root, "no/such")):
            done = subprocess.run([sys.executable, "-B", os.path.join(
                REAL, "support/build/mkcpio.py"), out, os.path.join(self.root, "www")],
                capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, r"^error: .*: No such file or directory\n$")


if __name__ == "__main__":
    unittest.main()
