# SPDX-License-Identifier: BSD-3-Clause
"""The generator: values, ranks, targets, external libraries, and what it refuses."""
import os
import shutil
import subprocess
import sys
import unittest
from unittest import mock

from scratch import REAL, TreeTest, config


class Values(TreeTest):
    def test_bools_are_0_or_1_and_numbers_are_always_there(self):
        self.generate()
        h = self.config_h()
        self.assertEqual(h["CONFIG_LIB_TIMER"], "1")
        self.assertEqual(h["CONFIG_LIB_UART"], "0")
        self.assertEqual(h["CONFIG_TIMER_SLACK_NS"], "5")
        # Its dependency is unmet: still a string, with quote and dollar.
        self.assertEqual(h["CONFIG_LOG_NAME"], '"a\\"b$"')
        self.assertIn("CONFIG_TIMER_SLACK_NS := 5\n",
                      self.read("build/hello/kvm-x86_64/config.mk"))

    def test_nothing_is_rewritten_without_a_change(self):
        self.generate()
        names = ["config.h", "deps.mk", "config.mk", "stamps/LIB_TIMER"]
        paths = [os.path.join(self.root, "build/hello/kvm-x86_64", n) for n in names]
        before = [os.stat(p).st_mtime_ns for p in paths]
        self.generate()
        self.assertEqual(before, [os.stat(p).st_mtime_ns for p in paths])

    def test_only_the_stamp_of_a_changed_option_is_touched(self):
        self.generate()
        stamps = os.path.join(self.root, "build/hello/kvm-x86_64/stamps")
        for name in os.listdir(stamps):
            os.utime(os.path.join(stamps, name), (1, 1))
        self.write("apps/hello/defconfig", "CONFIG_TIMER_SLACK_NS=7\n")
        self.generate()
        touched = [n for n in os.listdir(stamps)
                   if os.stat(os.path.join(stamps, n)).st_mtime != 1]
        self.assertEqual(touched, ["TIMER_SLACK_NS"])


class Locks(TreeTest):
    """Of the real tree: files have locks wherever threads do not give way by themselves."""

    def sync(self, app, *options):
        self.write("more.config", "".join(line + "\n" for line in options))
        fragment = ["--fragments", os.path.join(self.root, "more.config")] if options else []
        for command in ("defconfig", "gen"):
            subprocess.run(
                [sys.executable, "-B", REAL + "/support/build/config.py", "--app", app,
                 "--out", self.root + "/locks", "--compiler", "clang-19", *fragment, command],
                cwd=REAL, capture_output=True, text=True, check=True)
        text = self.read(f"locks/{os.path.basename(app)}/kvm-x86_64/config.h")
        return "#define CONFIG_LIB_SYNC 1\n" in text

    def test_files_have_locks_where_threads_are_preempted(self):
        for options in (["CONFIG_LIB_SCHED_FAIR=y"], ["CONFIG_LIB_SMP=y"],
                        ["CONFIG_LIB_SCHED_COOP=y", "CONFIG_VM_DEMAND=y"]):
            self.assertTrue(self.sync("apps/micro", *options), options)
        self.assertFalse(self.sync("apps/micro"), "of one CPU, and each gives way by itself")
        self.assertFalse(self.sync("apps/hello"))


class Again(TreeTest):
    """What makes the generator run again."""

    def current(self):
        return config.up_to_date(self.setting("gen"))

    def test_what_it_reads(self):
        self.write("lib/log/include/uk/log.h", "")
        self.generate()
        self.assertTrue(self.current())
        for name in ("lib/log/include/uk/more.h", "lib/new/Config.uk", "apps/hello/defconfig"):
            self.write(name, "config LIB_NEW\n\tbool\n" if "new" in name else "")
            self.assertFalse(self.current(), name)
            self.generate()
            self.assertTrue(self.current(), name)

    def test_what_it_writes(self):
        self.generate()
        out = os.path.join(self.root, "build/hello")
        for name in ("kvm-x86_64/config.h", "kvm-x86_64/deps.mk", "kvm-x86_64/stamps/LIB_LOG",
                     "targets", "toolchain.mk", ".config"):
            os.unlink(os.path.join(out, name))
            self.assertFalse(self.current(), name)
            self.generate()
            self.assertTrue(self.current() and os.path.exists(os.path.join(out, name)), name)


class Graph(TreeTest):
    def test_rank_follows_selects_and_contracts(self):
        self.generate()
        libs = self.deps()["libs"].split()
        for first, later in (("x86_64", "timer"), ("heap-tlsf", "timer"), ("timer", "boot"),
                             ("boot", "kvm")):
            self.assertLess(libs.index(first), libs.index(later), libs)
        self.assertNotIn("log", libs)

    def test_implied_headers_are_on_the_path_and_imply_turns_nothing_on(self):
        self.generate()
        self.assertIn("log", self.deps()["timer.uses"].split())
        self.assertEqual(self.deps()["log.dir"], "lib/log")
        self.assertEqual(self.config_h()["CONFIG_LIB_LOG"], "0")

    def test_implied_library_comes_first_when_it_is_on(self):
        self.write("apps/hello/defconfig", "CONFIG_LIB_LOG=y\n")
        self.generate()
        libs = self.deps()["libs"].split()
        self.assertLess(libs.index("log"), libs.index("timer"))

    def test_headers_of_headers_are_reached(self):
        self.write("lib/timer/include/uk/timer.h", "#include <uk/log.h>\n")
        self.write("lib/log/include/uk/log.h", "")
        self.generate()
        self.assertEqual(self.deps()["boot.uses"].split(), ["timer", "log"])

    def test_cycle_of_selects(self):
        self.library("lib/log", "config LIB_LOG\n\tbool \"log\"\n\tselect LIB_BOOT\n")
        self.library("lib/timer", "config LIB_TIMER\n\tbool\n\tselect LIB_LOG\n")
        said = self.fault()
        self.assertIn("dependency cycle: ", said)
        for name in ("LIB_LOG", "LIB_BOOT", "LIB_TIMER"):
            self.assertIn(name, said)

    def test_cycle_through_imply(self):
        self.library("lib/log", "config LIB_LOG\n\tbool \"log\"\n\timply LIB_TIMER\n")
        self.write("apps/hello/defconfig", "CONFIG_LIB_LOG=y\n")
        self.assertRegex(self.fault(), "dependency cycle: (log -> timer -> log|timer -> log -> t)")

    def test_upward_select(self):
        self.library("lib/log", "config LIB_LOG\n\tbool \"log\"\n\tselect LIB_UART\n")
        said = self.fault()
        self.assertIn("lib/log/Config.uk:1: lib/log (layer lib) names LIB_UART of drivers/uart",
                      said)

    def test_driver_and_posix_do_not_meet(self):
        self.library("lib/posix-fd", "config LIB_POSIX_FD\n\tbool \"fd\"\n\timply LIB_UART\n")
        self.assertIn("(layer posix) names LIB_UART", self.fault())

    def test_twins(self):
        self.library("drivers/timer", "config LIB_TIMER\n\tbool\n")
        self.assertIn("two libraries have the name timer", self.fault())


class Refused(TreeTest):
    def test_unknown_option_in_a_defconfig(self):
        self.write("apps/hello/defconfig", "CONFIG_LIB_TIMMER=y\n")
        self.assertIn("unknown option CONFIG_LIB_TIMMER", self.fault())

    def test_unknown_option_in_config_uk(self):
        self.library("lib/log", "config LIB_LOG\n\tbool\n\tselect LIB_NOPE\n")
        self.assertIn("lib/log/Config.uk:1: LIB_NOPE is not an option", self.fault())

    def test_capability_that_nobody_has(self):
        self.library("lib/log", "config LIB_LOG\n\tbool \"l\"\n\tdepends on HAS_NOTHING\n")
        self.assertIn("`select HAS_NOTHING`", self.fault())

    def test_select_with_unmet_dependency(self):
        self.library("plat/kvm", "config PLAT_KVM\n\tbool\n\tselect LIB_UART\n")
        self.write("apps/hello/defconfig", "CONFIG_TARGET_KVM_ARM64=y\n")
        said = self.fault()
        self.assertIn("LIB_UART", said)
        self.assertIn("selected by PLAT_KVM", said)
        self.assertIn("HAS_IOPORTS", said)

    def test_line_without_effect(self):
        self.write("apps/hello/defconfig", "CONFIG_HELLO_PUTS=y\nCONFIG_LIB_BOOT=n\n")
        self.assertIn("defconfig:2: CONFIG_LIB_BOOT=n has no effect: it is selected by PLAT_KVM",
                      self.fault())

    def test_unmet_dependency_in_a_defconfig(self):
        self.library("lib/extra", "config LIB_EXTRA\n\tbool \"e\"\n\tdepends on LIB_LOG\n")
        self.write("apps/hello/defconfig", "CONFIG_LIB_EXTRA=y\n")
        self.assertIn("it depends on LIB_LOG, which is not met", self.fault())

    def test_numbers_and_strings_without_effect(self):
        for line, says in (
                ("CONFIG_TIMER_SLACK_NS=10", "it goes from 1 to 9"),
                ("CONFIG_LOG_NAME=\"x\"", "it depends on LIB_LOG, which is not met"),
                ("CONFIG_HIDDEN=3", "it is not for people to set")):
            self.library("lib/extra", "config LIB_EXTRA\n\tbool\n"
                         "config HIDDEN\n\tint\n\tdefault 2\n")
            self.write("apps/hello/defconfig", line + "\n")
            self.assertIn(f"defconfig:1: {line} has no effect: {says}", self.fault())
        self.write("apps/hello/defconfig", "CONFIG_TIMER_SLACK_NS=09\nCONFIG_LIB_LOG=y\n"
                   "CONFIG_LOG_NAME=\"a\\\"b\\\\\"\n")
        self.generate()
        self.assertEqual(self.config_h()["CONFIG_LOG_NAME"], '"a\\"b\\\\"')

    def test_lines_that_are_no_lines(self):
        for line in ("garbage", "CONFIG_TIMER_SLACK_NS=abc", "CONFIG_HELLO_PUTS=maybe"):
            self.write("apps/hello/defconfig", line + "\n")
            said = self.fault()
            self.assertIn(self.root + "/apps/hello/defconfig", said)
            self.assertNotIn("warning", said)

    def test_what_cannot_be_read_or_written_is_one_line(self):
        with open(os.path.join(self.root, "bad.config"), "wb") as f:
            f.write(b"CONFIG_\xff=y\n")
        for out, more, says in (("/proc/no", [], "/proc/no"),
                                (self.root, ["--fragments", self.root + "/bad.config"],
                                 "bad.config")):
            done = subprocess.run(
                [sys.executable, "-B", REAL + "/support/build/config.py", "--app", "apps/hello",
                 "--out", out, *more, "defconfig"], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, f"^error: .*{says}")
            self.assertNotIn("Traceback", done.stderr)

    def test_unknown_fragment_lists_those_there_are(self):
        said = self.fault("--fragments", "debgu")
        self.assertIn("F=debgu: no such fragment", said)
        self.assertIn("debug", said)

    def test_unknown_application_and_library(self):
        self.assertIn("applications of the tree: apps/hello", self.fault("--app", "apps/nope"))
        self.assertIn("no Config.uk", self.fault("--lib", "/nonexistent"))

    def test_a_copied_application(self):
        self.library("apps/other", self.read("apps/hello/Config.uk"))
        self.assertIn("apps/other/Config.uk defines no APP_OTHER",
                      self.fault("--app", "apps/other"))

    def test_two_applications_of_one_name(self):
        self.library("other/hello", self.read("apps/hello/Config.uk"))
        first, second = self.setting("gen"), self.setting("--app", "other/hello", "gen")
        config.claim(first)
        config.claim(first)
        with self.assertRaises(config.Fault) as caught:
            config.claim(second)
        self.assertIn("is the build folder of apps/hello", str(caught.exception))
        shutil.rmtree(os.path.join(self.root, "apps", "hello"))     # moved elsewhere
        config.claim(second)

    def test_syntax_error_names_its_place(self):
        self.library("lib/log", "config LIB_LOG\n\tbool \"log\n")
        self.assertIn("lib/log/Config.uk:2", self.fault())


class Targets(TreeTest):
    def test_two_targets_in_one_configuration(self):
        self.write("apps/hello/defconfig",
                   "CONFIG_TARGET_KVM_X86_64=y\nCONFIG_TARGET_KVM_ARM64=y\nCONFIG_LIB_UART=y\n")
        setting = self.generate()
        with open(os.path.join(setting.out, "targets"), encoding="utf-8") as f:
            self.assertEqual(f.read().split(), ["kvm-arm64", "kvm-x86_64"])
        self.assertEqual(self.config_h("kvm-x86_64")["CONFIG_ARCH_X86_64"], "1")
        self.assertEqual(self.config_h("kvm-x86_64")["CONFIG_ARCH_ARM64"], "0")
        self.assertEqual(self.config_h("kvm-arm64")["CONFIG_ARCH_ARM64"], "1")
        self.assertEqual(self.config_h("kvm-x86_64")["CONFIG_LIB_UART"], "1")
        self.assertEqual(self.config_h("kvm-arm64")["CONFIG_LIB_UART"], "0")

    def test_usual_target_only_when_no_other_is_named(self):
        self.write("apps/hello/defconfig", "CONFIG_TARGET_KVM_ARM64=y\n")
        setting = self.generate()
        with open(os.path.join(setting.out, "targets"), encoding="utf-8") as f:
            self.assertEqual(f.read().split(), ["kvm-arm64"])


class External(TreeTest):
    def test_library_from_outside_joins_a_choice(self):
        self.library("elsewhere/heap-mine",
                     "choice HEAP\nconfig LIB_HEAP_MINE\n\tbool \"mine\"\nendchoice\n")
        self.write("apps/hello/defconfig", "CONFIG_LIB_HEAP_MINE=y\n")
        self.generate("--lib", os.path.join(self.root, "elsewhere/heap-mine"))
        libs = self.deps()["libs"].split()
        self.assertIn("heap-mine", libs)
        self.assertNotIn("heap-tlsf", libs)
        self.assertLess(libs.index("heap-mine"), libs.index("timer"))

    def test_layer_of_an_external_library_comes_from_its_parent(self):
        self.library("elsewhere/drivers/nic", "config LIB_NIC\n\tbool \"nic\"\n")
        self.library("lib/log", "config LIB_LOG\n\tbool \"log\"\n\timply LIB_NIC\n")
        said = self.fault("--lib", os.path.join(self.root, "elsewhere/drivers/nic"))
        self.assertIn("(layer drivers)", said)


class Origin(TreeTest):
    """.config follows the defconfig and F= until a person sets something in it."""

    def test_follows_the_defconfig(self):
        self.generate()
        self.write("apps/hello/defconfig", "CONFIG_HELLO_PUTS=y\n")
        self.generate()
        self.assertEqual(self.config_h()["CONFIG_HELLO_PUTS"], "1")

    def test_without_fragments_a_build_is_release(self):
        self.generate("--fragments", "debug")
        self.assertEqual(self.config_h()["CONFIG_ASSERT"], "1")
        self.generate()
        self.assertEqual(self.config_h()["CONFIG_ASSERT"], "0")

    def test_defconfig_with_fragments_stays(self):
        setting = self.setting("--fragments", "debug", "defconfig")
        import frontends
        frontends.run(setting, config.Session(setting))
        self.generate()
        self.assertEqual(self.config_h()["CONFIG_ASSERT"], "1")

    def test_interrupted_anywhere_it_goes_on_following(self):
        replace, left = os.replace, 0

        def interrupted(old, new):
            nonlocal left
            left -= 1
            if left < 0:
                raise KeyboardInterrupt
            replace(old, new)

        for number in range(4):
            self.write("apps/hello/defconfig", "")
            self.generate()
            self.write("apps/hello/defconfig", "CONFIG_HELLO_PUTS=y\n")
            left = number
            with mock.patch("os.replace", interrupted), self.assertRaises(KeyboardInterrupt):
                self.generate()
            self.write("apps/hello/defconfig", "CONFIG_HELLO_PUTS=y\nCONFIG_LIB_LOG=y\n")
            self.generate()
            self.assertEqual(self.config_h()["CONFIG_LIB_LOG"], "1", number)

    def test_a_person_s_own_file_is_kept_and_fragments_go_on_top(self):
        setting = self.generate()
        with open(setting.config, encoding="utf-8") as f:
            text = f.read()
        with open(setting.config, "w", encoding="utf-8") as f:
            f.write(text.replace("# CONFIG_HELLO_PUTS is not set", "CONFIG_HELLO_PUTS=y"))
        self.write("apps/hello/defconfig", "# CONFIG_HELLO_PUTS is not set\n")
        self.generate()
        self.assertEqual(self.config_h()["CONFIG_HELLO_PUTS"], "1")
        self.generate("--fragments", "debug")
        self.assertEqual(self.config_h()["CONFIG_HELLO_PUTS"], "1")
        self.assertEqual(self.config_h()["CONFIG_ASSERT"], "1")


if __name__ == "__main__":
    unittest.main()
