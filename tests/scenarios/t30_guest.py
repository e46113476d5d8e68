# SPDX-License-Identifier: BSD-3-Clause
"""The unit tests of all libraries, in the guest, on all machines (KTAP)."""
import re

from build import image
from guest import MACHINES, boot
from registry import expect, test


def ktap(machine):
    ktap_of(image("tests/guest", "test"), machine)


def ktap_of(guest, machine, timeout=240, **options):
    """All its unit tests pass there."""
    result = boot(guest, MACHINE=machine, MEM="64", timeout=timeout, **options)
    plan = re.search(r"^1\.\.(\d+)", result.text, re.M)
    good = re.findall(r"^ok \d+ (\S+)", result.text, re.M)
    bad = re.findall(r"^not ok \d+ (\S+)", result.text, re.M)
    expect(plan, "no KTAP plan", result.text)
    expect(not bad, f"failed: {' '.join(bad)}", result.text)
    expect(len(good) == int(plan.group(1)) > 20, f"{len(good)} of {plan.group(1)} ran",
           result.text)
    expect(result.status == 0, f"status {result.status}", result.text)


for _machine in MACHINES:
    test(f"guest.{_machine}")(lambda m=_machine: ktap(m))
