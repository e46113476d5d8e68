# SPDX-License-Identifier: BSD-3-Clause
"""Which library a file, a symbol or an instruction belongs to.

The build keeps each library's list of sources beside the image; that is exact. For images from
elsewhere the file's place in the tree says it, or else the symbol's prefix uk_<library>_.
"""
import glob
import os
import re

TOPS = ("lib", "drivers", "arch", "plat", "ports", "apps")
HEADER = re.compile(r"\.(h|inc)$")


def by_place(path):
    """lib/timer/timer.c is timer's; build/src/musl-1.2.3/src/x.c is musl's; None: not known."""
    parts = path.split("/")
    for i in range(len(parts) - 2, -1, -1):
        if parts[i] == "src" and re.match(r"[a-z][\w+-]*-\d", parts[i + 1]):
            return re.sub(r"-\d.*", "", parts[i + 1])
    for i, part in enumerate(parts[:-2]):
        if part in TOPS:
            return parts[i + 1]
    return None


class Owners:
    def __init__(self, image=None):
        self.sources, self.names = {}, set()
        if image is None or not image.target:
            return
        pattern = os.path.join(glob.escape(os.path.join(image.folder, image.target)), "*",
                               "sources")
        for path in glob.glob(pattern):
            library = os.path.basename(os.path.dirname(path))
            self.names.add(library)
            with open(path, encoding="utf-8", errors="replace") as f:
                for word in f.read().split():
                    self.sources[word] = library

    def of_file(self, path):
        """None for headers too: what they put into a function is that function's."""
        if not path or HEADER.search(path):
            return None
        return self.sources.get(path) or self.sources.get(os.path.normpath(path)) or by_place(path)

    def of_name(self, name):
        m = re.match(r"uk__?([a-z0-9_]+)", name)
        if not m:
            return None
        words = m.group(1).split("_")
        for n in range(len(words), 0, -1):
            if "-".join(words[:n]) in self.names:
                return "-".join(words[:n])
        return None if self.names else words[0]
