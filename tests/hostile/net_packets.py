# SPDX-License-Identifier: BSD-3-Clause
"""Packets that nobody should believe."""
from battery import attack
from registry import expect
from target import target
from wire import SYN, segment, tcp, ip4


@attack("land", quick=True)
def land(rng):
    """LAND (CERT CA-1997-28): a SYN that comes from the guest's own address and port."""
    with target() as t:
        before, guest = t.peek.used(), t.net.guest
        t.wire.drain()
        for _ in range(200):
            t.wire.send4(ip4(guest, guest, 6, tcp(guest, guest, 80, 80, rng.getrandbits(32), 0,
                                                  SYN)))
        answers = t.wire.collect(0.5, segment)
        expect(not answers, f"{len(answers)} answers", t.server.text)
        return t.outcome(before)
