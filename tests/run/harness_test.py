# SPDX-License-Identifier: BSD-3-Clause
"""tests/run.py itself, on tests made here: how it counts, and what Ctrl-C leaves."""
import os
import shutil
import signal
import subprocess
import sys
import time

import fake

LONG = """
import os, subprocess
from registry import Failure, Skip, expect, test
HERE = os.path.dirname(__file__)

@test("good")
def good():
    pass

@test("bad")
def bad():
    raise Failure("it does not", "line of the console")

@test("odd")
def odd():
    return {}["key"]

@test("absent", needs=("no-such-tool",))
def absent():
    pass

@test("clean")
def clean():
    import build
    assert build.ROOT and "MEM" not in os.environ and os.environ["QEMU"] == "mine"

@test("folders")
def folders():
    import build, threading
    start, made = threading.Barrier(8), []
    def make(n):
        start.wait()
        made.append(build.folder(n))
    for n in range(200):
        threads = [threading.Thread(target=make, args=(str(n),)) for _ in range(8)]
        [t.start() for t in threads]
        [t.join() for t in threads]
    expect(len(made) == 8 * 200, f"{len(made)} of {8 * 200}")

@test("turns")
def turns():
    import build, threading, time
    inside, most = [], []
    def enter():
        with build.building("one"):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()
    threads = [threading.Thread(target=enter) for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    expect(max(most) == 1 and len(most) == 8, str(most))

@test("programs")
def programs():
    import build, threading
    source = os.path.join(HERE, "zero.c")
    with open(source, "w") as f:
        f.write("int main(void) { return 0; }")
    start, statuses = threading.Barrier(8), []
    def use(name):
        start.wait()
        statuses.append(subprocess.run([build.program(name, [source])]).returncode)
    for n in range(5):
        threads = [threading.Thread(target=use, args=(str(n),)) for _ in range(8)]
        [t.start() for t in threads]
        [t.join() for t in threads]
    expect(statuses == [0] * 40, str(statuses))

@test("late")
def late():
    import guest, time
    class Late(guest.Server):
        def _read(self):
            time.sleep(0.5)
            super()._read()
    guest.RUN = "echo"      # it says its words and has ended before anybody has read them
    with Late("said", ready="said") as server:
        expect(server.wait() == 0 and server.text.startswith("said"), server.text)

@test("gone")
def ended():
    import processes
    with subprocess.Popen(["true"]) as child:
        expect(processes.gone([child.pid], 10), "who has ended is not gone before he is waited for")

def long(name):
    with open(HERE + "/" + name, "w") as f:
        f.write("begun")
    try:
        expect(subprocess.run(["sleep", "60"]).returncode == 0, "cut short")
    finally:
        os.unlink(HERE + "/" + name)

for _n in range(12):
    test(f"long.{_n}")(lambda n=_n: long(f"mark{n}"))
test("long.alone", alone=True)(lambda: long("mark-alone"))
"""


class Harness(fake.Case):
    def setUp(self):
        super().setUp()
        shutil.copytree(os.path.join(fake.ROOT, "tests", "harness"), self.folder + "/harness")
        shutil.copy(os.path.join(fake.ROOT, "tests", "run.py"), self.folder)
        self.write("scenarios/t10_long.py", LONG)
        self.write("allowed-skips", "")

    def start(self, *globs, **environ):
        return subprocess.Popen([sys.executable, "-B", self.folder + "/run.py", *globs], text=True,
                                env=self.environment(**environ), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def marks(self):
        return [n for n in os.listdir(self.folder + "/scenarios") if n.startswith("mark")]

    def test_counts(self):
        for environ, last in (({}, "1 passed, 2 failed, 1 skipped"),
                              ({"CI": "true"}, "1 passed, 3 failed, 0 skipped")):
            with self.start("good", "bad", "odd", "absent", **environ) as run:
                text, _ = run.communicate(timeout=300)
            self.assertEqual(run.returncode, 1)
            self.assertEqual(text.splitlines()[-1], last, text)
            self.assertIn("  | line of the console", text)
            self.assertIn("KeyError", text)
            self.assertIn("again: make test T='bad'", text)

    def test_what_is_set_outside_is_not_for_the_guests(self):
        with self.start("clean", MEM="1", QEMU="mine") as run:
            text, _ = run.communicate(timeout=300)
        self.assertEqual(run.returncode, 0, text)

    def test_build_folders_of_tests_side_by_side(self):
        with self.start("folders", "turns", "programs", TEST_O=self.folder + "/out") as run:
            text, _ = run.communicate(timeout=300)
        self.assertEqual((run.returncode, text.splitlines()[-1]),
                         (0, "3 passed, 0 failed, 0 skipped"), text)

    def test_guests_and_processes_that_end(self):
        with self.start("late", "gone") as run:
            text, _ = run.communicate(timeout=300)
        self.assertEqual((run.returncode, text.splitlines()[-1]),
                         (0, "2 passed, 0 failed, 0 skipped"), text)

    def test_stopped(self):
        for globs, number in ((["good", "long.?"], signal.SIGINT), (["long.?"], signal.SIGTERM),
                              (["good", "long.alone"], signal.SIGINT)):
            with self.start(*globs) as run:
                end = time.monotonic() + 60
                while not self.marks() and time.monotonic() < end:
                    time.sleep(0.05)
                time.sleep(0.2)
                run.send_signal(number)
                text, _ = run.communicate(timeout=55)
            self.assertEqual(run.returncode, 128 + number, text)
            self.assertEqual(self.marks(), [])
            self.assertNotIn("Traceback", text)
            self.assertIn(f"stopped by signal {int(number)}: ", text)
            self.assertIn(" 0 failed, ", text)
