# SPDX-License-Identifier: BSD-3-Clause
"""Child processes that cannot outlive us, signals that end us once, and where caches lie."""
import ctypes
import os
import shutil
import signal
import subprocess

from errors import RunError, Stopped

PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)
_ending = False


def _on_signal(number, _frame):
    global _ending
    if not _ending:
        _ending = True      # the first one counts: cleaning up is not interrupted again
        raise Stopped(number)


def watch_signals():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _on_signal)


def ignore_ctrl_c():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def heed_ctrl_c():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def no_more_signals():
    """Called first by whatever cleans up."""
    global _ending
    _ending = True


def signals_again():
    """The cleaning up was that of one part: the whole goes on."""
    global _ending
    _ending = False


def start(command, **options):
    """A process in a group of its own (Ctrl-C reaches only us), killed when we die, however."""
    parent = os.getpid()

    def child():
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(127)

    try:
        return subprocess.Popen(command, preexec_fn=child, process_group=0, **options)
    except OSError as e:
        raise RunError(f"{command[0]}: {e.strerror}") from e


def end(process, patience=2.0):
    """Asks, then kills; the process is gone when this returns."""
    no_more_signals()
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def find_tool(*names):
    """The first of these that there is, or None."""
    return next((p for p in map(shutil.which, names) if p), None)


def cache_folder():
    """$XDG_CACHE_HOME/ashlar; what lies there may be deleted at any time."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    path = os.path.join(base, "ashlar")
    os.makedirs(path, exist_ok=True)
    return path


def write_whole(path, data):
    """A file that is there with all its bytes, or not at all."""
    part = f"{path}.{os.getpid()}.part"
    try:
        with open(part, "wb") as f:
            f.write(data)
        os.replace(part, path)
    except OSError as e:
        raise RunError(f"{path}: {e.strerror}") from e
    finally:
        if os.path.exists(part):
            os.unlink(part)
