# SPDX-License-Identifier: BSD-3-Clause
"""One guest of a long test: watched, and asked where it stands if it does not go on."""
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(os.path.dirname(HERE), "harness"))
sys.path.append(HERE)

import processes  # noqa: E402
import stuck  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(HERE))
RUN = os.path.join(ROOT, "support", "run", "run")
HUNG = "hung"

# A guest hangs if it computes for so long without progress, on each CPU that it can have at the
# same time, or if it sleeps: the time that it waits for one of the host's CPUs is not its fault.
# Seconds.
SPINNING = 90
ASLEEP = 45
LOOK = 1.0


def busy(pid):
    """Seconds that a process's threads ran, and that they waited for a CPU."""
    ran = waited = 0
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as f:
                run, wait = f.read().split()[:2]
            ran, waited = ran + int(run), waited + int(wait)
    except (OSError, ValueError):
        pass
    return ran / 1e9, waited / 1e9


class Watch:
    """Of one QEMU: has it stopped making progress?"""

    def __init__(self, runner, cpus=1):
        self.runner = runner
        self.spinning = SPINNING * max(1, min(int(cpus), os.cpu_count() or 1))
        self.pid = None
        self.again()

    def _qemu(self):
        if not self.pid:
            below = processes.children(self.runner)
            self.pid = below[-1] if below else None
        return busy(self.pid) if self.pid else (0.0, 0.0)

    def again(self):
        """There was progress."""
        self.since, self.then = time.monotonic(), self._qemu()

    def hung(self):
        """Why it is thought to hang, or None."""
        ran, waited = (now - then for now, then in zip(self._qemu(), self.then))
        passed = time.monotonic() - self.since
        if ran > self.spinning:
            return f"computes for {ran:.0f} s"
        if passed > ASLEEP and ran + waited < passed / 20:
            return f"sleeps for {passed:.0f} s"
        return None


class Guest:
    """Boots and reads; `progress` is asked whether a line is some."""

    def __init__(self, image, options, progress=None):
        self.image = image
        self.options = {"ACCEL": "tcg", "NET": "none", **options}
        self.progress = progress or (lambda line: True)
        self.text, self.status, self.hung, self.where = "", None, None, []
        self.seconds = 0.0
        self.fresh = False

    def command(self, extra=""):
        words = {**self.options}
        if extra:
            words["QEMU_EXTRA"] = " ".join(filter(None, (words.get("QEMU_EXTRA"), extra)))
        return [RUN, self.image, *(f"{key}={value}" for key, value in words.items())]

    def again(self):
        """What a person types to see the same."""
        name = os.path.basename(os.path.dirname(self.image))
        top = next((top for top in ("apps", "tests/apps")
                    if os.path.isdir(os.path.join(ROOT, top, name))), "apps")
        return shlex.join(["make", f"A={top}/{name}", "run",
                           *(f"{k}={v}" for k, v in self.options.items())])

    def _read(self, pipe):
        for raw in iter(pipe.readline, b""):
            line = raw.decode(errors="replace")
            self.text += line
            if self.progress(line):
                self.fresh = True

    def _watched(self, child, watch):
        """Until it ends (None) or hangs (why)."""
        look = 0.0
        while child.poll() is None:
            if self.fresh:
                self.fresh = False
                watch.again()
            now = time.monotonic()
            if now >= look:
                look = now + LOOK
                why = watch.hung()
                if why:
                    return why
            time.sleep(0.02)
        return None

    def run(self, core=None, memory=0):
        """Until it ends or hangs; then `hung` says how, and `where` it stands."""
        folder = tempfile.mkdtemp(prefix="ashlar-")
        link = os.path.join(folder, "qmp")
        begin = time.monotonic()
        child = subprocess.Popen(self.command(stuck.options(link)), stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        reader = threading.Thread(target=self._read, args=(child.stdout,), daemon=True)
        reader.start()
        try:
            self.hung = self._watched(child, Watch(child.pid, self.options.get("SMP") or 1))
            if self.hung:
                self.where = stuck.where(link, self.image + ".dbg", core, memory)
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
            child.wait()
            reader.join(10)
            child.stdout.close()
            shutil.rmtree(folder, ignore_errors=True)
        self.seconds = time.monotonic() - begin
        self.status = HUNG if self.hung else child.returncode

    def report(self, lines=12):
        """The console's last lines, where it stands, and what repeats it."""
        tail = [line for line in self.text.splitlines() if line.strip()][-lines:]
        return [*("  | " + line.rstrip() for line in tail), *("  " + w for w in self.where),
                "  again: " + self.again()]
