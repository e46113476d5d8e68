# SPDX-License-Identifier: BSD-3-Clause
"""What lies beside an image: its application's name, target, configuration, symbols and initrd.

The build puts the image at DIR/APP_TARGET, its symbols at DIR/APP_TARGET.dbg, its configuration at
DIR/TARGET/config.h and its initrd at DIR/APP.initrd. A file from elsewhere simply has none of them.
"""
import os
import re

import elf
from errors import RunError

NETWORK_STACKS = ("LIB_NETSTACK", "LIB_LWIP")


class Image:
    def __init__(self, path):
        self.path = path
        if not os.path.isfile(path):
            raise RunError(f"there is no image {path}: build it with make, or see make help")
        self.elf = elf.Elf(path)
        self.folder, name = os.path.split(os.path.abspath(path))
        m = re.fullmatch(r"(.+)_([a-z0-9]+-[a-z0-9_]+)", name.removesuffix(".dbg"))
        self.app, self.target = m.groups() if m else (name, "")
        self._config = None

    def check(self):
        """Refuses what QEMU would load and then silently not start."""
        if self.elf.machine != elf.EM_X86_64:
            raise RunError(f"{self.path} is for another CPU than x86_64: not in this version")
        if not self.elf.has_pvh_entry():
            raise RunError(f"{self.path} is no Ashlar image: it has no PVH entry note")

    @property
    def config(self):
        """{name without CONFIG_: text of its value}; empty for an image from elsewhere."""
        if self._config is None:
            self._config = {}
            try:
                with open(os.path.join(self.folder, self.target, "config.h")) as f:
                    for line in f:
                        m = re.match(r"#define\s+CONFIG_(\w+)\s+(.*?)\s*$", line)
                        if m:
                            self._config[m.group(1)] = m.group(2)
            except OSError:
                pass
        return self._config

    def has(self, *names):
        return any(self.config.get(n, "0") not in ("0", "") for n in names)

    def has_network(self):
        return self.has(*NETWORK_STACKS)

    @property
    def debug_path(self):
        """The file with symbols: beside the image, or the image itself."""
        beside = self.path.removesuffix(".dbg") + ".dbg"
        return beside if os.path.isfile(beside) else self.path

    @property
    def initrd(self):
        path = os.path.join(self.folder, self.app + ".initrd")
        return path if os.path.isfile(path) else None
