# SPDX-License-Identifier: BSD-3-Clause
"""A stopped guest's memory, written by QEMU's stub for debuggers (GDB manual, appendix E)."""
import contextlib
import socket


class Stub:
    """`with Stub(path) as stub`: the guest stands still until the end of the block."""

    def __init__(self, path):
        self.link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.link.settimeout(10)
        self.link.connect(path)

    def __enter__(self):
        self.ask("?")
        # It may have told by itself, too, that the guest stands still.
        self.link.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            while self.link.recv(4096):
                self.link.sendall(b"+")
        self.link.settimeout(10)
        return self

    def __exit__(self, *_):
        self.ask("D")       # detach: it goes on
        self.link.close()

    def ask(self, text):
        self.link.sendall(f"${text}#{sum(text.encode()) & 255:02x}".encode())
        answer = b""
        while b"#" not in answer[:-2]:
            part = self.link.recv(4096)
            if not part:
                raise ConnectionResetError("QEMU has gone")
            answer += part
        self.link.sendall(b"+")
        return answer[answer.index(b"$") + 1:answer.rindex(b"#")].decode()

    def physical(self):
        """Addresses mean physical memory from here on."""
        return self.ask("Qqemu.PhyMemMode:1") == "OK"

    def read(self, address, size):
        return bytes.fromhex(self.ask(f"m{address:x},{size:x}"))

    def write(self, address, data):
        return self.ask(f"M{address:x},{len(data):x}:{data.hex()}") == "OK"
