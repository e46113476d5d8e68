#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""make soak A=apps/threads SMP=4 MINUTES=10: the same work for a long time.

    SMP=4 MEM= SOAK_ARGS='soak %d' soak.py IMAGE FOLDER MINUTES

An application that can do its work for a number of seconds says so in its run.mk (SOAK_ARGS) and
says a line `soak: ...` each 10 s, of which those with `minute` are shown; it may not end before
its time, and its last line says what it did. Any other one is booted again and again, with ARGS,
until the time is up. Its status must be 0, and it may not fall silent.
"""
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(HERE)

from guests import HUNG, Guest  # noqa: E402

import stop  # noqa: E402  (guests.py knows the way)

PASSED_ON = ("MACHINE", "MEM", "CPU", "PARAMS", "ENV", "QEMU", "QEMU_EXTRA", "NET")


def options():
    given = {name: os.environ[name] for name in PASSED_ON if os.environ.get(name)}
    return {"SMP": os.environ.get("SMP") or "4", **given}


def memory_of(text):
    """Bytes, as the runner reads MEM=."""
    m = re.fullmatch(r"(\d+)([KMG]?)", text or "64")
    return int(m[1]) << {"K": 10, "M": 20, "": 20, "G": 30}[m[2]] if m else 1 << 40


class Soak:
    """`say` gets lines."""

    def __init__(self, image, folder, given, say=print):
        self.image, self.folder, self.given, self.say = image, folder, given, say

    def _line(self, line):
        """Lines of progress are shown; they alone count as life."""
        if not line.startswith("soak: "):
            return False
        if "minute" in line:
            self.say(line.rstrip())
        return True

    def _end(self, guest, what, why=None):
        """The closing line; True if all is well. `why` it is not, though its status is 0."""
        if guest.status == 0 and not why:
            self.say(f"PASS {what}")
            return True
        if guest.status == HUNG:
            why = f"hung: it {guest.hung}"
        elif guest.status != 0:
            why = f"status {guest.status}"
        self.say("\n".join([*guest.report(), f"FAIL {why}"]))
        return False

    def _guest(self, words, progress=None):
        return Guest(self.image, {**self.given, "ARGS": words}, progress)

    def _run(self, guest):
        guest.run(os.path.join(self.folder, "soak.core"), memory_of(self.given.get("MEM")))

    def by_itself(self, words, seconds):
        guest = self._guest(words.replace("%d", str(seconds)), self._line)
        self._run(guest)
        last = [line for line in guest.text.splitlines() if line.startswith("soak: ")]
        why = None if last else "it did not say `soak: ...`"
        if guest.seconds < seconds - 1:     # its own clock counts whole seconds
            why = f"it ended after {guest.seconds:.0f} s of {seconds}"
        return self._end(guest, last[-1][6:].rstrip() if last else "", why)

    def again_and_again(self, words, seconds):
        begin = time.monotonic()
        count, shown = 0, 0
        while time.monotonic() - begin < seconds:
            guest = self._guest(words)
            self._run(guest)
            if guest.status != 0:
                return self._end(guest, "")
            count += 1
            minute = int((time.monotonic() - begin) / 60)
            if minute > shown:
                shown = minute
                self.say(f"soak: minute {minute}: {count} boots")
        self.say(f"PASS {count} boots in {time.monotonic() - begin:.0f} s, all with status 0")
        return True

    def run(self, soak_words, words, seconds):
        if soak_words:
            return self.by_itself(soak_words, seconds)
        return self.again_and_again(words, seconds)


def main():
    image, folder, minutes = sys.argv[1:4]
    if not re.fullmatch(r"\d{1,5}(\.\d+)?", minutes) or not float(minutes):
        sys.exit(f"soak: MINUTES={minutes}: give a number of minutes")
    os.makedirs(folder, exist_ok=True)
    stop.watch()
    given = options()
    print(f"soak: {os.path.basename(image)} SMP={given['SMP']}, {minutes} minutes", flush=True)
    soak = Soak(image, folder, given, lambda line: print(line, flush=True))
    try:
        good = soak.run(os.environ.get("SOAK_ARGS", ""), os.environ.get("ARGS", ""),
                        max(1, int(float(minutes) * 60)))
    except stop.Stopped as stopped:
        return 128 + stopped.number
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
