#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Fetches, checks, unpacks and patches the source of a port.

    fetch.py PORTDIR... --dl DL_DIR --dest DEST [--offline] [--download-only] [--hash]

Leaves DEST/<name>-<version>/; progress goes to standard error. Does nothing when the tree there
was made from the same source file, patches and scripts. The tree appears by a
rename, complete or not at all. PORTDIR/prepare.py, where there is one, is called with the unpacked
tree before that rename (it generates headers; it must not use the network).
"""

import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import fetch_lock
import fetch_place
import fetch_tree
from fetch_place import Unavailable, say
from fetch_source import FetchError, Source

STAMP = ".ashlar-stamp"


def default_cache():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "ashlar")


def archive_of(source, args):
    """A source's archive in the cache, downloaded if need be and allowed."""
    cache = pathlib.Path(args.dl)
    for place in source.places:
        if path := fetch_place.cached(place, cache):
            return path
    if args.offline:
        names = " or ".join(place.filename for place in source.places)
        raise FetchError(f"{source.id}: OFFLINE=1 and {cache} has no {names}: run `make fetch` "
                         "once with a network, or put the file there")
    reasons = []
    for place in source.places:
        try:
            return fetch_place.fetch(place, cache, pathlib.Path(args.dest) / ".apt")
        except Unavailable as err:
            say("FETCH", f"{source.id}: {err}; trying the next place")
            reasons.append(str(err))
    raise FetchError(f"{source.id}: nowhere to be had: {'; '.join(reasons)}; look at the network "
                     f"(http_proxy?) or put {source.places[0].filename} into {cache}")


def read_tree(source, archive):
    files = fetch_tree.read_archive(archive, source.unused)
    found = fetch_tree.tree_hash(files)
    if found != source.tree:
        raise FetchError(f"{archive}: wrong tree hash of {source.id} once unpacked: "
                         f"expected {source.tree}, found {found}; remove the file to fetch it "
                         "again, or correct the `source` file")
    return files


def build_tree(source, files, tree):
    """Unpacks into the folder tree, patches, prepares and stamps it."""
    say("UNPACK", source.id)
    fetch_tree.write_tree(files, tree)
    for patch in source.patches():
        say("PATCH", f"{source.id} {patch.name}")
        fetch_tree.apply_patch(patch, tree)
    prepare = source.portdir / "prepare.py"
    if prepare.is_file():
        done = subprocess.run([sys.executable, "-B", prepare, tree], check=False)
        if done.returncode:
            raise FetchError(f"{prepare}: failed on {source.id} (status {done.returncode})")
    (tree / STAMP).write_text(source.stamp() + "\n")


def up_to_date(source, dest):
    try:
        return (dest / STAMP).read_text().strip() == source.stamp()
    except OSError:
        return False


def replace(tree, dest):
    """Puts the new tree in the old one's place, with the old times where nothing changed."""
    if dest.exists():
        fetch_tree.keep_times(dest, tree)
        dest.rename(tree.parent / "old")
    tree.rename(dest)


def port(source, args):
    """Brings one port's tree up to date."""
    fetch_lock.check(source)
    base = pathlib.Path(args.dest)
    dest = base / source.id
    if args.download_only:
        archive_of(source, args)
        return
    with fetch_place.locked(base / f".{source.id}.lock"):
        if up_to_date(source, dest):
            return
        for left in base.glob(f".{source.id}-*"):
            shutil.rmtree(left, ignore_errors=True)
        files = read_tree(source, archive_of(source, args))
        with tempfile.TemporaryDirectory(dir=base, prefix=f".{source.id}-") as folder:
            tree = pathlib.Path(folder) / source.id
            tree.mkdir()
            build_tree(source, files, tree)
            replace(tree, dest)


def print_hash(source, args):
    """For who writes a source file: what its archive's tree hash is."""
    archive = archive_of(source, args)
    files = fetch_tree.read_archive(archive, source.unused)
    print(f"{archive} sha256 {fetch_place.file_hash(archive)}")
    print(f"tree {fetch_tree.tree_hash(files)} ({len(files)} files)")


def parse(argv):
    parser = argparse.ArgumentParser(description="Fetch, check, unpack and patch ports.")
    parser.add_argument("portdir", nargs="+", help="folder with a `source` file")
    parser.add_argument("--dl", default=default_cache(), help="cache of archives")
    parser.add_argument("--dest", default="build/src", help="where trees are unpacked")
    parser.add_argument("--offline", action="store_true", help="only what the cache has")
    parser.add_argument("--download-only", action="store_true", help="fill the cache, no more")
    parser.add_argument("--hash", action="store_true", help="print hashes for a new source file")
    return parser.parse_args(argv)


def main(argv):
    args = parse(argv)
    try:
        for portdir in args.portdir:
            source = Source(portdir)
            if args.hash:
                print_hash(source, args)
            else:
                port(source, args)
    except FetchError as err:
        print(f"fetch: {err}", file=sys.stderr)
        return 1
    except OSError as err:
        print(f"fetch: {err.filename or ''}: {err.strerror or err}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("fetch: interrupted; nothing half-made was kept", file=sys.stderr)
        return 130
    return 0


def _terminate(_number, _frame):
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(main(sys.argv[1:]))
