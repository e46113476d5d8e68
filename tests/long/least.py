# SPDX-License-Identifier: BSD-3-Clause
"""The least memory that an image needs for a number of CPUs, measured and kept."""
import hashlib
import json
import os

STEP = 128              # KiB
MOST = 64 << 10         # KiB
FIRMWARE = 512          # KiB that a machine with firmware takes; the runner refuses less


def _key(image, work):
    with open(image, "rb") as f:
        return hashlib.sha256(f.read() + work.encode()).hexdigest()


def _search(works, guess):
    """In KiB: a multiple of STEP that works() while the one below does not. From `guess` on,
    because boots take their time."""
    low, high, step = guess // STEP, guess // STEP, 1
    if works(high * STEP):
        while low > 0 and (low == high or works(low * STEP)):
            high, low, step = low, max(low - step, 0), 2 * step
    else:
        while low == high or not works(high * STEP):
            low, high, step = high, high + step, 2 * step
            if low * STEP > MOST:
                return None
    while high - low > 1:
        middle = (low + high) // 2
        if works(middle * STEP):
            high = middle
        else:
            low = middle
    return high * STEP


class Least:
    """least.of(cpus, machine) in KiB. works(cpus, kib) boots and does `work`."""

    def __init__(self, image, works, folder, work, guess):
        self.guess = guess      # of KiB, from CPUs

        self.works = works
        self.path = os.path.join(folder, "least.json")
        self.key = _key(image, work)
        self.found = {}
        try:
            with open(self.path, encoding="utf-8") as f:
                kept = json.load(f)
            if kept["image"] == self.key:
                self.found = {int(n): kib for n, kib in kept["least"].items()}
        except (OSError, ValueError, KeyError):
            pass

    def measure(self, cpus):
        """Exactly, on a machine without firmware. None: no memory is enough."""
        if cpus not in self.found:
            self.found[cpus] = _search(lambda kib: self.works(cpus, kib), self.guess(cpus))
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            with open(self.path, "w", encoding="utf-8") as f:
                json.dump({"image": self.key, "least": self.found}, f)
        return self.found[cpus]

    def of(self, cpus, machine):
        """Between measured numbers of CPUs: on the line through them. What is rounded is given
        on top, because places in memory differ from boot to boot."""
        below = max(n for n in self.found if n <= cpus)
        above = min(n for n in self.found if n >= cpus)
        share = (cpus - below) / (above - below) if above > below else 0
        kib = self.found[below] + share * (self.found[above] - self.found[below])
        kib = -(-int(kib) // STEP) * STEP + STEP
        return kib + (0 if machine.startswith("microvm") else FIRMWARE + STEP)
