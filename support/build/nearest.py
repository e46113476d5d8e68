#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a Makefile.uk may have meant by the name of a source that is not there.

    nearest.py FOLDER NAME
"""
import difflib
import os
import sys

SOURCES = (".c", ".S", ".s")


def sources(folder):
    """Names as a Makefile.uk has them."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if name.endswith(SOURCES):
                yield os.path.relpath(os.path.join(place, name), folder)


def answer(folder, name):
    there = list(sources(folder))
    same = [n for n in there if os.path.basename(n) == os.path.basename(name)]
    close = same or difflib.get_close_matches(name, there, 1, 0.5)
    if close:
        return f"is it {close[0]}?"
    if os.path.exists(os.path.join(folder, name)):
        return f"it is no source ({' '.join(SOURCES)})"
    return f"there are: {' '.join(there[:8])}" if there else "there are no sources"


if __name__ == "__main__":
    print(answer(*sys.argv[1:3]))
