# SPDX-License-Identifier: BSD-3-Clause
"""The image's other way in: the 64-bit Linux boot protocol, by a loader of our own."""
import os
import shutil
import subprocess

from build import ROOT, building, image
from registry import expect, test

LOADER = os.path.join(ROOT, "tests", "linuxboot", "loader.S")


def loader():
    with building("linuxboot") as out:      # two tests start it
        name = os.path.join(out, "loader")
        subprocess.run([shutil.which("clang-19") or "clang", "--target=x86_64-linux-musl", "-c",
                        LOADER, "-o", name + ".o"], check=True)
        subprocess.run([shutil.which("ld.lld-19") or "ld.lld", "-Ttext=0x2000000", "-e", "start",
                        name + ".o", "-o", name], check=True)
    return name


def by_linux(path):
    """What the console of the image at `path` says, started with arguments 33 'two words'."""
    command = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", "64", "-no-reboot",
               "-M", "microvm,x-option-roms=off,acpi=off", "-nodefaults", "-no-user-config",
               "-display", "none", "-serial", "stdio", "-device", "isa-debug-exit,iobase=0x501",
               "-kernel", loader(), "-device",
               "loader,file=" + path]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    return done.stdout


@test("boot.linux64")
def linux64():
    """Arguments and status go through as by PVH."""
    text = by_linux(image("tests/apps/status").path)
    expect("OSXSAVE is on" not in text, "what the loader had switched on still is", text)
    expect("arg 2 <two words>" in text and "[ashlar] exit 33" in text,
           "it did not come to main, or lost its command line", text)
