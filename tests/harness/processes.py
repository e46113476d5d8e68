# SPDX-License-Identifier: BSD-3-Clause
"""Processes by /proc: who stands below whom, and whether they have gone."""
import os
import time


def children(pid, deep=True):
    """The processes that pid started; with deep, those that they started, too."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as f:
                parent = int(f.read().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError, ValueError):
            continue
        if parent == pid:
            found.append(int(name))
            if deep:
                found += children(int(name))
    return found


def gone(pids, seconds=20):
    """True once none of them is there any more."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(os.path.exists(f"/proc/{p}") for p in pids):
            return True
        time.sleep(0.1)
    return False
