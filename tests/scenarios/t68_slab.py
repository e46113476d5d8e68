# SPDX-License-Identifier: BSD-3-Clause
"""The heap's other member for several CPUs, heap-slab, under the tests of the usual one."""
from build import image
from guest import boot
from registry import expect, test
from t22_faults import KINDS
from t30_guest import ktap_of

SLAB = ["CONFIG_LIB_HEAP_SLAB=y"]


@test("slab.guest")
def unit_tests():
    """All unit tests of all libraries: they allocate from it."""
    ktap_of(image("tests/guest", "slab", options=SLAB), "microvm")


@test("slab.faults")
def faults():
    guest = image("apps/faults", "slab", options=SLAB)
    for name, kind in KINDS.items():
        if name.startswith("heap-"):
            result = boot(guest, MACHINE="microvm-noacpi", ARGS=name)
            expect(result.status == 134 and kind in result.text, name, result.text)
