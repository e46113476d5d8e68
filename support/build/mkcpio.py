# SPDX-License-Identifier: BSD-3-Clause
"""Packs folders into a cpio archive ("newc"): sorted, no times, no owners, so always the same.

    mkcpio.py FILE FOLDER[=NAME]...

A folder stands in the archive under its own name, or under NAME; with an empty NAME its contents
stand at the root. Format: cpio(5), "New ASCII Format".
"""
from common import Fault, fail, heed_interrupt, os_fault
import argparse
import os
import stat
import sys


def entries(folder, under):
    """(name in the archive, path) of a folder and all below it."""
    if under:
        yield under, folder
    for top, dirs, files in os.walk(folder):
        dirs.sort()
        for name in sorted(dirs + files):
            path = os.path.join(top, name)
            yield os.path.normpath(os.path.join(under, os.path.relpath(path, folder))), path


def record(number, name, mode, data=b""):
    """One header with its name and data, each padded to four bytes."""
    raw = name.encode() + b"\0"
    if len(data) > 0xffffffff:
        raise Fault(f"{name} is too large for a cpio archive (4 GiB)")
    links = 2 if stat.S_ISDIR(mode) else 1
    fields = (number, mode, 0, 0, links, 0, len(data), 0, 0, 0, 0, len(raw), 0)
    head = b"070701" + "".join(f"{f:08X}" for f in fields).encode() + raw
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def pack(folders):
    """The whole archive."""
    out, seen = [], {}
    for word in folders:
        folder, equals, under = word.partition("=")
        if not os.path.isdir(folder):
            raise Fault(f"{folder}: no such folder to pack")
        under = under if equals else os.path.basename(os.path.abspath(folder))
        # What is packed is the folder, also where its name is a link to it.
        for name, path in entries(os.path.realpath(folder), under):
            mode = os.lstat(path).st_mode
            if name in seen and not stat.S_ISDIR(mode):
                raise Fault(f"{name} is both in {seen[name]} and in {folder}")
            if name not in seen:
                seen[name] = folder
                out.append((name, path, mode))
    parts = []
    for number, (name, path, mode) in enumerate(sorted(out, key=lambda e: e[0].split("/")), 1):
        if stat.S_ISDIR(mode):
            parts.append(record(number, name, stat.S_IFDIR | 0o755))
        elif stat.S_ISLNK(mode):
            parts.append(record(number, name, stat.S_IFLNK | 0o777, os.readlink(path).encode()))
        elif stat.S_ISREG(mode):
            with open(path, "rb") as f:
                parts.append(record(number, name, stat.S_IFREG | 0o644 | mode & 0o111, f.read()))
    parts.append(record(0, "TRAILER!!!", 0))
    return b"".join(parts)


def main(argv):
    heed_interrupt()
    parser = argparse.ArgumentParser(prog="mkcpio.py")
    parser.add_argument("file")
    parser.add_argument("folders", nargs="+")
    args = parser.parse_args(argv)
    temp = f"{args.file}.{os.getpid()}.tmp"
    try:
        data = pack(args.folders)
        with open(temp, "wb") as f:
            f.write(data)
        os.replace(temp, args.file)
    except Fault as fault:
        return fail(fault)
    except OSError as error:
        return fail(os_fault(error))
    except KeyboardInterrupt:
        return 130
    finally:
        if os.path.exists(temp):
            os.unlink(temp)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
