# SPDX-License-Identifier: BSD-3-Clause
"""What locks, switches, threads, files and clocks cost: apps/micro under -icount, exact."""
import re

import measure
from errors import RunError

HELP = "apps/micro: instructions of locks, switches, threads, files, clocks; Linux beside it"

# Linux 6.1.192 as a guest of the same QEMU, a kernel without what a microVM does not need, -O2,
# mitigations off; static programs with glibc 2.36. Instructions of user and kernel together,
# counted by a TCG plugin between two markers, on 2026-11-21. Tuned as far as we could.
LINUX_IS = "tuned Linux 6.1.192 guest, glibc 2.36, counted by a TCG plugin, 2026-11-21"
LINUX = {
    "mutex-lock-unlock": 62,
    "malloc-free-64": 132,
    "getpid": 200,              # of getppid, which no libc ever remembered
    "read-1-byte": 875,         # of pread, on tmpfs
    "pread-1-byte": 875,
    "clock_gettime": 64,        # vDSO
    "thread-switch-by-yield": 1373,
    "condition-round-trip": 5496,
    "thread-create-join": 19396,
}
HOW = "apps/micro under -icount shift=0,sleep=off, as built by its own configuration"


def run(bench):
    guest = bench.guest(bench.image("micro"), QEMU_EXTRA="-icount shift=0,sleep=off")
    costs = {name: int(n)
             for name, n in re.findall(r"^([\w-]+): (\d+) instructions$", guest.text, re.M)}
    if not costs:
        raise RunError(f"apps/micro did not say what things cost:\n{guest.text[-500:]}")
    lost = [f"  {name}: not measured" for name in LINUX if name not in costs]
    rows, figures = [], []
    for name, n in costs.items():
        partner = ("Linux", LINUX[name]) if name in LINUX else None
        found = measure.figure(f"micro.{name}", n, "instructions", f"{HOW}; Linux: {LINUX_IS}",
                               partner)
        figures.append(found)
        rows.append([name, n, LINUX.get(name, "-"),
                     f"{1 / found['ratio']:.1f} times" if found["ratio"] else "-"])
    lines = ["micro: instructions, exact",
             *measure.table(["", "ashlar", "Linux", "fewer by"], rows), *lost,
             f"  Linux: {LINUX_IS}"]
    return measure.Outcome(lines, figures, not lost)
