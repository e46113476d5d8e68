# SPDX-License-Identifier: BSD-3-Clause
"""The front door, where no tool is needed: new applications, cleaning, folders that clash."""
import os
import re
import shutil
import subprocess
import unittest

from scratch import REAL, TreeTest


class Front(TreeTest):
    def setUp(self):
        super().setUp()
        for name in ("Makefile", "support"):
            path = os.path.join(self.root, name)
            shutil.rmtree(path, ignore_errors=True)
            os.symlink(os.path.join(REAL, name), path)

    def make(self, *words):
        env = {k: v for k, v in os.environ.items()
               if k not in ("MAKEFLAGS", "MFLAGS", "A", "O", "L", "F")}
        return subprocess.run(["make", *words], cwd=self.root, text=True, check=False,
                              env={**env, "HOME": os.path.join(self.root, "home")},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def refused(self, *words, says):
        done = self.make(*words)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn(says, done.stdout)

    def test_clean_takes_only_what_was_built(self):
        self.write("home/file", "")
        for out in (".", "..", "/", "home", "apps"):
            self.refused(f"O={out}", "A=apps/hello", "distclean",
                         says="holds more" if out != "apps" else "own folder")
        self.refused("O=apps", "A=apps/hello", "clean", says="own folder")
        self.write("build/hello/file", "")
        self.write("build/other/file", "")
        self.assertEqual(self.make("A=apps/hello", "clean").returncode, 0)
        self.assertEqual(os.listdir(os.path.join(self.root, "build")), ["other"])
        self.assertEqual(self.make("distclean").returncode, 0)
        self.assertFalse(os.path.exists(os.path.join(self.root, "build")))
        self.assertTrue(os.path.exists(os.path.join(self.root, "home/file")))

    def test_names_that_the_build_folder_keeps(self):
        """What the makefiles put there is no application's name, nor is one made with it."""
        kept = {"src", "shared"}
        for path in ("Makefile", "tests/tests.mk", "support/check/check.mk"):
            with open(os.path.join(REAL, path), encoding="utf-8") as f:
                kept |= set(re.findall(r"\$\(O\)\)?/(\w+)", f.read()))
        self.assertTrue(kept > {"rebuild", "planted"}, kept)
        for name in sorted(kept):
            self.library(f"mine/{name}", f"config APP_{name.upper()}\n\tbool\n")
            self.refused(f"A=mine/{name}", "clean", says="rename the folder")
            self.refused("new-app", f"NAME={name}", "DIR=other", says="under that name")

    def test_a_new_application_in_the_tree_names_no_machine(self):
        for where, up in (("apps", "../.."), ("tests/apps", "../../.."), (".", "..")):
            self.assertEqual(self.make("new-app", "NAME=foo", f"DIR={where}").returncode, 0)
            text = self.read(f"{where}/foo/Makefile")
            self.assertEqual(text, f"ASHLAR ?= {up}\ninclude $(ASHLAR)/Makefile\n")


if __name__ == "__main__":
    unittest.main()
