#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""make offline-test: what was fetched once is enough.

    offline.py --dl DL [--shared FOLDER] APP...

Without a network (in a network namespace of its own where that is allowed, else behind a proxy
that does not exist) and with OFFLINE=1, the applications are built from the cache of archives DL
into a fresh folder, the C library too (--shared takes objects from there). Then, with an empty
cache, the build must end with one line that says what is missing.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

import checkout

NOWHERE = "http://127.0.0.1:9"
TRY = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"


def cut():
    """(command before others, how the network is cut)"""
    for words in (["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"]):
        try:
            probe = subprocess.run([*words, sys.executable, "-c", TRY], capture_output=True,
                                   text=True, check=False)
        except OSError:
            break
        if "Network is unreachable" in probe.stderr:
            return words, "a network namespace with nothing in it"
    return [], "a proxy that does not exist"


def make(prefix, words):
    env = checkout.environment(HOME=os.environ.get("HOME", "/"), OFFLINE="1", http_proxy=NOWHERE,
                               https_proxy=NOWHERE, no_proxy="")
    return subprocess.run([*prefix, "make", "-C", checkout.ROOT, *words], env=env, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)


def builds(prefix, args, top):
    for app in args.apps:
        done = make(prefix, [f"A={os.path.abspath(app)}", f"O={top}/out", f"DL_DIR={args.dl}",
                             f"SHARED={args.shared or top + '/objects'}", "image"])
        name = os.path.basename(app)
        if done.returncode:
            print(done.stdout[-3000:])
            raise checkout.Fault(f"{name} cannot be built without a network (above)")
        print(f"built {name}", flush=True)


def missing(prefix, args, top):
    """The one line that people get when a source is not there."""
    done = make(prefix, [f"A={os.path.abspath(args.apps[0])}", f"O={top}/none",
                         f"DL_DIR={top}/empty", f"SHARED={top}/none", "image"])
    said = [line for line in done.stdout.splitlines() if line.startswith("fetch: ")]
    if done.returncode == 0 or len(said) != 1 or "make fetch" not in said[0] \
            or "Traceback" in done.stdout:
        print(done.stdout[-3000:])
        raise checkout.Fault("a source that is missing is not one clear line (above)")
    print(f"a source that is missing: {said[0].replace(top, '...')}")


def main():
    parser = argparse.ArgumentParser(description="Build without a network.")
    parser.add_argument("apps", nargs="+", metavar="APP")
    parser.add_argument("--dl", required=True, help="cache of archives")
    parser.add_argument("--shared", default="", help="cache of objects; else a fresh one")
    args = parser.parse_args()
    prefix, how = cut()
    print(f"the network is cut by {how}", flush=True)
    top = tempfile.mkdtemp(prefix="ashlar-offline.")
    try:
        builds(prefix, args, top)
        missing(prefix, args, top)
    except checkout.Fault as fault:
        print(f"offline-test: {fault}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(top, ignore_errors=True)
    print(f"offline-test: {len(args.apps)} applications built, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
