# SPDX-License-Identifier: BSD-3-Clause
"""The engine on a tree of a few lines: what is compiled when, the order of tables, its errors."""
import os
import re
import shutil
import subprocess
import unittest

from scratch import REAL, TreeTest

TOOLS = {"CC": "clang-19", "LD": "ld.lld-19", "AR": "llvm-ar-19", "OBJCOPY": "llvm-objcopy-19"}
LD = """ENTRY(uk_kvm_start)
SECTIONS { . = 0xffffffff80100000; .text : { *(.text .text.*) }
.rodata : { *(.rodata .rodata.*) INCLUDE tables.ld }
.data : { *(.data .data.*) } .bss : { *(.bss .bss.*) } /DISCARD/ : { *(.comment) } }
"""
TABLE = """#pragma once
struct uk_init { int (*fn)(void); };
#define UK_TABLE(type, name) extern const type uk_tab_##name[], uk_tab_##name##_end[]
#define UK_TABLE_ENTRY(type, name, ...) static const type \\
    __attribute__((used, section(".uk_tab." #name "." "1" "." UK_LIB)))
UK_TABLE(struct uk_init, init);
"""
ENTRY = """#include <uk/table.h>
static int %(n)s_init(void) { return 0; }
UK_TABLE_ENTRY(struct uk_init, init) %(n)s_entry = { %(n)s_init };
"""


@unittest.skipUnless(all(map(shutil.which, TOOLS.values())), "needs clang-19, lld-19, llvm-19")
class Engine(TreeTest):
    def setUp(self):
        super().setUp()
        shutil.copy(os.path.join(REAL, "Makefile.uk"), self.root)
        shutil.copytree(os.path.join(REAL, "support", "build"),
                        os.path.join(self.root, "support", "build"))
        self.write("include/uk/table.h", TABLE)
        self.write("plat/kvm/x86_64/image.ld", LD)
        for folder in ("arch/x86_64", "lib/boot", "lib/log", "lib/heap-region", "drivers/uart",
                       "apps/hello"):
            self.write(f"{folder}/a.c", "")
        self.write("plat/kvm/a.c", "#include <uk/boot.h>\nvoid uk_kvm_start(void);\n"
                   "void uk_kvm_start(void) { uk_boot(); }\n")
        self.write("lib/boot/include/uk/boot.h", "int uk_boot(void);\n")
        self.write("lib/boot/a.c", ENTRY % {"n": "boot"} +
                   "#include <uk/boot.h>\n#include <uk/timer.h>\n"
                   "int uk_boot(void) { return uk_timer(); }\n")
        self.write("lib/timer/include/uk/timer.h", "int uk_timer(void);\n")
        self.write("lib/timer/a.c", ENTRY % {"n": "timer"} +
                   "#include <uk/timer.h>\n#include <uk/slack.h>\nint uk_heap(void);\n"
                   "int uk_timer(void) { return SLACK + uk_heap(); }\n")
        self.write("lib/timer/include/uk/slack.h", "#define SLACK CONFIG_TIMER_SLACK_NS\n")
        self.library("lib/heap-tlsf", self.read("lib/heap-tlsf/Config.uk"),
                     "srcs-y := a.c\nimplements-y := heap\n")
        self.write("lib/heap-tlsf/a.c", ENTRY % {"n": "heap"} +
                   "int uk_heap(void);\nint uk_heap(void) { return 1; }\n")
        self.library("apps/hello", self.read("apps/hello/Config.uk"), "srcs-y := a.c main.c\n")
        self.write("apps/hello/main.c", "int main(void) { return 0; }\n")

    def engine(self):
        self.generate()
        out = os.path.join(self.root, "build", "hello")
        self.write("build/hello/toolchain.mk", "CC_INCLUDE :=\nCC_ID := test\n")
        words = [f"{k}={v}" for k, v in TOOLS.items()]
        env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS")}
        run = subprocess.run(["make", "-j2", "-f", "Makefile.uk", "O=build", "APP=hello",
                              "TARGET=kvm-x86_64", "PYTHON=/usr/bin/python3", *words],
                             cwd=self.root, env=env, text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        self.assertTrue(os.path.isdir(out))
        return run.returncode, run.stdout

    def compiled(self):
        status, said = self.engine()
        self.assertEqual(status, 0, said)
        return sorted(re.findall(r"^CC (\S+)$", said, re.M))

    def later(self, name, text):
        """Write a file with a time after all that was built."""
        path = self.write(name, text)
        stamp = os.stat(path).st_mtime + 2
        os.utime(path, (stamp, stamp))

    def test_compiles_what_changed_and_nothing_else(self):
        self.assertIn("lib/timer/a.c", self.compiled())
        self.assertTrue(os.path.exists(os.path.join(self.root, "build/hello/hello_kvm-x86_64")))
        self.assertEqual(self.compiled(), [])
        self.write("apps/hello/defconfig", "CONFIG_TIMER_SLACK_NS=7\n")
        self.assertEqual(self.compiled(), ["lib/timer/a.c"])
        self.write("apps/hello/defconfig", "CONFIG_TIMER_SLACK_NS=7\nCONFIG_LIB_LOG=y\n")
        self.assertEqual(self.compiled(), ["lib/log/a.c"])
        self.write("lib/boot/Makefile.uk", "srcs-y := a.c\ncflags-y := -DX=1\n")
        self.assertEqual(self.compiled(), ["lib/boot/a.c"])
        self.later("lib/timer/include/uk/timer.h", "int uk_timer(void); /* changed */\n")
        self.assertEqual(self.compiled(), ["lib/boot/a.c", "lib/timer/a.c"])

    def test_a_header_that_has_gone(self):
        self.compiled()
        os.unlink(os.path.join(self.root, "lib/timer/include/uk/slack.h"))
        self.later("lib/timer/a.c", self.read("lib/timer/a.c").replace(
            "#include <uk/slack.h>\n", "").replace("SLACK", "3"))
        self.assertEqual(self.compiled(), ["lib/timer/a.c"])

    def test_an_initrd_goes_with_its_folder(self):
        self.write("elsewhere/file", "before")
        os.symlink("../../elsewhere", os.path.join(self.root, "apps/hello/data"))
        self.library("apps/hello", self.read("apps/hello/Config.uk"),
                     "srcs-y := a.c main.c\ninitrd-y := data\n")
        packed = os.path.join(self.root, "build/hello/hello.initrd")
        self.compiled()
        self.assertIn("before", self.read("build/hello/hello.initrd"))
        self.write("elsewhere/file", "afterwards")
        self.compiled()
        self.assertIn("afterwards", self.read("build/hello/hello.initrd"))
        self.library("apps/hello", self.read("apps/hello/Config.uk"), "srcs-y := a.c main.c\n")
        self.compiled()
        self.assertFalse(os.path.exists(packed))

    def test_another_rank_costs_a_link_alone(self):
        self.compiled()
        first = self.read("build/hello/kvm-x86_64/tables.ld")
        self.assertLess(first.index(".init.1.heap-tlsf)"), first.index(".init.1.timer)"))
        self.assertLess(first.index(".init.1.timer)"), first.index(".init.1.boot)"))
        self.write("apps/hello/defconfig", "CONFIG_LIB_UART=y\n")
        self.assertEqual(self.compiled(), ["drivers/uart/a.c"])
        self.assertIn(".init.1.uart)", self.read("build/hello/kvm-x86_64/tables.ld"))

    def test_undefined_contract_names_its_members(self):
        self.write("lib/heap-tlsf/a.c", "")
        status, said = self.engine()
        self.assertNotEqual(status, 0)
        self.assertIn("uk_heap is of lib/heap-tlsf", said)
        self.assertFalse(os.path.exists(
            os.path.join(self.root, "build/hello/hello_kvm-x86_64.dbg")))

    def test_two_definitions(self):
        self.write("lib/boot/a.c", self.read("lib/boot/a.c") +
                   "int uk_heap(void);\nint uk_heap(void) { return 2; }\n")
        status, said = self.engine()
        self.assertNotEqual(status, 0)
        self.assertIn("two configured libraries define the same name", said)

    def test_entry_of_an_undeclared_table(self):
        self.write("lib/boot/a.c", self.read("lib/boot/a.c").replace(", init)", ", intt)"))
        status, said = self.engine()
        self.assertNotEqual(status, 0)
        self.assertIn("the table `intt` is declared nowhere", said)

    def test_header_of_a_library_that_is_not_named(self):
        self.write("lib/log/include/uk/log.h", "")
        self.write("lib/boot/a.c", self.read("lib/boot/a.c") + "#include <uk/log.h>\n")
        self.library("lib/timer", "config LIB_TIMER\n\tbool\n\tselect USE_HEAP\n"
                     "config TIMER_SLACK_NS\n\tint\n\tdefault 5\n")
        status, said = self.engine()
        self.assertNotEqual(status, 0)
        self.assertIn("'uk/log.h' file not found", said)


if __name__ == "__main__":
    unittest.main()
