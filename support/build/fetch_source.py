# SPDX-License-Identifier: BSD-3-Clause
"""The `source` file of a port: what is fetched, from where, and the hashes that pin it.

One word per line names the field; `#` starts a comment.

    name musl
    version 1.2.3
    url https://example.org/musl-1.2.3.tar.gz SHA256
    distribution musl=1.2.3-1 musl_1.2.3.orig.tar.gz SHA256
    unused doc test/unit
    tree SHA256
    licence MIT

Places (`url`, `distribution`) are tried in the order of their lines. SHA256 is the archive's; `-`
says that it is not known, and then the tree's hash alone decides. `unused` paths are left out of
the unpacked tree and of its hash, so that repackaged archives give the same tree. The licence is
an SPDX expression; ports of the tree need it (fetch_lock.py).
"""

import hashlib
import pathlib
import re

HASH = re.compile(r"[0-9a-f]{64}")
FORMAT = 1      # part of the stamp: a new meaning of the same files unpacks again


class FetchError(Exception):
    """Something that a person must know; its text is the one line that is printed."""


class Place:
    """One place where a source archive can be had."""

    def __init__(self, kind, where, filename, sha256):
        self.kind = kind            # "url" or "distribution"
        self.where = where          # the URL, or package=version
        self.filename = filename    # in the cache
        self.sha256 = sha256        # None: not known


class Source:
    """A parsed `source` file and the folder that it lies in."""

    def __init__(self, portdir):
        self.portdir = pathlib.Path(portdir)
        self.places = []
        self.unused = []
        self.fields = {}
        path = self.portdir / "source"
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as err:
            raise FetchError(f"{path}: {err.strerror}: a port needs this file") from err
        for number, line in enumerate(lines, 1):
            words = line.split("#")[0].split()
            if words:
                self._line(f"{path}:{number}", words[0], words[1:])
        for field in ("name", "version", "tree"):
            if field not in self.fields:
                raise FetchError(f"{path}: no line `{field}`")
        if not self.places:
            raise FetchError(f"{path}: no line `url` or `distribution`")

    @property
    def id(self):
        """name-version: the unpacked folder's name."""
        return f"{self.fields['name']}-{self.fields['version']}"

    @property
    def tree(self):
        return self.fields["tree"]

    def _line(self, where, key, args):
        if key == "url" and len(args) == 2:
            self.places.append(Place(key, args[0], args[0].split("/")[-1], _hash(where, args[1])))
        elif key == "distribution" and len(args) == 3 and "=" in args[0]:
            self.places.append(Place(key, args[0], args[1], _hash(where, args[2])))
        elif key == "unused" and args:
            self.unused += [arg.rstrip("/") for arg in args]
        elif key == "licence" and args:
            self.fields[key] = " ".join(args)
        elif key in ("name", "version") and len(args) == 1 and "/" not in args[0]:
            self.fields[key] = args[0]
        elif key == "tree" and len(args) == 1 and HASH.fullmatch(args[0]):
            self.fields[key] = args[0]
        else:
            raise FetchError(f"{where}: not understood: `{' '.join([key] + args)}`")

    def patches(self):
        return sorted(self.portdir.glob("patches/*.patch"))

    def stamp(self):
        """Changes when the tree would: from the source file, patches and prepare scripts."""
        digest = hashlib.sha256(f"{FORMAT}\n".encode())
        files = [self.portdir / "source"] + self.patches() + sorted(self.portdir.glob("*.py"))
        for path in files:
            data = path.read_bytes()
            digest.update(f"{path.name} {len(data)}\n".encode())
            digest.update(data)
        return digest.hexdigest()


def _hash(where, word):
    if word == "-":
        return None
    if not HASH.fullmatch(word):
        raise FetchError(f"{where}: `{word}` is not a sha256 (64 hexadecimal digits)")
    return word
