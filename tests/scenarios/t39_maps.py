# SPDX-License-Identifier: BSD-3-Clause
"""Mappings: the same program on Linux and in the guest prints the same lines."""
import difflib
import glob
import os
import subprocess
import tempfile

from build import ROOT, image, program
from guest import boot
from registry import expect, test

APP = "tests/apps/memory"
SMP = ("smp", ["CONFIG_LIB_SMP=y"])
ONE = ("release", [])


def same_lines(words, variant, **settings):
    """What it prints on Linux is printed in the guest."""
    path = program("maps", sorted(glob.glob(os.path.join(ROOT, APP, "*.c"))), "-O1", "-w")
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="ashlar-maps-", dir=memory) as tmp:
        linux = subprocess.run([path, *words], text=True, capture_output=True, timeout=120,
                               check=False, env={**os.environ, "POSIX_TMP": tmp}).stdout
    result = boot(image(APP, variant[0], options=variant[1]), ARGS=" ".join(words), NET="none",
                  timeout=240, **settings)
    says = result.text.replace("\r", "")
    expect("end of memory" in linux and result.status == 0 and linux in says,
           f"{words}: status {result.status}",
           "".join(difflib.unified_diff(linux.splitlines(True), says.splitlines(True))))


@test("maps.calls")
def calls():
    """Errors, files, copies on write, bad pointers, faults of several threads; in 16 MiB."""
    same_lines([], ONE, MEM="16")


@test("maps.smp")
def smp():
    """The same where threads run on two CPUs."""
    same_lines([], SMP, MEM="24", SMP="2")


@test("maps.random")
def random():
    """Random calls on a window of addresses; each answers, and all bytes are, as on Linux."""
    for seed in (1, 2, 3, 4):
        same_lines(["random", str(seed), "3000"], ONE, MEM="16")
    same_lines(["random", "5", "3000"], SMP, MEM="24", SMP="2")
