# SPDX-License-Identifier: BSD-3-Clause
"""Gets a source archive into the cache: from a URL, or from the distribution's sources.

A file appears in the cache under its name only when it is complete; its hash is computed again
at every use, so nothing in the cache is trusted.
"""

import contextlib
import fcntl
import hashlib
import http.client
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

from fetch_source import FetchError

TIMEOUT_S = 20
CHUNK = 1 << 16


class Unavailable(Exception):
    """This place has not got it now: the next one is tried."""


def say(verb, text):
    print(f"  {verb:<7} {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def locked(path):
    """One process at a time; the lock goes with the process, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def file_hash(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


class Progress:
    """A line that rewrites itself on a terminal; elsewhere only its last state is printed."""

    def __init__(self, text, total):
        self.text, self.total, self.done = text, total, 0
        self.live = sys.stderr.isatty()

    def add(self, count):
        self.done += count
        if self.live:
            part = f"{100 * self.done // self.total:3d} %" if self.total else ""
            sys.stderr.write(f"\r  FETCH   {self.text} {self.done >> 10} KiB {part}")
            sys.stderr.flush()

    def close(self):
        if self.live:
            sys.stderr.write("\r\033[K")
        say("FETCH", f"{self.text} ({self.done >> 10} KiB)")


def _download(url, out):
    """Copies the URL to the open file; Unavailable when it does not come whole."""
    host = urllib.parse.urlsplit(url).netloc or "this machine"
    name = url.split("/")[-1]
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as reply:
            total = int(reply.headers.get("Content-Length") or 0)
            progress = Progress(f"{name} from {host}", total)
            while chunk := reply.read(CHUNK):
                out.write(chunk)
                progress.add(len(chunk))
    except urllib.error.URLError as err:
        raise Unavailable(f"{host}: {err.reason}") from err
    except (http.client.HTTPException, OSError, ValueError) as err:
        raise Unavailable(f"{host}: {err or type(err).__name__}") from err
    if total and progress.done != total:
        raise Unavailable(f"{host}: the connection ended after {progress.done} of {total} bytes")
    progress.close()


def _stanzas(text):
    """Enabled `deb` stanzas of a deb822 file, as deb-src."""
    for stanza in text.split("\n\n"):
        lines = [line for line in stanza.splitlines() if not line.startswith("#")]
        keys = {line.split(":")[0].lower(): line.split(":", 1)[1].strip()
                for line in lines if ":" in line and not line[0].isspace()}
        if "deb" in keys.get("types", "").split() and keys.get("enabled", "yes") != "no":
            yield "\n".join("Types: deb-src" if line.lower().startswith("types:") else line
                            for line in lines) + "\n"


def write_apt_sources(etc, own):
    """The system's package sources (folder etc/apt) as source lists in the folder own."""
    parts = etc / "sources.list.d"
    lists = [etc / "sources.list"] + sorted(parts.glob("*.list"))
    lines = []
    for path in lists:
        for line in path.read_text().splitlines() if path.is_file() else []:
            if line.split()[:1] == ["deb"]:
                lines.append("deb-src" + line.lstrip()[len("deb"):])
    stanzas = [stanza for path in sorted(parts.glob("*.sources"))
               for stanza in _stanzas(path.read_text())]
    if not lines and not stanzas:
        raise Unavailable("no package source in /etc/apt")
    own.mkdir(parents=True, exist_ok=True)
    (own / "own.list").write_text("\n".join(lines) + "\n")
    (own / "own.sources").write_text("\n".join(stanzas))


APT_CONF = """\
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "{own}/sources";
Dir::State::Lists "{own}/lists";
Dir::Cache "{own}/cache";
APT::Sandbox::User "{user}";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


class Apt:
    """A private apt: own lists and cache below a folder; the system's is only read."""

    def __init__(self, own):
        self.own = own.absolute()

    def _run(self, args, cwd):
        env = dict(os.environ, LC_ALL="C")
        return subprocess.run(["apt-get", "-q", "-c", self.own / "apt.conf"] + args, cwd=cwd,
                              env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False)

    def _setup(self):
        if not shutil.which("apt-get"):
            raise Unavailable("no apt-get on this machine")
        write_apt_sources(pathlib.Path("/etc/apt"), self.own / "sources")
        for folder in ("lists/partial", "cache/archives/partial"):
            (self.own / folder).mkdir(parents=True, exist_ok=True)
        user = "root" if os.geteuid() == 0 else ""
        (self.own / "apt.conf").write_text(APT_CONF.format(own=self.own, user=user))

    def source(self, package, folder):
        """Downloads the files of package=version into folder."""
        with locked(self.own / "lock"):
            self._setup()
            args = ["source", "--download-only", package]
            if any(self.own.glob("lists/*Sources*")) and not self._run(args, folder).returncode:
                return
            say("FETCH", "the distribution's list of sources")
            update = self._run(["update"], folder)
            result = self._run(args, folder)
        if result.returncode:
            lines = (update.stdout + result.stdout).splitlines()
            wrong = [line for line in lines if line.startswith("E: ")] or lines[-1:]
            raise Unavailable(f"apt: {'; '.join(wrong)[:300]}")


def _from_distribution(place, out, own):
    with tempfile.TemporaryDirectory(dir=own.parent, prefix=".apt-source-") as folder:
        Apt(own).source(place.where, folder)
        path = pathlib.Path(folder) / place.filename
        if not path.is_file():
            raise Unavailable(f"{place.where} has no file {place.filename}")
        with open(path, "rb") as file:
            shutil.copyfileobj(file, out)
        size = path.stat().st_size >> 10
        say("FETCH", f"{place.filename} from the distribution's {place.where} ({size} KiB)")


def check_hash(place, path):
    """Wrong contents stop the build: this is never a reason to try the next place."""
    if place.sha256 and (found := file_hash(path)) != place.sha256:
        raise FetchError(f"{path}: wrong sha256 from {place.where}: expected {place.sha256}, "
                         f"found {found}; remove the file to fetch it again")


def cached(place, cache):
    """The path of the archive if the cache has it, rightly; None if it has not."""
    path = cache / place.filename
    if not path.is_file():
        return None
    check_hash(place, path)
    return path


def fetch(place, cache, own):
    """Downloads into the cache, checks, and only then gives the file its name."""
    cache.mkdir(parents=True, exist_ok=True)
    own.parent.mkdir(parents=True, exist_ok=True)
    path = cache / place.filename
    with tempfile.TemporaryDirectory(dir=cache, prefix=".part-") as folder:
        part = pathlib.Path(folder) / place.filename
        with open(part, "wb") as out:
            if place.kind == "url":
                _download(place.where, out)
            else:
                _from_distribution(place, out, own)
        try:
            check_hash(place, part)
        except FetchError as err:
            text = str(err).replace(str(part), str(path)).replace(
                "remove the file to fetch it again", "nothing was kept")
            raise FetchError(text) from err
        os.replace(part, path)
    return path
