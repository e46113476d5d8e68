# SPDX-License-Identifier: BSD-3-Clause
"""support/sources.lock: every third-party source of the tree in one file.

A line `source name-version` and below it, indented, what the port's `source` file says: where it
can be had, with which hashes, under which licence. `make lock` writes it, `make check` compares it
with ports/*/source, and fetching refuses a source that stands there differently or not at all.
Ports from elsewhere (L=) are pinned by their own `source` file alone.

    fetch_lock.py          write the lock
"""

import os
import pathlib
import re
import subprocess
import sys

from fetch_source import FetchError, Source

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = "support/sources.lock"
HEAD = """\
# Every third-party source of this tree. Written by `make lock` from ports/*/source; `make check`
# compares the two, and the build fetches nothing that stands here differently or not at all.
"""
TOOLS = """\
# For information, nothing compares it: the tools that the writer of this file had.
"""
EXPRESSION = re.compile(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*")


def stanza(source, port):
    """The lines of one source, its first included; port is its folder below the root."""
    licence = source.fields.get("licence", "")
    if not EXPRESSION.fullmatch(licence):
        raise FetchError(f"{port}/source: no line `licence` with an SPDX expression (MIT, ...)")
    lines = [f"source {source.id}", f"  port {port}", f"  licence {licence}"]
    for place in source.places:
        words = [place.kind, place.where, place.filename, place.sha256 or "-"]
        lines.append("  " + " ".join(words))
    if source.unused:
        lines.append("  unused " + " ".join(source.unused))
    return lines + [f"  tree {source.tree}"]


def entries(text):
    """{name-version: (line number, lines)} of a lock."""
    found, lines = {}, None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("source "):
            lines = [line]
            found[line.split()[1]] = (number, lines)
        elif line.startswith("  ") and lines:
            lines.append(line)
        else:
            lines = None
    return found


def port_of(source, root=ROOT):
    """The port's folder below the root, or None for a port from elsewhere."""
    path = source.portdir.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None


def check(source, root=ROOT):
    """Refuses a source of the tree that the lock has not got, or has otherwise."""
    port = port_of(source, root)
    if port is None:
        return
    lock = root / NAME
    there = entries(lock.read_text(encoding="utf-8")) if lock.is_file() else {}
    want = stanza(source, port)
    _, have = there.get(source.id, (0, None))
    if have is None:
        raise FetchError(f"{source.id} is not in {NAME}: compare the hashes of {port}/source with "
                         "what upstream publishes, then `make lock`")
    if have != want:
        wrong = next((b for a, b in zip(have + [""], want + [""]) if a != b), "").split()
        raise FetchError(f"{port}/source: `{wrong[0] if wrong else '?'}` is not what {NAME} says: "
                         "if the change is meant, `make lock`")


def tools(root):
    """Lines `tool NAME VERSION` as the doctor sees them."""
    done = subprocess.run([root / "support/deps/setup", "--doctor"], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)
    for line in done.stdout.splitlines()[1:]:
        words = line.split()
        if len(words) > 2 and re.fullmatch(r"\d[\d.]*", words[1]):
            yield f"tool {words[0]} {words[1]}"


def write(root=ROOT):
    """The whole lock, from the tree."""
    text = HEAD
    for path in sorted(root.glob("ports/*/source")):
        source = Source(path.parent)
        text += "\n" + "\n".join(stanza(source, port_of(source, root))) + "\n"
    text += "\n" + TOOLS + "\n".join(sorted(set(tools(root)))) + "\n"
    temp = root / f"{NAME}.{os.getpid()}"
    temp.write_text(text, encoding="utf-8")
    temp.replace(root / NAME)
    print(f"{NAME}: {len(entries(text))} sources")


if __name__ == "__main__":
    try:
        write()
    except FetchError as err:
        sys.exit(f"lock: {err}")
