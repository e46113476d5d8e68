# SPDX-License-Identifier: BSD-3-Clause
"""What the debug build finds: apps/faults with F=debug, each fault named with who did it."""
import re

from build import image
from guest import boot
from registry import expect, test
from t22_faults import KINDS
from t30_guest import ktap_of

# What the panic says, in this order; the first in its first line.
FOUND = {
    "heap-double-free": ("heap: double free (100 bytes)", "allocated by", "heap_double_free",
                         "freed by", "heap_double_free"),
    "heap-overflow": ("heap: overflow of this block (100 bytes)", "allocated by", "heap_overflow"),
    "heap-realloc-overflow": ("heap: overflow of this block (100 bytes)", "allocated by",
                              "heap_realloc_overflow"),
    "heap-underflow": ("heap: write before this block (100 bytes)", "allocated by",
                       "heap_underflow"),
    "heap-late-write": ("heap: use after free: a free block was overwritten (100 bytes)",
                        "allocated by", "heap_late_write", "freed by", "heap_late_write"),
    "heap-use-after-free": ("general protection in heap_use_after_free", "use after free: "),
    "heap-foreign-free": ("heap: foreign pointer",),
    "stack-overflow": ("stack overflow (write)", "stack_overflow", "thread main (1) runs here"),
    "thread-stack-overflow": ("stack overflow (write)", "stack_overflow", "thread thread (",
                              "thread main (1) waits", "thread_stack_overflow"),
    "pthread-stack-overflow": ("stack overflow (write)", "stack_overflow", "thread app (",
                               "thread main (1) waits", "pthread_stack_overflow"),
    "lock-order": ("lock: order: two that are taken in both orders",
                   "here a lock is held, taken at", "first_in_second",
                   "and another one wanted at", "first_in_second",
                   "elsewhere that one was held, taken at", "second_in_first",
                   "and the first one wanted at", "second_in_first", "thread other ("),
    "lock-again": ("lock: wanted by who holds it", "it was taken at", "lock_again",
                   "it is wanted again at", "lock_again"),
    "lock-not-mine": ("lock: released by who does not hold it", "it is released at",
                      "lock_not_mine"),
    "lock-sleep": ("lock: what may sleep is called with a spinlock held",
                   "the spinlock was taken at", "lock_sleep"),
    "lock-irq-sleep": ("lock: what may sleep is called in an interrupt", "sleep_now"),
    "lock-irq-open": ("lock: one that interrupts take is taken with interrupts on",
                      "in an interrupt it is taken at", "spin_once",
                      "with interrupts on it is taken at", "lock_irq_open"),
    "deadlock": ("deadlock: every thread of the application waits for another",
                 " waits", "hold_and_want", "backtrace:", "hold_and_want"),
}

# Both schedulers and all heaps: the layers above are the same.
CONFIGURATIONS = {
    "tlsf": [],
    "region": ["CONFIG_LIB_HEAP_REGION=y"],
    "smp": ["CONFIG_LIB_SMP=y"],        # heap-slab, sched-fair
}


def in_order(text, words):
    """The first of them that does not follow the others; None: all do."""
    at = 0
    for word in words:
        at = text.find(word, at)
        if at < 0:
            return word
        at += len(word)
    return None


def faults(kind):
    guest = image("apps/faults", "debug-" + kind, "debug", options=CONFIGURATIONS[kind])
    for name, words in FOUND.items():
        result = boot(guest, MACHINE="microvm-noacpi", ARGS=name, timeout=60)
        start = result.text.find("[ashlar] panic: ")
        missing = in_order(result.text[max(start, 0):], words)
        expect(result.status == 134 and start >= 0 and missing is None,
               f"{name}: status {result.status}, no '{missing}'", result.text)


@test("debug.irqs-off")
def irqs_off():
    """Interrupts that are off for too long, in instructions: where they went off and came on."""
    guest = image("apps/faults", "debug-tlsf", "debug", options=CONFIGURATIONS["tlsf"])
    words = ("lock: interrupts were off for too long", "they were turned off at", "lock_irqs_off",
             "they are turned on at", "lock_irqs_off")
    for limit, status in ((150000, 134), (100000000, 1)):   # 1: it did not fault
        result = boot(guest, MACHINE="microvm-noacpi", ARGS="lock-irqs-off",
                      PARAMS=f"lockcheck.irqs_off={limit}", timeout=120,
                      QEMU_EXTRA="-icount shift=0,sleep=off")
        missing = in_order(result.text, words if status == 134 else ("did not fault",))
        expect(result.status == status and missing is None,
               f"at most {limit}: status {result.status}, no '{missing}'", result.text)


def leaks(kind):
    """Blocks that nothing points to, by place; the one that is kept is not told of.

    Words that an interrupt left on its stack may look like pointers to one or two.
    """
    guest = image("apps/faults", "debug-" + kind, "debug", options=CONFIGURATIONS[kind])
    result = boot(guest, MACHINE="microvm-noacpi", ARGS="heap-leak")
    found = re.findall(r"leak: lost (\d+) bytes in (\d+) blocks, allocated by .*lose\+",
                       result.text)
    expect(result.status == 0 and len(found) == 2
           and all(16 <= int(blocks) <= 20 for _, blocks in found)
           and {int(size) // int(blocks) for size, blocks in found} == {100, 200},
           f"status {result.status}: {found}", result.text)
    expect(re.search(r"leak: \d+ of \d+ blocks lost", result.text), "no sum", result.text)
    for how in "exit 0", "exit-on-data":
        result = boot(guest, MACHINE="microvm-noacpi", ARGS=how)
        expect(result.status == 0 and "leak:" not in result.text,
               f"{how}: leaks where there are none", result.text)


for _kind in CONFIGURATIONS:
    test(f"debug.faults.{_kind}")(lambda k=_kind: faults(k))
    test(f"debug.leaks.{_kind}")(lambda k=_kind: leaks(k))


@test("debug.all-faults")
def same_as_release():
    """What release builds find the debug build finds, too."""
    guest = image("apps/faults", "debug-tlsf", "debug", options=CONFIGURATIONS["tlsf"])
    for name, kind in KINDS.items():
        result = boot(guest, MACHINE="microvm-noacpi", ARGS=f"ticking {name}")
        lines = [line for line in result.lines if "[ashlar] panic: " in line]
        first = kind.split(" in ")[0].split(" at ")[0]
        if name.startswith("heap-"):
            first = "heap: "
        expect(result.status == 134 and len(lines) == 1 and first in lines[0],
               f"{name}: status {result.status}: {lines}", result.text)


@test("debug.stacks")
def stacks():
    """At exit: how deep stacks were, and for how long interrupts were off."""
    guest = image("apps/faults", "debug-tlsf", "debug", options=CONFIGURATIONS["tlsf"])
    result = boot(guest, MACHINE="microvm-noacpi", ARGS="ticking list")
    match = re.search(r"\[ashlar\] stack: main: (\d+) of (\d+) bytes at most", result.text)
    expect(match and 500 < int(match[1]) < int(match[2]) <= 1 << 20, "not of main", result.text)
    expect(re.search(r"\[ashlar\] lock: interrupts were off for \d+ cycles at most, from 0x\w+ <",
                     result.text), "no longest time with interrupts off", result.text)


@test("debug.depths")
def depths():
    """The most that threads used of their stacks: ended ones, libc's, and one that still lives."""
    guest = image("apps/faults", "debug-tlsf", "debug", options=CONFIGURATIONS["tlsf"])
    result = boot(guest, MACHINE="microvm-noacpi", ARGS="depths", timeout=120)
    found = {name: tuple(map(int, rest)) for name, *rest in
             re.findall(r"\[ashlar\] stack: (\w+): (\d+) of (\d+) bytes at most, (\d+) thread",
                        result.text)}
    # Name: bytes that it used, with less than 4 KiB around them; its stack, in which the kernel's
    # own record of the thread may lie; how many threads.
    for name, (used, size, count) in {"deep": (40000, 64 << 10, 3), "stays": (20000, 32 << 10, 1),
                                      "app": (50000, 132 << 10, 1)}.items():
        expect(result.status == 0 and name in found, f"status {result.status}: {found}",
               result.text)
        expect(used < found[name][0] < used + 4096 and size - 1024 < found[name][1] <= size
               and found[name][2] == count, f"{name}: {found[name]}", result.text)


def units(options, cpus):
    """All unit tests of all libraries, with everything watched."""
    name = "lockcheck" + ("-smp" if cpus > 1 else "")
    guest = image("tests/guest", name,
                  options=["CONFIG_LOCKCHECK=y", "CONFIG_THREAD_REPORT=y", *options])
    ktap_of(guest, "microvm", SMP=str(cpus), timeout=500)


test("debug.guest.1")(lambda: units([], 1))
test("debug.guest.4")(lambda: units(["CONFIG_LIB_SMP=y", "CONFIG_CPUS_MAX=4"], 4))


@test("debug.threads")
def threads():
    """Threads that meet in all ways, preempted on several CPUs, watched."""
    guest = image("apps/threads", "lockcheck", options=["CONFIG_LOCKCHECK=y"])
    result = boot(guest, SMP="3", MEM="64", ARGS="6 100", timeout=400)
    expect(result.status == 0 and "threads: all has added up" in result.text,
           f"status {result.status}", result.text)
