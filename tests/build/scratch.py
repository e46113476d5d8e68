# SPDX-License-Identifier: BSD-3-Clause
"""A small tree of its own for each test of the generator."""
import os
import shutil
import sys
import tempfile
import unittest

REAL = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(REAL, "support", "build"))

import config  # noqa: E402
from common import Fault  # noqa: E402

LIBRARIES = {
    "arch/x86_64": "config ARCH_X86_64\n\tbool\n\tselect HAS_IOPORTS\n",
    "arch/arm64": "config ARCH_ARM64\n\tbool\n",
    "plat/kvm": "config PLAT_KVM\n\tbool\n\tselect LIB_BOOT\n",
    "lib/boot": "config LIB_BOOT\n\tbool\n\tselect LIB_TIMER\n",
    "lib/timer": "config LIB_TIMER\n\tbool \"timer\"\n\timply LIB_LOG\n\tselect USE_HEAP\n"
                 "config TIMER_SLACK_NS\n\tint \"slack\"\n\trange 1 9\n\tdefault 5\n"
                 "\tdepends on LIB_TIMER\n",
    "lib/log": "config LIB_LOG\n\tbool \"log\"\nconfig LOG_NAME\n\tstring \"name\"\n"
               "\tdefault \"a\\\"b$\"\n\tdepends on LIB_LOG\n",
    "lib/heap-tlsf": "choice HEAP\nconfig LIB_HEAP_TLSF\n\tbool \"tlsf\"\nendchoice\n",
    "lib/heap-slab": "choice HEAP\nconfig LIB_HEAP_SLAB\n\tbool \"slab\"\nendchoice\n",
    "lib/heap-region": "choice HEAP\nconfig LIB_HEAP_REGION\n\tbool \"region\"\nendchoice\n",
    "lib/sched-coop": "choice SCHED\nconfig LIB_SCHED_COOP\n\tbool \"coop\"\nendchoice\n",
    "lib/sched-fair": "choice SCHED\nconfig LIB_SCHED_FAIR\n\tbool \"fair\"\nendchoice\n",
    "lib/smp": "config LIB_SMP\n\tbool\n",
    "drivers/uart": "config LIB_UART\n\tbool \"uart\"\n\tdepends on HAS_IOPORTS\n",
    "apps/hello": "config APP_HELLO\n\tbool\nconfig HELLO_PUTS\n\tbool \"puts\"\n",
}


class TreeTest(unittest.TestCase):
    """self.root is a tree with LIBRARIES in it; config.ROOT points there."""

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="ashlar-config-")
        self.addCleanup(shutil.rmtree, self.root)
        before = config.ROOT
        self.addCleanup(setattr, config, "ROOT", before)
        config.ROOT = self.root
        os.makedirs(os.path.join(self.root, "include", "uk"))
        os.makedirs(os.path.join(self.root, "support"))
        shutil.copy(os.path.join(REAL, "Config.uk"), self.root)
        shutil.copytree(os.path.join(REAL, "support", "kconfig"),
                        os.path.join(self.root, "support", "kconfig"))
        for folder, text in LIBRARIES.items():
            self.library(folder, text)
        for arch in ("x86_64", "arm64"):
            self.write(f"plat/kvm/{arch}/image.ld", "")

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def read(self, name):
        with open(os.path.join(self.root, name), encoding="utf-8") as f:
            return f.read()

    def library(self, folder, text, makefile="srcs-y := a.c\n"):
        self.write(f"{folder}/Makefile.uk", makefile)
        self.write(f"{folder}/Config.uk", text)

    def setting(self, *more):
        return config.Setting(config.arguments(
            ["--app", "apps/hello", "--out", os.path.join(self.root, "build"),
             "--compiler", sys.executable, *more]))

    def generate(self, *more):
        setting = self.setting(*more, "gen")
        session = config.Session(setting)
        import toolchain
        describe, toolchain.describe = toolchain.describe, lambda compiler: ""
        try:
            session.generate()
        finally:
            toolchain.describe = describe
        return setting

    def fault(self, *more):
        with self.assertRaises(Fault) as caught:
            self.generate(*more)
        return str(caught.exception)

    def config_h(self, target="kvm-x86_64"):
        lines = self.read(f"build/hello/{target}/config.h").splitlines()
        return dict(line.split(" ", 2)[1:] for line in lines if line.startswith("#define"))

    def deps(self, target="kvm-x86_64"):
        lines = self.read(f"build/hello/{target}/deps.mk").splitlines()
        return {k.strip(): v.strip() for k, _, v in (line.partition(":=") for line in lines)}
