# SPDX-License-Identifier: BSD-3-Clause
"""Network devices without a stack: apps/netping answers ping and UDP echo on every machine."""
from build import image
from guest import MACHINES, Server
from net import Net
from registry import expect, test

ECHO = """
import os, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
for size in range(1, 1472, 70):
    data = os.urandom(size)
    s.sendto(data, ("%s", 7))
    assert s.recv(2048) == data, size
"""


def answers(machine, **options):
    """1 ARP, 20 pings, 200 pings as fast as they come, 22 datagrams; then the guest ends itself."""
    with Net() as net:
        with Server(image("apps/netping"), prefix=net.prefix, ready="netping: ready",
                    MACHINE=machine, NET=f"tap:{net.tap}", ARGS=f"{net.guest} 242",
                    **options) as guest:
            done = net.run("ping", "-q", "-c", "20", "-i", "0.02", "-W", "5", net.guest)
            expect(", 0% packet loss" in done.stdout, done.stdout, guest.text)
            done = net.run("python3", "-c", ECHO % net.guest)
            expect(done.returncode == 0, done.stderr, guest.text)
            # In a flood, ping waits for its last answer only twice the longest time so far.
            done = net.run("ping", "-q", "-f", "-s", "1400", "-c", "200", "-W", "5", net.guest)
            expect(" 200 received" in done.stdout or " 199 received" in done.stdout, done.stdout,
                   guest.text)
            guest.wait_for("netping: 242 answers", 20)
            status = guest.wait()
            expect(status == 0, f"status {status}", guest.text)
            expect(" 0 dropped" in guest.text and " 0 refused" in guest.text, "loss", guest.text)


for _machine in MACHINES:
    test(f"netping.{_machine}", needs=("tap", "ping"))(lambda m=_machine: answers(m))
