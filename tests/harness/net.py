# SPDX-License-Identifier: BSD-3-Clause
"""A network namespace with one tap device: guest and clients meet there and nowhere else."""
import itertools
import os
import subprocess

_count = itertools.count()


class Net:
    """`with Net() as net`: net.prefix runs a command inside, net.tap is for the runner.

    The host's end is 10.77.0.1/24 and fd77::1/64; guests take the addresses that tests give.
    """

    host = "10.77.0.1"
    guest = "10.77.0.2"
    host6 = "fd77::1"
    guest6 = "fd77::2"

    def __init__(self):
        self.name = f"ashlar-{os.getpid()}-{next(_count)}"
        self.tap = "tap0"
        # Not `ip netns exec`: that wants a root file system which is a mount of its own.
        self.prefix = ["nsenter", f"--net=/run/netns/{self.name}"]

    def _ip(self, *words):
        subprocess.run([*self.prefix, "ip", *words], check=True)

    def __enter__(self):
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        try:
            self._ip("link", "set", "lo", "up")
            self._ip("tuntap", "add", "dev", self.tap, "mode", "tap", "vnet_hdr")
            self._ip("addr", "add", f"{self.host}/24", "dev", self.tap)
            self._ip("-6", "addr", "add", f"{self.host6}/64", "dev", self.tap, "nodad")
            self._ip("link", "set", self.tap, "up")
        except subprocess.CalledProcessError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "netns", "del", self.name], check=False)

    def run(self, *words, timeout=60):
        """Run a client inside; returns CompletedProcess with text output."""
        return subprocess.run([*self.prefix, *words], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=timeout, check=False)

    @property
    def params(self):
        """PARAMS= for a guest with static addresses."""
        return f"net.ip={self.guest}/24 net.gw={self.host} net.ip6={self.guest6}/64"
