# SPDX-License-Identifier: BSD-3-Clause
"""The configuration's front ends that need no terminal."""
import contextlib
import io
import os
import unittest

from scratch import TreeTest, config


class Frontends(TreeTest):
    def run_command(self, command, *more):
        setting = self.setting(*more, command)
        import frontends
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            frontends.run(setting, config.Session(setting))
        return said.getvalue()

    def values(self):
        text = self.read("build/hello/.config")
        return dict(line.split("=", 1) for line in text.splitlines() if line.startswith("CONFIG_"))

    def test_savedefconfig_is_the_least_that_gives_the_same(self):
        self.write("apps/hello/defconfig", "CONFIG_HELLO_PUTS=y\nCONFIG_TIMER_SLACK_NS=5\n"
                   "CONFIG_LIB_HEAP_REGION=y\n")
        self.generate()
        before = self.config_h()
        self.run_command("savedefconfig")
        saved = self.read("apps/hello/defconfig")
        self.assertIn("CONFIG_HELLO_PUTS=y\n", saved)
        self.assertIn("CONFIG_LIB_HEAP_REGION=y\n", saved)
        self.assertNotIn("TIMER_SLACK", saved)
        os.unlink(os.path.join(self.root, "build/hello/.config"))
        self.generate()
        self.assertEqual(self.config_h(), before)

    def test_olddefconfig_drops_what_is_gone_and_adds_what_is_new(self):
        self.run_command("defconfig")
        path = os.path.join(self.root, "build/hello/.config")
        with open(path, "a", encoding="utf-8") as f:
            f.write("CONFIG_GONE=y\n")
        self.library("lib/extra", "config LIB_EXTRA\n\tbool \"extra\"\n\tdefault y\n")
        self.assertIn("unknown option CONFIG_GONE", self.fault())
        self.assertIn("CONFIG_LIB_EXTRA=y", self.run_command("listnewconfig"))
        self.assertIn("dropped: CONFIG_GONE", self.run_command("olddefconfig"))
        self.assertEqual(self.values()["CONFIG_LIB_EXTRA"], "y")
        self.assertNotIn("CONFIG_GONE", self.values())
        self.generate()

    def test_allyes_and_allno(self):
        self.run_command("allyesconfig")
        self.generate()
        self.assertEqual(self.config_h()["CONFIG_LIB_LOG"], "1")
        self.assertEqual(self.config_h()["CONFIG_LIB_UART"], "1")
        self.assertEqual(self.config_h()["CONFIG_HEAP_EXTERN"], "0")
        self.run_command("allnoconfig")
        self.generate()
        self.assertEqual(self.config_h()["CONFIG_LIB_LOG"], "0")
        self.assertEqual(self.config_h()["CONFIG_LIB_TIMER"], "1")

    def test_randconfig_repeats_and_differs_and_is_valid(self):
        seen = set()
        for seed in range(12):
            self.run_command("randconfig", "--seed", str(seed))
            first = self.read("build/hello/.config")
            self.generate()
            self.assertEqual(self.config_h()["CONFIG_HEAP_EXTERN"], "0")
            self.run_command("randconfig", "--seed", str(seed))
            self.assertEqual(self.read("build/hello/.config"), first)
            seen.add(first)
        self.assertGreater(len(seen), 6)


if __name__ == "__main__":
    unittest.main()
