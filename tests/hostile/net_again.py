# SPDX-License-Identifier: BSD-3-Clause
"""The same attacks again and again on one guest: what each leaves behind would add up."""
from battery import CASES, Outcome, attack
from registry import expect
from target import same, shared, target

FLOODS = ("fragments", "neighbour-flood", "syn-flood")
ROUNDS = 3


@attack("floods-again")
def floods_again(_):
    """Three floods in turn, three times: memory in the end is where it was before the first."""
    with target() as t:
        before = t.peek.used()
        shared.append(t)
        try:
            for name in FLOODS * ROUNDS:
                CASES[name].function()
        finally:
            shared.clear()
        after = t.settled(before)
        expect(same(before, after), f"memory (heap, frames): {before} -> {after} bytes after "
               f"{ROUNDS} rounds", t.server.text)
        return Outcome(t.recovers(), (before[1], after[1]), f"{len(FLOODS * ROUNDS)} floods")
