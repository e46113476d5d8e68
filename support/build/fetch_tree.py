# SPDX-License-Identifier: BSD-3-Clause
"""Unpacks an archive, hashes the tree and applies patches. No network.

The tree's hash is the sha256 over one line per file, sorted by path:
    <sha256 of the content> <x, - or l> <path>\n
where x means executable and l a symbolic link (its content is its target).
"""

import hashlib
import lzma
import os
import pathlib
import re
import stat
import struct
import tarfile
import zipfile
import zlib

from fetch_source import FetchError

# All that a damaged archive makes the standard library raise.
DAMAGED = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError,
           OSError, ValueError, NotImplementedError, RuntimeError)
HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def _tar_members(path):
    with tarfile.open(path) as archive:
        for item in archive:
            if item.isdir():
                continue
            if item.issym():
                yield item.name, "l", item.linkname.encode()
            elif item.isreg() or item.islnk():
                kind = "x" if item.mode & 0o100 else "-"
                yield item.name, kind, archive.extractfile(item).read()
            else:
                raise FetchError(f"{path}: {item.name}: neither file, folder nor link")


def _zip_members(path):
    with zipfile.ZipFile(path) as archive:
        for item in archive.infolist():
            if item.is_dir():
                continue
            mode = item.external_attr >> 16 if item.create_system == 3 else 0
            kind = "l" if stat.S_ISLNK(mode) else "x" if mode & 0o100 else "-"
            yield item.filename, kind, archive.read(item)


def _checked(path, name):
    """The member's path as a list of names; refuses what would leave the tree."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or not parts:
        raise FetchError(f"{path}: unsafe name `{name}` in the archive")
    return parts


def _link_inside(parts, target):
    """Whether a symbolic link at parts (its own name last) stays within the tree."""
    depth = len(parts) - 1
    for part in target.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return False
    return not target.startswith("/")


def _is_unused(name, unused):
    return any(name == path or name.startswith(path + "/") for path in unused)


def read_archive(path, unused):
    """{relative path: (kind, content)} without the archive's one top folder and unused paths."""
    try:
        members = _zip_members(path) if zipfile.is_zipfile(path) else _tar_members(path)
        found = [(_checked(path, name), kind, data) for name, kind, data in members]
    except DAMAGED as err:
        why = (str(err).splitlines() or [type(err).__name__])[0].rstrip(":")
        raise FetchError(f"{path}: cannot unpack: {why}; "
                         "remove the file to fetch it again") from err
    tops = {parts[0] for parts, _, _ in found}
    strip = 1 if len(tops) == 1 and all(len(parts) > 1 for parts, _, _ in found) else 0
    files = {}
    for parts, kind, data in found:
        if kind == "l" and not _link_inside(parts[strip:], data.decode()):
            raise FetchError(f"{path}: the link `{'/'.join(parts)}` leaves the tree")
        name = "/".join(parts[strip:])
        if not _is_unused(name, unused):
            files[name] = (kind, data)
    return files


def tree_hash(files):
    """The hash that `tree` in a source file pins; files as from read_archive()."""
    digest = hashlib.sha256()
    for name in sorted(files, key=os.fsencode):
        kind, data = files[name]
        digest.update(f"{hashlib.sha256(data).hexdigest()} {kind} {name}\n".encode())
    return digest.hexdigest()


def write_tree(files, dest):
    dest = pathlib.Path(dest)
    for name, (kind, data) in files.items():
        path = dest / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "l":
            path.symlink_to(data.decode())
        else:
            path.write_bytes(data)
            path.chmod(0o755 if kind == "x" else 0o644)


def keep_times(old, new):
    """Gives a file of the new tree the time of its equal in the old one: nothing recompiles."""
    old, new = pathlib.Path(old), pathlib.Path(new)
    for path in new.rglob("*"):
        before = old / path.relative_to(new)
        if path.is_symlink() or not path.is_file() or not before.is_file():
            continue
        if before.read_bytes() == path.read_bytes():
            was = before.stat()
            os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


class _Patched:
    """One file while the hunks of a patch are applied to it, from top to bottom.

    Patches have LF only; a file with CR LF keeps its own line ends. No fuzz and no offset:
    the tree is pinned, so a hunk that does not fit where it says is a mistake.
    """

    def __init__(self, patch, path):
        self.patch, self.path = patch, path
        data = path.read_bytes() if path and path.is_file() else b""
        self.end = b"\r\n" if b"\r\n" in data else b"\n"
        self.lines = data.replace(b"\r\n", b"\n").split(b"\n")
        self.out, self.at = [], 0

    def hunk(self, start, body):
        self.out += self.lines[self.at:start]
        self.at = start
        for line in body:
            mark, text = line[:1], line[1:]
            if mark in (b" ", b"-"):
                have = self.lines[self.at] if self.at < len(self.lines) else b"(end of file)"
                if have != text:
                    raise FetchError(f"{self.patch}: does not fit {self.path.name}:{self.at + 1}:"
                                     f" wants `{text.decode(errors='replace')}`,"
                                     f" found `{have.decode(errors='replace')}`")
                self.at += 1
            if mark in (b" ", b"+"):
                self.out.append(text)

    def close(self):
        data = b"\n".join(self.out + self.lines[self.at:])
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(data.replace(b"\n", self.end))


def _body(lines, number, match):
    """The lines of one hunk, counted by its head; what follows it is the rest."""
    old = int(match[2] or 1)
    new = int(match[4] or 1)
    body = []
    while old > 0 or new > 0:
        line = lines[number] if number < len(lines) else b""
        line = line or b" "
        if line[:1] not in (b" ", b"+", b"-"):
            break
        old -= line[:1] != b"+"
        new -= line[:1] != b"-"
        body.append(line)
        number += 1
    return body if old == 0 and new == 0 else None, number


def _target(patch, root, old, new):
    name = (old if new == b"/dev/null" else new).decode()
    parts = _checked(patch, name)[1:]       # without a/ or b/
    if not parts:
        raise FetchError(f"{patch}: no a/ or b/ before `{name}`")
    path = pathlib.Path(root).joinpath(*parts)
    if (old == b"/dev/null") == path.exists():
        raise FetchError(f"{patch}: {'/'.join(parts)} "
                         + ("is there already" if path.exists() else "is not in the tree"))
    return path


def apply_patch(patch, root):
    """Applies a unified diff with a/ and b/ paths to the tree at root."""
    lines = pathlib.Path(patch).read_bytes().split(b"\n")
    number, target, hunks = 0, None, 0
    while number < len(lines):
        line = lines[number]
        number += 1
        match = HUNK.match(line)
        if line.startswith(b"--- ") and lines[number].startswith(b"+++ "):
            if target:
                target.close()
            old, new = line[4:].split(b"\t")[0], lines[number][4:].split(b"\t")[0]
            path = _target(patch, root, old, new)
            number += 1
            target = _Patched(patch, path)
            if new == b"/dev/null":
                path.unlink()
                target, hunks = None, hunks + 1
        elif match and target:
            body, number = _body(lines, number, match)
            if body is None:
                raise FetchError(f"{patch}:{number}: the hunk is shorter than its head says")
            target.hunk(max(int(match[1]) - (int(match[2] or 1) > 0), 0), body)
            hunks += 1
    if target:
        target.close()
    if not hunks:
        raise FetchError(f"{patch}: no hunk in it")
