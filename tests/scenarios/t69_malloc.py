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


def demand(maker):
    """The same where what it maps, and the stacks that it runs on, come when they are touched: a
    lack of memory is no answer of malloc() then, but for the kernel's heap."""
    guest = image(APP, "malloc-demand-" + maker, options=["CONFIG_VM_DEMAND=y", *MAKERS[maker]])
    for cpus in ("1", "3"):
        result = boot(guest, SMP=cpus, MEM="64" if maker == "mimalloc" else "24", timeout=240,
                      ARGS="" if maker == "heap" else "touched")
        expect(result.status == 0 and "empty, and all again" in result.text,
               f"{maker} on {cpus} CPUs: status {result.status}", result.text)


def threads(maker):
    """What threads do with each other, on 4 CPUs, over each of them."""
    guest = image("apps/threads", "malloc-demand-" + maker,
                  options=["CONFIG_VM_DEMAND=y", *MAKERS[maker]])
    result = boot(guest, SMP="4", MEM="64", ARGS="8 500", timeout=240)
    expect(result.status == 0 and "threads: all has added up" in result.text,
           f"status {result.status}", result.text)


for _maker in ("heap", "mallocng", "mimalloc"):
    test(f"malloc.demand.{_maker}")(lambda m=_maker: demand(m))
# The kernel's heap is apps/threads' own choice, which demand.threads and others run.
for _maker in ("mallocng", "mimalloc"):
    test(f"malloc.threads.{_maker}")(lambda m=_maker: threads(m))
