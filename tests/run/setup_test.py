# SPDX-License-Identifier: BSD-3-Clause
"""support/deps/setup with a PATH of stand-ins: what it finds, what it refuses."""
import os
import shutil
import subprocess

import fake

SETUP = os.path.join(fake.ROOT, "support", "deps", "setup")
BASICS = ("sh", "sed", "grep", "sort", "head", "tail", "printf", "dirname", "mkdir", "mv", "rm",
          "cat", "id", "env", "mktemp", "awk")
TOOLS = {"clang-19": "Debian clang version 19.1.7", "ld.lld-19": "Debian LLD 19.1.7",
         "llvm-objcopy-19": "LLVM version 19.1.7", "llvm-nm-19": "LLVM version 19.1.7",
         "llvm-ar-19": "LLVM version 19.1.7", "llvm-symbolizer-19": "LLVM version 19.1.7",
         "qemu-system-x86_64": "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)",
         "git": "git version 2.39.5"}


class Setup(fake.Case):
    def setUp(self):
        super().setUp()
        for name in BASICS:
            self.link(name)
        for name, text in TOOLS.items():
            self.tool(name, text)
        self.python = self.tool("py", "", "echo 3.11.2")

    def link(self, name):
        os.makedirs(self.folder + "/bin", exist_ok=True)
        os.symlink(shutil.which(name), f"{self.folder}/bin/{name}")

    def tool(self, name, version, body=""):
        path = self.write("bin/" + name, f"#!/bin/sh\n{body or 'echo ' + repr(version)}\n")
        os.chmod(path, 0o755)
        return path

    def setup(self, *words, **environ):
        env = {"PATH": self.folder + "/bin", "SETUP": "no", "PYTHON": self.python, **environ}
        return subprocess.run([SETUP, *words], env=env, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=300, check=False)

    def test_all_there(self):
        done = self.setup("run")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_makefile(self):
        path = self.folder + "/out/tools.mk"
        self.assertEqual(self.setup("--makefile", path, "run").returncode, 0)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        self.assertIn("CC := clang-19\n", text)
        self.assertIn(self.folder + "/bin/clang-19", text)
        self.assertIn("TOOLS_GROUPS := run\n", text)

    def test_missing(self):
        os.unlink(self.folder + "/bin/clang-19")
        done = self.setup("run")
        self.assertEqual(done.returncode, 1)
        self.assertIn("clang-19", done.stderr)
        self.assertIn("compiles everything", done.stderr)

    def test_plain_name(self):
        os.unlink(self.folder + "/bin/clang-19")
        self.tool("clang", "clang version 18.1.8 (x)")
        self.assertEqual(self.setup("run").returncode, 1)
        for version in ("19.0.0", "19.1.7", "20.1", "100.0"):
            self.tool("clang", f"clang version {version} (x)")
            self.assertEqual(self.setup("run").returncode, 0, version)

    def test_override(self):
        self.assertEqual(self.setup("run", QEMU="/no/such").returncode, 1)
        path = self.tool("mine", "QEMU emulator version 9.0.1")
        self.assertEqual(self.setup("run", QEMU=path).returncode, 0)

    def test_tests_can_do_without(self):
        done = self.setup("run", "test")
        self.assertEqual(done.returncode, 0)
        self.assertIn("going on without", done.stderr)

    def test_what_it_went_on_without_is_looked_for_again(self):
        path = self.folder + "/out/tools.mk"
        self.assertEqual(self.setup("--makefile", path, "run", "test").returncode, 0)
        with open(path, encoding="utf-8") as f:
            self.assertIn("TOOLS_GROUPS := run\n", f.read())

    def test_wrong_words(self):
        os.unlink(self.folder + "/bin/git")
        self.assertNotEqual(self.setup("everything").returncode, 0)
        self.assertNotEqual(self.setup("run", SETUP="perhaps").returncode, 0)

    def test_doctor(self):
        os.unlink(self.folder + "/bin/clang-19")
        done = self.setup("--doctor")
        self.assertEqual(done.returncode, 0)
        line = next(ln for ln in done.stdout.splitlines() if ln.startswith("clang-19 "))
        self.assertIn("missing", line)
        self.assertIn("compiles everything", line)
        line = next(ln for ln in done.stdout.splitlines() if ln.startswith("qemu-system-x86_64"))
        self.assertIn("7.2.22", line)
