# SPDX-License-Identifier: BSD-3-Clause
"""From options and an image to QEMU's command line."""
import os
import shutil
import subprocess
import sys
import tempfile

import accel
import guestline
import image as images
import machines
import network
import options as opt
from errors import RunError

QEMU_NAME = "qemu-system-x86_64"
HERE = os.path.dirname(os.path.abspath(__file__))
MKCPIO = os.path.join(os.path.dirname(HERE), "build", "mkcpio.py")


def find_qemu(options):
    wanted = options["QEMU"] or QEMU_NAME
    found = shutil.which(wanted)
    if found:
        return os.path.abspath(found)
    if options["QEMU"]:
        raise RunError(f"QEMU={wanted}: there is no such program")
    raise RunError(f"{QEMU_NAME} is not installed (package qemu-system-x86): "
                   "type support/deps/setup run, or give QEMU=")


def kib(size):
    return -(-size // 1024)


class Plan:
    """All that a run needs, checked before anything is started."""

    def __init__(self, options, extra=(), extra_params=""):
        self.options = options
        self.extra = list(extra)
        self.image = images.Image(options.image)
        machines.check(options["MACHINE"])
        self.image.check()
        self.memory = opt.memory_bytes(options["MEM"])
        self.cpus = opt.number(options, "SMP", 1, 64)
        self.limit = opt.seconds(options)
        self.qemu_extra = opt.extra(options)
        self.network = network.Network(options, self.image)
        self.params = " ".join(p for p in (extra_params, self._cpus_told(), options["PARAMS"]) if p)
        self.disk = self._disk()
        self.folder = None
        self.initrd = self._initrd()
        self._line([])          # a wrong ARGS is said before the accelerator is
        self._fits()
        self.qemu = find_qemu(options)

    def _cpus_told(self):
        """Where no firmware names the CPUs, the guest is told how many there are."""
        unnamed = self.options["MACHINE"] == "microvm-noacpi" or not self.image.has("LIB_ACPI")
        if self.cpus == 1 or not unnamed or not self.image.has("LIB_SMP") or \
                "smp.cpus=" in self.options["PARAMS"]:
            return ""
        return f"smp.cpus={self.cpus}"

    def idle_cpus(self):
        """A line where the image was built for one CPU and gets more, or nothing."""
        if self.cpus == 1 or self.image.has("LIB_SMP") or not self.image.config:
            return ""
        return (f"SMP={self.cpus}: this image uses one CPU, the others stay off; "
                "CONFIG_LIB_SMP=y builds it for more\n")

    def _disk(self):
        path = self.options["DISK"]
        if path and not (os.path.exists(path) and os.access(path, os.R_OK | os.W_OK)):
            raise RunError(f"DISK={path}: there is no such file that can be written; "
                           f"truncate -s 64M {path} makes one")
        return path

    def _initrd(self):
        path, www = self.options["INITRD"], self.options["WWW"]
        if www:
            return self._pack(www)
        if path == "none":
            return None
        if path and not os.path.isfile(path):
            raise RunError(f"INITRD={path}: there is no such file")
        return path or self.image.initrd

    def _pack(self, www):
        if not os.path.isdir(www):
            raise RunError(f"WWW={www} is no folder")
        if opt.yes(self.options["DRYRUN"]):     # the command that is printed must find it
            path = os.path.join(self.image.folder, self.image.app + ".www.initrd")
        else:
            self.folder = tempfile.TemporaryDirectory(prefix="ashlar-www-")
            path = os.path.join(self.folder.name, "initrd")
        made = subprocess.run([sys.executable, "-B", MKCPIO, path, www + "=www"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if made.returncode or not os.path.isfile(path):
            why = made.stdout.decode("utf-8", "replace").strip().split("\n")[-1]
            raise RunError(f"WWW={www} cannot be packed: {why}")
        return path

    def _line(self, devices):
        o = self.options
        if o["CMDLINE"]:
            return " ".join([o["CMDLINE"]] + ["virtio_mmio.device=" + d for d in devices])
        return guestline.build(self.params, o["ENV"], o["ARGS"], devices, o.argv)

    def _fits(self):
        """A guest that does not fit cannot say so itself."""
        firmware = machines.FIRMWARE_BYTES.get(self.options["MACHINE"], 0)
        need = self.image.elf.top() + firmware
        if self.initrd:
            need += os.path.getsize(self.initrd)
        if self.memory < need:
            who = "the image and the firmware need" if firmware else "the image alone needs"
            raise RunError(f"MEM={self.options['MEM']} is too small: {who} "
                           f"{kib(need)}K; try MEM={-(-(need + (512 << 10)) >> 20)}")

    def choose_accel(self):
        self.accel, self.cpu, why = accel.choose(self.options["ACCEL"], self.qemu,
                                                 self.options["CPU"])
        return f"accel: {self.accel} ({why})"

    def command(self):
        """QEMU's words; take_port() comes first where the network is QEMU's own."""
        devices = machines.Devices(self.options["MACHINE"])
        self.network.add(devices)
        if self.disk:
            devices.args += ["-drive", "if=none,id=disk0,format=raw,file="
                             + machines.comma(self.disk)]
            devices.virtio("blk", ["drive=disk0"], vectors=2)
        if self.image.has("LIB_VIRTIO_RNG"):
            devices.virtio("rng", [], vectors=2)
        words = [self.qemu, *machines.base_args(self.options["MACHINE"]),
                 "-accel", self.accel, "-cpu", self.cpu, "-smp", str(self.cpus),
                 "-m", f"{self.memory >> 10}k",
                 "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
                 "-monitor", "none", "-kernel", self.image.path]
        if self.initrd:
            words += ["-initrd", self.initrd]
        line = self._line(devices.line)
        if line:
            words += ["-append", line]
        return words + devices.args + self.extra + self.qemu_extra

    def close(self):
        if self.folder:
            self.folder.cleanup()
