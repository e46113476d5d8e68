# SPDX-License-Identifier: BSD-3-Clause
"""tests/hostile itself: what it does when the guest under attack has gone."""
import os
import socket
import sys
import threading
import time
import types
import unittest

import fake

sys.path += [os.path.join(fake.ROOT, "tests", name) for name in ("harness", "hostile")]

import gdbstub  # noqa: E402
import soak_http  # noqa: E402
from registry import Failure  # noqa: E402


class Busy(soak_http.Soak):
    """Requests that nobody answers."""

    def work(self, number):
        while self.next():
            time.sleep(0.01)


class Gone(fake.Case):
    def test_a_debugger_whose_guest_has_gone(self):
        path = os.path.join(self.folder, "gdb")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
            server.bind(path)
            server.listen()
            stub = gdbstub.Stub(path)
            self.addCleanup(stub.link.close)
            guest, _ = server.accept()
        done = []

        def ask():
            with self.assertRaises(OSError):
                stub.ask("?")
            done.append(True)

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        with guest:
            guest.recv(4096)
        thread.join(30)
        self.assertTrue(done, "it asks for ever")

    def test_a_soak_whose_guest_has_gone(self):
        server = types.SimpleNamespace(process=types.SimpleNamespace(poll=lambda: 134), text="")
        workers = Busy(types.SimpleNamespace(server=server, fetch=lambda timeout: False), 1 << 20)
        with self.assertRaises(Failure):
            workers.run()
        left = workers.left
        time.sleep(0.2)
        self.assertEqual(workers.left, left, "workers go on")


if __name__ == "__main__":
    unittest.main()
