# SPDX-License-Identifier: BSD-3-Clause
"""What all parts of the generator use: one-line errors, files that change only when they must."""
import os
import signal
import sys

# Ctrl-C while a program is still being loaded ends it without a traceback, so programs import this
# first; heed_interrupt() comes later. An ignored SIGINT (a shell's background job) stays ignored.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def heed_interrupt():
    """From here on Ctrl-C is a KeyboardInterrupt, and what is begun is put away."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class Fault(Exception):
    """An error for the person at the keyboard: what is wrong, then what to do about it."""

    def __str__(self):
        return "\n  ".join(str(a) for a in self.args)


def fail(fault):
    """Print a fault and give the status to exit with."""
    print(f"error: {fault}", file=sys.stderr)
    return 1


def os_fault(error):
    """An OSError as a fault that names the file."""
    return Fault(": ".join(filter(None, (error.filename, error.strerror or str(error)))))


def read(path):
    """A file's text, or None where there is none."""
    try:
        with open(path, encoding="utf-8") as f:
            return f.read()
    except FileNotFoundError:
        return None


def write_atomic(path, text):
    """The file is either the old or the new one, never a half, whatever interrupts us."""
    temp = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temp, "w", encoding="utf-8") as f:
            f.write(text)
        os.replace(temp, path)
    finally:
        if os.path.exists(temp):
            os.unlink(temp)


def write_if_changed(path, text):
    """True if the file was written: an unchanged one keeps its time, so nothing is rebuilt."""
    if read(path) == text:
        return False
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    write_atomic(path, text)
    return True


def short(path):
    """A path as a person would type it from here."""
    near = os.path.relpath(path)
    return path if near.startswith("../..") else near
