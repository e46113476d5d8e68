# SPDX-License-Identifier: BSD-3-Clause
"""The lock of all third-party sources says what the ports say."""
import os
import pathlib

import fetch_lock
from fetch_source import FetchError, Source

from rule import rule


def compare(project, file, there):
    """(name-version, None or what is wrong) of one port's `source` file."""
    try:
        source = Source(os.path.join(project.root, file.folder))
        want = fetch_lock.stanza(source, file.folder)
    except FetchError as err:
        return None, str(err)
    if source.id not in there:
        return source.id, f"{source.id} is not in {fetch_lock.NAME}: make lock"
    if there[source.id][1] != want:
        return source.id, f"differs from {fetch_lock.NAME}: compare the hashes, then make lock"
    return source.id, None


@rule("lock", "every third-party source stands in support/sources.lock as its port says")
def lock(project):
    path = pathlib.Path(project.root) / fetch_lock.NAME
    there = fetch_lock.entries(path.read_text(encoding="utf-8")) if path.is_file() else {}
    seen = set()
    for file in project.files:
        if file.path.startswith("ports/") and file.path.endswith("/source"):
            name, wrong = compare(project, file, there)
            seen.add(name)
            if wrong:
                yield f"{file.path}:1", wrong
    for name, (number, _) in there.items():
        if name not in seen:
            yield f"{fetch_lock.NAME}:{number}", f"{name}: no port has this source: make lock"
