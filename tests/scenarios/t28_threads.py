# SPDX-License-Identifier: BSD-3-Clause
"""Threads on all CPUs, preempted: all unit tests, the same digits, counts that add up."""
import re

from build import image
from guest import boot
from registry import expect, test


def units(cpus):
    """All unit tests of all libraries, which a scheduler with several CPUs may not disturb."""
    guest = image("tests/guest", "threads", options=["CONFIG_LIB_SMP=y", "CONFIG_CPUS_MAX=4"])
    result = boot(guest, SMP=str(cpus), MEM="64", timeout=400)
    plan = re.search(r"^1\.\.(\d+)", result.text, re.M)
    good = re.findall(r"^ok \d+ (\S+)", result.text, re.M)
    bad = re.findall(r"^not ok \d+ (\S+)", result.text, re.M)
    expect(plan and not bad, f"failed: {' '.join(bad)}", result.text)
    expect(len(good) == int(plan.group(1)) and result.status == 0,
           f"{len(good)} of {plan.group(1)} ran, status {result.status}", result.text)
    expect("preempt.no_tick_for_one_thread" in good, "without preemption", result.text)


def counts(cpus):
    """Threads that meet in all ways: what they count adds up."""
    result = boot(image("apps/threads", "threads"), SMP=str(cpus), MEM="64", ARGS="8 500",
                  timeout=240)
    expect(result.status == 0 and "threads: all has added up" in result.text,
           f"status {result.status}", result.text)


for _cpus in (1, 2, 4):
    test(f"threads.units.{_cpus}")(lambda n=_cpus: units(n))
    test(f"threads.counts.{_cpus}")(lambda n=_cpus: counts(n))


@test("threads.posix")
def posix():
    """The POSIX calls where threads are preempted and on two CPUs."""
    result = boot(image("tests/apps/posix", "threads", options=["CONFIG_LIB_SMP=y"]), SMP="2",
                  MEM="64", timeout=240)
    expect(result.status == 0 and ", 0 failed" in result.text, f"status {result.status}",
           result.text)


@test("threads.one-cpu")
def one_cpu():
    """The scheduler without LIB_SMP: preemption alone."""
    guest = image("tests/guest", "preempt", options=["CONFIG_LIB_SCHED_FAIR=y"])
    result = boot(guest, MEM="64", ARGS='"thread.* waitq.* preempt.* timer.* vm.* heap.* fd.*"',
                  timeout=240)
    bad = re.findall(r"^not ok \d+ (\S+)", result.text, re.M)
    expect(not bad and result.status == 0, f"failed: {' '.join(bad)}", result.text)


def blocks_of_pi(cpus, seen):
    """How many of its 64 blocks each CPU took; the digits are added to those seen."""
    result = boot(image("apps/pi"), SMP=str(cpus), ARGS="8 4000003", ENV="PI_BLOCKS=1", timeout=240)
    expect(result.status == 0, f"{cpus} CPUs: status {result.status}", result.text)
    seen |= set(re.findall(r"^pi: (\S+)", result.text, re.M))
    took = [int(n) for n in re.findall(r"^cpu\d+\.blocks: (\d+)", result.text, re.M)]
    expect(sum(took) == 64, "not 64 blocks", result.text)
    kicks = re.findall(r"^cpu\d+\.ipis: (\d+)", result.text, re.M)
    expect(len(kicks) == cpus and all(int(n) > 0 for n in kicks[1:]),
           f"not {cpus} CPUs that were called", result.text)
    return took


@test("threads.pi")
def same_digits():
    """apps/pi on 1, 2 and 4 CPUs: the same digits, and all CPUs have a part in it."""
    seen = set()
    for cpus in (1, 2, 4):
        took = blocks_of_pi(cpus, seen)
        for _ in range(2):      # the host may have kept one from running all the while
            took = took if all(took) else [a + b for a, b in zip(took, blocks_of_pi(cpus, seen))]
        expect(len(took) == cpus and all(took), f"{cpus} CPUs took {took} of three times 64")
    expect(len(seen) == 1, f"the digits differ: {seen}")
