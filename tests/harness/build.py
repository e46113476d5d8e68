# SPDX-License-Identifier: BSD-3-Clause
"""Builds what tests boot: each application and configuration once, below build/test."""
import collections
import contextlib
import os
import subprocess
import threading

from registry import Failure

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
OUT = os.path.join(ROOT, os.environ.get("TEST_O", "build/test"))
_lock = threading.Lock()
_folder_locks = collections.defaultdict(threading.Lock)
_done = {}


# What was said to the make above us or stands in a person's environment is not for the makes and
# runners below us; other tools (QEMU=, CC=, PYTHON=) are.
for _name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "A", "O", "L", "F", "T", "V",
              "COMPILER", "MACHINE", "MEM", "SMP", "CPU", "ACCEL", "NET", "PORT",
              "PORT_GUEST", "DISK", "INITRD", "WWW", "TIMEOUT", "ARGS", "ENV", "PARAMS", "CMDLINE",
              "QEMU_EXTRA", "DRYRUN", "GDB_BATCH"):
    os.environ.pop(_name, None)


def make(arguments, timeout=1500, env=None):
    """Run make in the project; returns its output. No terminal: set-up goes on by itself."""
    done = subprocess.run(["make", *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
                          check=False, env={**os.environ, **(env or {})})
    if done.returncode:
        raise Failure(f"make {' '.join(arguments)}: status {done.returncode}", done.stdout)
    return done.stdout


def folder(variant):
    """The build folder of a variant; sources and shared libraries are common to all."""
    path = os.path.join(OUT, variant)
    os.makedirs(path, exist_ok=True)
    for name in ("src", "shared"):
        os.makedirs(os.path.join(OUT, name), exist_ok=True)
        with contextlib.suppress(FileExistsError):  # another test's, perhaps this very moment
            os.symlink(f"../{name}", os.path.join(path, name))
    return path


@contextlib.contextmanager
def building(variant):
    """A build folder for one test at a time: two makes in one folder write the same files."""
    with _folder_locks[variant]:
        yield folder(variant)


def program(name, sources, *flags):
    """Build a program for this machine, once per run of the tests; returns its path."""
    with building("native") as out:
        path = os.path.join(out, name)
        if path not in _done:
            done = subprocess.run(["clang-19", *flags, "-o", path, *sources, "-pthread"], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            if done.returncode:
                raise Failure(f"{name} does not build on Linux", done.stdout)
            _done[path] = path
        return path


class Image:
    """A built image and what lies beside it."""

    def __init__(self, out, app, target="kvm-x86_64"):
        self.folder = os.path.join(out, app)
        self.path = os.path.join(self.folder, f"{app}_{target}")
        self.symbols = self.path + ".dbg"
        self.target_folder = os.path.join(self.folder, target)


def image(app="apps/hello", variant="release", fragments="", options=(), arguments=()):
    """Build an app (its folder) in a variant, once per run of the tests.

    options are lines of a fragment that comes on top, such as "CONFIG_ASSERT=y".
    """
    out = folder(variant)
    name = os.path.basename(app)
    with _lock:
        if (app, variant) in _done:
            return _done[app, variant]
        base = [f"A={app}", f"O={out}", *arguments]
        words = fragments.split()
        if options:
            path = os.path.join(out, f"{name}.config")
            with open(path, "w", encoding="utf-8") as f:
                f.write("\n".join(options) + "\n")
            words.append(path)
        make([*base, f"F={' '.join(words)}", "defconfig"])
        make(base)
        _done[app, variant] = Image(out, name)
        return _done[app, variant]
