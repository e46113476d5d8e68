# SPDX-License-Identifier: BSD-3-Clause
"""malloc() by each of its makers: the same program for all."""
from build import image
from guest import boot
from registry import expect, test

APP = "tests/apps/malloc"
MAKERS = {"heap": [],
          "tlsf": ["CONFIG_LIB_HEAP_TLSF=y"],
          "mallocng": ["CONFIG_MUSL_MALLOC_NG=y"],
          "mimalloc": ["CONFIG_LIB_MIMALLOC=y"]}


def same(maker):
    """Sizes, alignment, threads on several CPUs, no memory: it answers, and goes on."""
    guest = image(APP, "malloc-" + maker, options=MAKERS[maker])
    for cpus in ("1", "3"):
        result = boot(guest, SMP=cpus, MEM="64" if maker == "mimalloc" else "24", timeout=240)
        expect(result.status == 0 and "empty, and all again" in result.text,
               f"{maker} on {cpus} CPUs: status {result.status}", result.text)


for _maker in MAKERS:
    test(f"malloc.{_maker}")(lambda m=_maker: same(m))


@test("malloc.demand.mallocng")
def demand():
    """The same where what it maps, and the stacks that it runs on, come when they are touched: a
    lack of memory is no answer of malloc() then."""
    guest = image(APP, "malloc-demand-mallocng",
                  options=["CONFIG_VM_DEMAND=y", *MAKERS["mallocng"]])
    for cpus in ("1", "3"):
        result = boot(guest, SMP=cpus, MEM="24", ARGS="touched", timeout=240)
        expect(result.status == 0 and "empty, and all again" in result.text,
               f"{cpus} CPUs: status {result.status}", result.text)
