# SPDX-License-Identifier: BSD-3-Clause
"""Instructions from the image's entry point to main, exact, by library and by function.

QEMU executes one instruction at a time and names each (`-d exec`), with `-icount
shift=0,sleep=off`, under which time passes by instructions and every run is the same. The image is
the one that is released: nothing in it counts. A string instruction counts once per step, as the
TSC of such a guest counts it.
"""
import os
import re
import select
import subprocess
import time
from collections import Counter, namedtuple

import command
import elf
import image as images
import lines
import owners
import process
import runner
import symbols
from errors import RunError

Report = namedtuple("Report", "total libraries functions")

LIMIT = 120.0
SEED = "rng.seed=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
TRACE = re.compile(rb"Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/")
CHUNK = 1 << 20
UPPER, TOP = 0xffffffff80000000, (1 << 64) - 1


def entry_point(image):
    """The physical address that QEMU starts at: the PVH note's."""
    for owner, kind, data in image.notes():
        if owner == "Xen" and kind == elf.XEN_ELFNOTE_PHYS32_ENTRY:
            return int.from_bytes(data[:8], "little")
    raise RunError(f"{image.path} has no PVH entry note")


def address_of(path, name):
    found = [s.value for s in elf.Elf(path).symbols() if s.name == name]
    if not found:
        raise RunError(f"{path} has no symbol {name}: build it, with its .dbg")
    return found[0]


class ToLinked:
    """Addresses as they are executed, to those that names are for."""

    def __init__(self, image):
        # before paging an instruction runs at its physical address
        self.moves = [(s.paddr, s.paddr + s.memsz, s.vaddr - s.paddr) for s in image.elf.segments
                      if s.kind == elf.PT_LOAD]
        # of an image that lies elsewhere in each boot, the first instruction above tells where
        self.slide = None if image.has("KASLR") else 0
        if image.has("KASLR"):
            self.first = address_of(image.debug_path, "uk__kvm_entry_upper")

    def __call__(self, address):
        for low, high, by in self.moves:
            if low <= address < high:
                return address + by
        if address >= UPPER:
            if self.slide is None:
                self.slide = address - self.first
            address -= self.slide
        return address


def one_at_a_time(qemu):
    """How this QEMU is told to translate single instructions; the option changed with 8.1."""
    out = subprocess.run([qemu, "--version"], stdout=subprocess.PIPE, check=False).stdout.decode()
    m = re.search(r"version (\d+)\.(\d+)", out)
    if m and (int(m[1]), int(m[2])) >= (8, 1):
        return ["-accel", "tcg,one-insn-per-tb=on"]
    return ["-singlestep"]


def count(plan):
    """Counter of the addresses, as linked, executed from the entry point to main."""
    move = ToLinked(plan.image)
    entry, main = entry_point(plan.image.elf), address_of(plan.image.debug_path, "main")
    ranges = ",".join([f"{s.paddr:#x}+{s.memsz:#x}" for s in plan.image.elf.segments
                       if s.kind == elf.PT_LOAD and s.memsz] + [f"{UPPER:#x}+{TOP - UPPER:#x}"])
    read, write = os.pipe()
    plan.extra += [*one_at_a_time(plan.qemu), "-icount", "shift=0,sleep=off",
                   "-rtc", "base=2020-01-01T00:00:00,clock=vm",
                   "-d", "exec,nochain", "-D", f"/dev/fd/{write}", "-dfilter", ranges]
    child = process.start(plan.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, pass_fds=[write])
    os.close(write)
    try:
        return follow(read, child, entry, main, move)
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
        os.close(read)


def follow(trace, child, entry, main, move):
    counts, said, rest, begun = Counter(), b"", b"", False
    end = time.monotonic() + LIMIT
    while True:
        ready, _, _ = select.select([trace, child.stdout], [], [], max(0, end - time.monotonic()))
        if not ready:
            raise RunError(f"main was not reached within {LIMIT:.0f} s")
        if child.stdout in ready:
            said = (said + os.read(child.stdout.fileno(), 65536))[-2000:]
        if trace not in ready:
            continue
        data = os.read(trace, CHUNK)
        if not data:
            raise RunError("the guest ended before main; its last lines:\n"
                           + said.decode("utf-8", "replace").strip())
        whole, _, rest = (rest + data).rpartition(b"\n")
        for m in TRACE.finditer(whole):
            address = int(m[1], 16)
            if not begun:
                begun = address == entry
            if begun and address >= UPPER and move(address) == main:
                return counts
            if begun:
                counts[move(address)] += 1


def measure(options):
    """Boots once, up to main; returns a Report."""
    options.values.update(MACHINE="microvm-noacpi", ACCEL="tcg", CPU=options["CPU"] or "max")
    plan = command.Plan(options, extra_params=seed(options))
    try:
        plan.choose_accel()
        if plan.network.kind == "user":
            plan.network.take_port()
        return report(plan.image, count(plan))
    finally:
        process.signals_again()
        plan.close()


def seed(options):
    """The same random numbers in each run, where the image has that parameter."""
    return SEED if images.Image(options.image).has("LIB_RNG") else ""


def report(image, counts):
    path = image.debug_path
    known = symbols.Symbols(path)
    own, table = owners.Owners(image), lines.Lines(path, known.in_text)
    libraries, functions = Counter(), Counter()
    for address, n in counts.items():
        name = (known.function(address) or ("?", 0))[0]
        library = own.of_file(table.at(address)) or own.of_name(name) or "(other)"
        libraries[library] += n
        functions[library, name] += n
    return Report(sum(counts.values()), libraries, functions)


def table_of(found, most=15):
    out = [f"{'LIBRARY':<22}{'instructions':>13}"]
    out += [f"{name:<22}{n:>13}" for name, n in found.libraries.most_common()]
    out += ["", f"{'FUNCTION':<42}{'instructions':>13}  library"]
    out += [f"{name:<42}{n:>13}  {library}"
            for (library, name), n in found.functions.most_common(most)]
    return out + ["", f"entry to main: {found.total} instructions"]


def main(options):
    runner.put("\n".join(table_of(measure(options))) + "\n")
    return 0
