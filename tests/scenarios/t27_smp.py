# SPDX-License-Identifier: BSD-3-Clause
"""All processors: they start, answer, and end; one that is not there is named."""
import re
import subprocess

from build import image
from guest import boot
from registry import expect, test

MACHINES = ("microvm", "microvm-noacpi", "q35", "pc")
CPUS = (1, 2, 4, 8)


def guest():
    return image("tests/apps/cpus", "smp", options=["CONFIG_KASLR=y"])


def cpus_of(result):
    match = re.search(r"^cpus (\d+)", result.text, re.M)
    return int(match.group(1)) if match else 0


def units(machine, cpus):
    result = boot(guest(), MACHINE=machine, SMP=str(cpus), timeout=120,
                  ARGS='"smp.* cpu.* pagetable.* paging.*"')
    good = re.findall(r"^ok \d+ (\S+)", result.text, re.M)
    expect(cpus_of(result) == cpus, f"{cpus_of(result)} CPUs of {cpus}", result.text)
    bad = re.findall(r"^not ok \d+ (\S+)", result.text, re.M)
    expect(len(good) > 12 and not bad, f"{len(good)} passed, failed: {' '.join(bad)}", result.text)
    expect(result.status == 0, f"status {result.status}", result.text)


for _machine in MACHINES:
    for _cpus in CPUS:
        test(f"smp.{_machine}.{_cpus}")(lambda m=_machine, n=_cpus: units(m, n))


@test("smp.panic")
def panic():
    """One panic, whoever has it, and nobody goes on."""
    for what, says in (("panic", "wanted in"), ("panic-there", "wanted on another CPU"),
                       ("panic-all", "wanted on another CPU")):
        result = boot(guest(), SMP="4", ARGS=what)
        lines = [ln for ln in result.lines if "[ashlar] panic: " in ln]
        expect(result.status == 134 and len(lines) == 1 and says in lines[0],
               f"{what}: status {result.status}, {lines}", result.text)
        expect("[ashlar] panic end" in result.text, what, result.text)


@test("smp.exit")
def ends():
    """A CPU that does not let itself be stopped does not keep the image from ending."""
    result = boot(guest(), SMP="2", ARGS="exit-busy")
    expect(result.status == 7, f"status {result.status}", result.text)


@test("smp.silent")
def silent():
    """A CPU that is not there is named, and the rest goes on."""
    result = boot(guest(), MACHINE="microvm-noacpi", SMP="2", PARAMS="smp.cpus=3", ARGS="smp.*")
    lines = [ln for ln in result.lines if "does not answer" in ln]
    expect(cpus_of(result) == 2 and len(lines) == 1 and "number 2" in lines[0],
           f"{cpus_of(result)} CPUs, {lines}", result.text)
    expect(result.status == 0, f"status {result.status}", result.text)


@test("smp.limits")
def limits():
    """More CPUs than built for, and fewer than there are by parameter."""
    result = boot(guest(), SMP="12", ARGS="smp.each_cpu_answers", timeout=120)
    lines = [ln for ln in result.lines if "CPUS_MAX" in ln]
    expect(cpus_of(result) == 8 and len(lines) == 1, f"{cpus_of(result)} CPUs, {lines}",
           result.text)
    result = boot(guest(), SMP="4", PARAMS="smp.cpus=2", ARGS="smp.*")
    expect(cpus_of(result) == 2 and result.status == 0, f"{cpus_of(result)} CPUs", result.text)


@test("smp.nothing")
def nothing():
    """Without LIB_SMP a lock and a CPU's own variable are no code; a lock's size is asserted by
    the compiler."""
    for variant, options in (("release", []), ("threads", ["CONFIG_LIB_SMP=y"])):
        built = image("tests/apps/inline", variant, options=options)
        said = subprocess.run(["llvm-nm-19", "-S", built.symbols], capture_output=True, text=True,
                              check=True).stdout
        size = {name: int(n, 16)
                for n, name in re.findall(r"^\w+ (\w+) \w (pair_\w+)$", said, re.M)}
        for name in ("pair_lock", "pair_cpu"):
            both = size[name], size[name + "_without"]
            expect((both[0] == both[1]) == (not options) and both[0] >= both[1],
                   f"{variant}: {name}: {both[0]} bytes, without {both[1]}", said)


@test("smp.absent")
def absent():
    """Images on one CPU have nothing of it; that they have not grown is budget.images'."""
    for built, there in ((image("apps/hello"), False), (image("apps/httpd"), False),
                         (guest(), True)):
        with open(built.symbols, "rb") as f:
            found = re.search(rb"\0uk_+(smp|kvm_ap|plat_cpu)_", f.read())
        expect(bool(found) == there, f"{built.path}: {found}")
