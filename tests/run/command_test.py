# SPDX-License-Identifier: BSD-3-Clause
"""Options in, QEMU's command line out."""
import os

import fake


def after(words, option):
    return [words[i + 1] for i, w in enumerate(words[:-1]) if w == option]


class Command(fake.Case):
    def test_defaults(self):
        words = self.qemu_words()
        self.assertEqual(after(words, "-machine"), ["microvm,x-option-roms=off,rtc=on"])
        self.assertEqual(after(words, "-accel"), ["tcg"])
        self.assertEqual(after(words, "-cpu"), ["max"])
        self.assertEqual(after(words, "-smp"), ["1"])
        self.assertIn("virtio-mmio.force-legacy=false", words)
        self.assertIn("-no-reboot", words)
        self.assertNotIn("-append", words)
        self.assertNotIn("-netdev", words)
        self.assertNotIn("-initrd", words)

    def test_forms_of_options(self):
        for words, environ in ((["MEM=8"], {}), (["--mem=8"], {}), (["--mem", "8"], {}),
                               ([], {"MEM": "8"}), (["MEM=8"], {"MEM": "99"})):
            self.assertEqual(after(self.qemu_words(*words, **environ), "-m"), ["8192k"])

    def test_memory_units(self):
        for text, kib in (("2", 2048), ("2M", 2048), ("3000K", 3000), ("1g", 1 << 20)):
            self.assertEqual(after(self.qemu_words("MEM=" + text), "-m"), [f"{kib}k"])

    def test_line(self):
        words = self.qemu_words("ARGS=a \"b c\" 'd\"e' f\\'g x=1,2", "ENV=X=1 'Y=2 3'",
                                "PARAMS=net.ip=10.0.0.2/24 log.level=3")
        self.assertEqual(after(words, "-append"), [
            "net.ip=10.0.0.2/24 log.level=3 env.X=1 env.Y='2 3' "
            "-- a 'b c' 'd\"e' 'f'\"'\"'g' x=1,2"])

    def test_words_after_dashes(self):
        words = self.qemu_words("ARGS=one", "--", "two words", "--")
        self.assertEqual(after(words, "-append"), ["-- one 'two words' --"])

    def test_raw_line(self):
        words = self.qemu_words("CMDLINE=a \"b")
        self.assertEqual(after(words, "-append"), ["a \"b"])

    def test_noacpi_names_devices_before_arguments(self):
        disk = self.write("disk,1", b"x")
        words = self.qemu_words("MACHINE=microvm-noacpi", "NET=user", f"DISK={disk}", "ARGS=a")
        self.assertIn("acpi=off,auto-kernel-cmdline=off", after(words, "-machine")[0])
        self.assertEqual(after(words, "-append"), [
            "virtio_mmio.device=512@0xfeb00e00:12 virtio_mmio.device=512@0xfeb00c00:11 -- a"])
        self.assertIn("virtio-net-device,netdev=net0,bus=virtio-mmio-bus.7", words)
        self.assertIn("virtio-blk-device,drive=disk0,bus=virtio-mmio-bus.6", words)
        drive = after(words, "-drive")[0]
        self.assertTrue(drive.endswith("disk,,1"), drive)

    def test_pci(self):
        for machine in ("pc", "q35"):
            words = self.qemu_words("MACHINE=" + machine, "NET=user")
            self.assertIn("virtio-net-pci,disable-legacy=on,netdev=net0,vectors=4,romfile=", words)
            self.assertEqual(after(words, "-machine"), [machine])

    def test_network_by_configuration(self):
        self.assertNotIn("-netdev", self.qemu_words())
        self.config("LIB_LWIP")
        self.assertIn("-netdev", self.qemu_words())
        self.assertNotIn("-netdev", self.qemu_words("NET=none"))

    def test_ports(self):
        words = self.qemu_words("NET=user", "PORT=18181", "PORT_GUEST=6379")
        self.assertIn("hostfwd=tcp:127.0.0.1:18181-:6379", after(words, "-netdev")[0])

    def test_initrd(self):
        self.write("app.initrd", b"x")
        self.assertEqual(after(self.qemu_words(), "-initrd"),
                         [os.path.join(self.folder, "app.initrd")])
        self.assertEqual(after(self.qemu_words("INITRD=none"), "-initrd"), [])

    def test_www_is_packed(self):
        self.write("www/index.html", b"<html>")
        words = self.qemu_words("WWW=" + os.path.join(self.folder, "www"))
        packed, = after(words, "-initrd")
        with open(packed, "rb") as f:       # DRYRUN=1: it is there for whoever types the command
            self.assertIn(b"www/index.html\0", f.read())

    def test_extra_and_cpu(self):
        words = self.qemu_words("QEMU_EXTRA=-icount 'shift=0,sleep=off'", "CPU=qemu64", "SMP=2")
        self.assertEqual(words[-2:], ["-icount", "shift=0,sleep=off"])
        self.assertEqual(after(words, "-cpu"), ["qemu64"])
        self.assertEqual(after(words, "-smp"), ["2"])


class Wrong(fake.Case):
    def test_values(self):
        for words, says in (
                (["MACHINE=xen-pv"], "MACHINE=xen-pv is not in this version"),
                (["MACHINE=vax"], "there are microvm, microvm-noacpi, pc, q35"),
                (["MEM=lots"], "MEM=lots"), (["MEM=0"], "MEM=0"),
                (["MEM=1"], "MEM=1 is too small: the image alone needs 2048K"),
                (["MEM=2", "MACHINE=pc"], "MEM=2 is too small: the image and the firmware need"),
                (["SMP=0"], "SMP=0"), (["SMP=65"], "from 1 to 64"), (["SMP=x"], "SMP=x"),
                (["PORT=70000"], "PORT=70000"),
                (["TIMEOUT=soon"], "TIMEOUT=soon"), (["NET=avian"], "NET=avian"),
                (["NET=tap:no-such-if"], "ip tuntap add"),
                (["DISK=/no/such"], "DISK=/no/such"), (["WWW=/no/such"], "WWW=/no/such"),
                (["INITRD=/no/such"], "INITRD=/no/such"),
                (["ARGS=a 'b"], "ARGS=a 'b: no closing quotation"),
                (["ENV=novalue"], "ENV"), (["PARAMS=a -- b"], "ARGS"),
                (["QEMU_EXTRA='"], "QEMU_EXTRA"), (["--bogus", "1"], "--bogus"),
                (["ACCEL=warp"], "ACCEL=warp"), (["stray"], "stray"),
                (["QEMU=/no/such/qemu"], "/no/such/qemu"),
                (["ARGS=" + "x" * 70000], "65536")):
            with self.subTest(words[0][:40]):
                self.fails(*words, says=says)

    def test_images(self):
        good = fake.elf()
        for data, says in ((b"", "not a 64-bit ELF"), (b"#!/bin/sh\n", "not a 64-bit ELF"),
                           (good[:100], "cut short"), (fake.elf(pvh=False), "no PVH entry"),
                           (fake.elf(machine=183), "another CPU")):
            self.image = self.write("app_kvm-x86_64", data)
            with self.subTest(says):
                self.fails(says=says)
        self.image = os.path.join(self.folder, "none")
        self.fails(says="there is no image")

    def test_no_qemu(self):
        words = [w for w in self.command() if not w.startswith("QEMU=")]
        import subprocess
        import sys
        done = subprocess.run([sys.executable, *words], capture_output=True, check=False,
                              env=self.environment(PATH=self.folder + "/bin"))
        self.assertEqual(done.returncode, 125)
        self.assertIn("package qemu-system-x86", done.stderr.decode())
