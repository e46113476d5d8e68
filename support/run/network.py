# SPDX-License-Identifier: BSD-3-Clause
"""The guest's network, a free port of this machine, and the word that the guest serves."""
import os
import re
import socket
import threading
import time

import guestline
import machines
import options as opt
from errors import RunError

PORTS_TRIED = 100


def check(options, image):
    """(kind, tap's name); kind is user, tap or none."""
    text = options["NET"] or ("user" if image.has_network() else "none")
    if text in ("user", "none"):
        return text, None
    kind, _, name = text.partition(":")
    if kind != "tap" or not re.fullmatch(r"[\w.-]{1,15}", name):
        raise RunError(f"NET={text} is unknown: there are user, tap:NAME, none")
    # Asked of the kernel: /sys may show another network namespace than ours.
    if name not in (known for _, known in socket.if_nameindex()):
        raise RunError(f"NET={text}: there is no such interface; as root: ip tuntap add "
                       f"dev {name} mode tap && ip link set {name} up")
    return kind, name


def port_is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
            s.listen(1)
            return True
        except OSError:
            return False


def free_port(first):
    for port in range(first, min(first + PORTS_TRIED, 65536)):
        if port_is_free(port):
            return port
    raise RunError(f"PORT={first}: it and the next {PORTS_TRIED} ports are taken: give another")


class Network:
    """What NET= means for this run."""

    def __init__(self, options, image):
        self.kind, self.tap = check(options, image)
        self.guest_port = opt.number(options, "PORT_GUEST", 1, 65535)
        self.wanted = opt.number(options, "PORT", 1, 65535)
        self.port = None
        self.address = None
        if self.kind == "tap":
            self.address = static_address(options)

    def take_port(self, after=None):
        """Chooses the host's port; `after`: the one that turned out to be taken."""
        self.port = free_port(after + 1 if after else self.wanted)

    def add(self, devices):
        if self.kind == "none":
            return
        if self.kind == "user":
            net = f"user,id=net0,hostfwd=tcp:127.0.0.1:{self.port}-:{self.guest_port}"
        else:
            net = f"tap,id=net0,ifname={machines.comma(self.tap)},script=no,downscript=no,vhost=off"
        devices.args += ["-netdev", net]
        devices.virtio("net", ["netdev=net0"], vectors=4)

    def target(self):
        """(host, port, URL) that will answer, or None if we cannot know it."""
        if self.kind == "user":
            return "127.0.0.1", self.port, f"http://127.0.0.1:{self.port}/"
        if self.address:
            port = "" if self.guest_port == 80 else f":{self.guest_port}"
            return self.address, self.guest_port, f"http://{self.address}{port}/"
        return None


def static_address(options):
    """The guest's IPv4 address, where PARAMS names it."""
    for word in guestline.split("PARAMS", options["PARAMS"]):
        m = re.fullmatch(r"net\.ip=(\d+\.\d+\.\d+\.\d+)(/\d+)?", word)
        if m:
            return m.group(1)
    return None


def answer(host, port, patience):
    """First bytes that the server says to an HTTP request; None if it says nothing.

    A connection alone proves nothing: QEMU's user network accepts it before the guest is up.
    """
    request = f"HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    try:
        with socket.create_connection((host, port), patience) as s:
            s.settimeout(patience)
            s.sendall(request)
            return s.recv(64) or None
    except OSError:
        return None


class Watcher(threading.Thread):
    """Asks the server until it answers, then writes its line to `pipe`; ends with the process."""

    def __init__(self, target, pipe):
        super().__init__(daemon=True)
        self.target, self.pipe = target, pipe
        self.stop = threading.Event()

    def run(self):
        host, port, url = self.target
        patience = 0.3
        while not self.stop.is_set():
            begin = time.monotonic()
            said = answer(host, port, patience)
            if said:
                if not said.startswith(b"HTTP/"):
                    url = url.replace("http:", "tcp:")
                if not self.stop.is_set():
                    os.write(self.pipe, f"ready: {url}\n".encode())
                return
            patience = min(patience * 1.3, 3.0)     # a busy machine: do not flood a slow guest
            self.stop.wait(max(0.05, 0.1 - (time.monotonic() - begin)))
