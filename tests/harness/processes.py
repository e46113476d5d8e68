# SPDX-License-Identifier: BSD-3-Clause
"""Processes by /proc: who stands below whom, and whether they have gone."""
import os
import time


def _stat(pid):
    """(state, parent) of a process, or None."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            state, parent = f.read().rsplit(")", 1)[1].split()[:2]
        return state, int(parent)
    except (OSError, IndexError, ValueError):
        return None


def children(pid, deep=True):
    """The processes that pid started; with deep, those that they started, too."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        stat = _stat(name)
        if stat and stat[1] == pid:
            found.append(int(name))
            if deep:
                found += children(int(name))
    return found


def gone(pids, seconds=20):
    """True once none of them runs any more. In a container orphans may stay, dead, for ever."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if all((_stat(p) or "Z")[0] == "Z" for p in pids):
            return True
        time.sleep(0.1)
    return False
