#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Tests of support/build/fetch.py on archives made here: no network, no distribution."""

import gzip
import hashlib
import http.server
import io
import lzma
import os
import pathlib
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import unittest
import zipfile

BUILD = pathlib.Path(__file__).resolve().parents[2] / "support" / "build"
sys.dont_write_bytecode = True
sys.path.insert(0, str(BUILD))

import fetch_lock  # noqa: E402
import fetch_place  # noqa: E402
import fetch_tree  # noqa: E402
from fetch_source import FetchError, Source  # noqa: E402

FILES = {"README": b"read me\n", "src/a.c": b"int a;\nint b;\nint c;\n", "src/crlf.c":
         b"one\r\ntwo\r\nthree\r\n", "run.sh": b"#!/bin/sh\n"}
PATCH = """\
Why this is so.

--- a/src/a.c
+++ b/src/a.c
@@ -1,3 +1,3 @@
 int a;
-int b;
+int bb;
 int c;
--- a/src/crlf.c
+++ b/src/crlf.c
@@ -2,2 +2,3 @@
 two
 three
+four
--- /dev/null
+++ b/src/new.c
@@ -0,0 +1,2 @@
+new
+file
"""


def tar(path, files, top="demo-1.0/", links=()):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            item = tarfile.TarInfo(top + name)
            item.size, item.mode = len(data), 0o755 if name.endswith(".sh") else 0o644
            archive.addfile(item, io.BytesIO(data))
        for name, target in links:
            item = tarfile.TarInfo(top + name)
            item.type, item.linkname = tarfile.SYMTYPE, target
            archive.addfile(item)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_zip(path, files, top="demo-1.0/", compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in files.items():
            item = zipfile.ZipInfo(top + name)
            item.create_system = 3
            item.compress_type = compression
            item.external_attr = (0o755 if name.endswith(".sh") else 0o644) << 16
            archive.writestr(item, data)
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Server(http.server.BaseHTTPRequestHandler):
    """Promises more than it sends; /stall does not even end."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(b"x" * 1000)
        self.wfile.flush()
        if self.path.startswith("/stall"):
            time.sleep(20)

    def log_message(self, *_args):
        pass


class Fetch(unittest.TestCase):
    """Each test has a port, an archive, a cache and a destination of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fetch-test-")
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        self.port = self.top / "port"
        self.port.mkdir()
        self.cache, self.dest = self.top / "cache", self.top / "dest"
        self.tree = self.dest / "demo-1.0"
        self.archive = self.top / "demo-1.0.tar.gz"
        self.sha = tar(self.archive, FILES)
        self.hash = fetch_tree.tree_hash(fetch_tree.read_archive(self.archive, []))
        self.source()

    def source(self, *places, tree=None, extra=""):
        places = places or (f"url {self.archive.as_uri()} {self.sha}",)
        text = "name demo\nversion 1.0\n" + "\n".join(places) + f"\n{extra}\n"
        (self.port / "source").write_text(text + f"tree {tree or self.hash}\n")

    def command(self, *options):
        return [sys.executable, "-B", BUILD / "fetch.py", self.port, "--dl", self.cache,
                "--dest", self.dest, *options]

    def run_fetch(self, *options, status=0):
        done = subprocess.run(self.command(*options), capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        return done.stderr

    def nothing_left(self):
        """Nothing that a later run would trust, and no rubbish."""
        self.assertFalse(self.tree.exists())
        names = [p.name for p in self.cache.glob("*")] if self.cache.exists() else []
        self.assertEqual(names, [])

    def test_unpacks_and_is_idempotent(self):
        self.run_fetch()
        for name, data in FILES.items():
            self.assertEqual((self.tree / name).read_bytes(), data)
        self.assertTrue(os.access(self.tree / "run.sh", os.X_OK))
        before = (self.tree / "src").stat().st_ino
        self.assertEqual(self.run_fetch(), "")
        self.assertEqual((self.tree / "src").stat().st_ino, before)

    def test_wrong_archive_hash_stops(self):
        self.source(f"url {self.archive.as_uri()} {'0' * 64}",
                    f"url {self.archive.as_uri()} {self.sha}")
        text = self.run_fetch(status=1)
        for word in (self.archive.name, "0" * 64, self.sha):
            self.assertIn(word, text)
        self.nothing_left()

    def test_wrong_tree_hash_stops(self):
        self.source(tree="1" * 64)
        text = self.run_fetch(status=1)
        for word in (self.archive.name, "1" * 64, self.hash):
            self.assertIn(word, text)
        self.assertFalse(self.tree.exists())

    def test_unknown_archive_hash_leaves_it_to_the_tree(self):
        self.source(f"url {self.archive.as_uri()} -")
        self.run_fetch()
        self.source(f"url {self.archive.as_uri()} -", tree="1" * 64)
        self.run_fetch(status=1)

    def test_spoilt_cache_is_named(self):
        self.run_fetch("--download-only")
        path = self.cache / self.archive.name
        path.write_bytes(path.read_bytes()[:-1])
        text = self.run_fetch(status=1)
        self.assertIn(str(path), text)
        self.assertIn(self.sha, text)
        self.assertFalse(self.tree.exists())

    def test_repackaged_zip_gives_the_same_tree(self):
        path = self.top / "again.zip"
        sha = make_zip(path, {**FILES, "doc/x.html": b"x", "doc.txt": b"y"})
        self.source(f"url {path.as_uri()} {sha}", extra="unused doc doc.txt")
        self.run_fetch()
        self.assertFalse((self.tree / "doc").exists())
        self.assertEqual((self.tree / "README").read_bytes(), FILES["README"])

    def test_next_place(self):
        self.source(f"url file:///nowhere/{self.archive.name} {self.sha}",
                    f"url {self.archive.as_uri()} {self.sha}")
        self.assertIn("trying the next place", self.run_fetch())
        self.assertTrue(self.tree.exists())

    def test_nowhere(self):
        self.source(f"url file:///nowhere/x.tar.gz {self.sha}")
        self.assertIn("nowhere to be had", self.run_fetch(status=1))
        self.nothing_left()

    def test_offline(self):
        text = self.run_fetch("--offline", status=1)
        self.assertIn(self.archive.name, text)
        self.assertIn("make fetch", text)
        self.nothing_left()
        self.run_fetch("--download-only")
        self.assertFalse(self.tree.exists())
        self.archive.unlink()
        self.run_fetch("--offline")
        self.assertTrue(self.tree.exists())

    def serve(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_address[1]}"

    def test_download_that_ends_early(self):
        self.source(f"url {self.serve()}/demo-1.0.tar.gz {self.sha}")
        self.assertIn("of 100000 bytes", self.run_fetch(status=1))
        self.nothing_left()

    def interrupt(self, number):
        self.source(f"url {self.serve()}/stall/demo-1.0.tar.gz {self.sha}")
        with subprocess.Popen(self.command(), stderr=subprocess.PIPE, text=True) as process:
            for _ in range(200):
                if any(self.cache.glob(".part-*/*")):
                    break
                time.sleep(0.05)
            process.send_signal(number)
            text = process.communicate(timeout=10)[1]
        return process.returncode, text

    def test_interrupted_download(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            status, text = self.interrupt(number)
            self.assertEqual(status, 130)
            self.assertIn("interrupted", text)
            self.nothing_left()

    def test_killed_download_is_not_trusted(self):
        self.interrupt(signal.SIGKILL)
        self.assertFalse((self.cache / self.archive.name).exists())
        self.source()
        self.run_fetch()
        self.assertTrue(self.tree.exists())

    def test_killed_unpacking_is_cleared(self):
        left = self.dest / ".demo-1.0-abc"
        (left / "demo-1.0").mkdir(parents=True)
        self.tree.mkdir()
        self.run_fetch()
        self.assertFalse(left.exists())
        self.assertTrue((self.tree / "README").exists())

    def test_patches(self):
        (self.port / "patches").mkdir()
        patch = self.port / "patches" / "0001-x.patch"
        patch.write_text(PATCH)
        self.run_fetch()
        self.assertEqual((self.tree / "src/a.c").read_text(), "int a;\nint bb;\nint c;\n")
        self.assertEqual((self.tree / "src/crlf.c").read_bytes(),
                         b"one\r\ntwo\r\nthree\r\nfour\r\n")
        self.assertEqual((self.tree / "src/new.c").read_text(), "new\nfile\n")
        readme = (self.tree / "README").stat().st_mtime_ns
        source = (self.tree / "src/a.c").stat().st_mtime_ns
        patch.write_text(PATCH.replace("int bb", "int bbb"))
        self.run_fetch()
        self.assertEqual((self.tree / "README").stat().st_mtime_ns, readme)
        self.assertGreater((self.tree / "src/a.c").stat().st_mtime_ns, source)

    def test_patch_that_removes(self):
        (self.port / "patches").mkdir()
        (self.port / "patches" / "1.patch").write_text(
            "--- a/README\n+++ /dev/null\n@@ -1 +0,0 @@\n-read me\n")
        self.run_fetch()
        self.assertFalse((self.tree / "README").exists())

    def test_patch_that_does_not_fit(self):
        (self.port / "patches").mkdir()
        patch = self.port / "patches" / "1.patch"
        bad = {"-int b;": "-int x;", "a/src/a.c\n+++ b/src/a.c": "a/src/z.c\n+++ b/src/z.c",
               "b/src/new.c": "b/README", "+++ b/src/a.c": "+++ b/../../a.c",
               "@@ -0,0 +1,2 @@": "@@ -0,0 +1,9 @@"}
        for old, new in bad.items():
            self.assertIn(old, PATCH)
            patch.write_text(PATCH.replace(old, new))
            self.assertIn("1.patch", self.run_fetch(status=1))
            self.assertFalse(self.tree.exists())

    def test_prepare(self):
        script = self.port / "prepare.py"
        script.write_text("import sys\nopen(sys.argv[1] + '/made.h', 'w').write('1')\n")
        self.run_fetch()
        self.assertEqual((self.tree / "made.h").read_text(), "1")
        script.write_text("raise SystemExit(3)\n")
        self.assertIn("prepare.py", self.run_fetch(status=1))
        self.assertEqual((self.tree / "made.h").read_text(), "1")   # the old tree stays whole

    def test_hostile_archives(self):
        bad = self.top / "bad.tar.gz"
        hostile = [({"../../evil": b"x"}, ()), ({"ok": b""}, [("l", "../../../etc")]),
                   ({"ok": b""}, [("l", "/etc/passwd")])]
        for files, links in hostile:
            sha = tar(bad, files, links=links)
            self.source(f"url {bad.as_uri()} {sha}")
            text = self.run_fetch(status=1)
            self.assertRegex(text, "unsafe name|leaves the tree")
            self.assertFalse((self.top / "evil").exists())
            (self.cache / "bad.tar.gz").unlink()
        bad.write_bytes(b"no archive")
        self.source(f"url {bad.as_uri()} -")
        self.assertIn("cannot unpack", self.run_fetch(status=1))

    def test_damaged_archives(self):
        """Cut or changed anywhere, with no sha256 to tell: one line that says what to do."""
        good = self.archive.read_bytes()
        zipped = self.top / "demo.zip"
        make_zip(zipped, {"a": b"text " * 100}, compression=zipfile.ZIP_DEFLATED)
        packed = self.top / "demo.tar.xz"
        packed.write_bytes(lzma.compress(gzip.decompress(good)))
        for path in (self.archive, zipped, packed):
            data = path.read_bytes()
            spoilt = bytearray(data)
            for at in range(40, len(data) - 40, 7):
                spoilt[at] ^= 0x55
            for bad in (data[:len(data) // 2], bytes(spoilt), b"<html>not found"):
                path.write_bytes(bad)
                self.source(f"url {path.as_uri()} -")
                self.assertRegex(self.run_fetch(status=1),
                                 f"fetch: .*{path.name}: .*remove the file to fetch it again")
                (self.cache / path.name).unlink()

    def test_bad_source_files(self):
        for line, word in (("tree 12", "tree 12"), ("url http://x/y z", "not a sha256"),
                           ("colour red", "not understood")):
            (self.port / "source").write_text(f"name a\nversion 1\n{line}\n")
            text = self.run_fetch(status=1)
            self.assertIn(word, text)
            self.assertIn("source:3", text)
        (self.port / "source").write_text("name a\n")
        self.assertIn("no line `version`", self.run_fetch(status=1))
        (self.port / "source").unlink()
        self.assertIn("a port needs this file", self.run_fetch(status=1))

    def test_lock(self):
        root = self.top.resolve()
        (root / "support").mkdir()
        self.source(extra="licence MIT AND BSD-2-Clause")

        def refused(word):
            with self.assertRaises(FetchError) as caught:
                fetch_lock.check(Source(self.port), root)
            self.assertIn(word, str(caught.exception))

        refused("make lock")
        lines = fetch_lock.stanza(Source(self.port), "port")
        self.assertIn("  licence MIT AND BSD-2-Clause", lines)
        lock = root / "support" / "sources.lock"
        lock.write_text("# x\n\n" + "\n".join(lines) + "\n")
        fetch_lock.check(Source(self.port), root)
        self.source(tree="1" * 64, extra="licence MIT AND BSD-2-Clause")
        refused("`tree` is not what support/sources.lock says")
        self.source()
        refused("licence")
        fetch_lock.check(Source(self.port), root / "support")   # a port from elsewhere

    def test_apt_sources(self):
        etc = self.top / "apt"
        (etc / "sources.list.d").mkdir(parents=True)
        (etc / "sources.list").write_text("deb [a=b] mirror: stable main\ndeb-src x y z\n# deb q\n")
        (etc / "sources.list.d" / "o.list").write_text("  deb other: stable main\n")
        (etc / "sources.list.d" / "p.sources").write_text(
            "Types: deb\n# note\nURIs: mirror:\nSuites: s t\nSigned-By:\n .\n key: no\n\n"
            "Types: deb\nEnabled: no\nURIs: off:\n\nTypes: deb-src\nURIs: src:\n")
        fetch_place.write_apt_sources(etc, self.top / "own")
        self.assertEqual((self.top / "own" / "own.list").read_text(),
                         "deb-src [a=b] mirror: stable main\ndeb-src other: stable main\n")
        self.assertEqual((self.top / "own" / "own.sources").read_text(),
                         "Types: deb-src\nURIs: mirror:\nSuites: s t\nSigned-By:\n .\n key: no\n")
        with self.assertRaises(fetch_place.Unavailable):
            fetch_place.write_apt_sources(self.top / "none", self.top / "own2")


if __name__ == "__main__":
    unittest.main()
