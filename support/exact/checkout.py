# SPDX-License-Identifier: BSD-3-Clause
"""Copies of this checkout: what is, or would be, committed, and nothing that was built."""
import os
import shutil
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Fault(Exception):
    """One line for the person at the keyboard."""


def walk(root):
    """A copy of ours has no .git: all but what was built in it."""
    for top, dirs, names in os.walk(root):
        dirs[:] = [d for d in dirs if d != "__pycache__" and (top, d) != (root, "build")]
        links = [d for d in dirs if os.path.islink(os.path.join(top, d))]
        yield from (os.path.relpath(os.path.join(top, n), root) for n in names + links)


def files(root=ROOT):
    """Paths below root, sorted."""
    if not os.path.exists(os.path.join(root, ".git")):
        return sorted(walk(root))
    done = subprocess.run(["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z",
                           "--cached", "--others", "--exclude-standard"], capture_output=True,
                          check=False)
    if done.returncode:
        raise Fault(f"{root} is no git checkout: {done.stderr.decode().strip()}")
    paths = sorted(set(done.stdout.decode().split("\0")) - {""})
    return [p for p in paths if os.path.lexists(os.path.join(root, p))]


def put(source, target):
    """One file as it is: content, permission to execute, or where it links to."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(source):
        if os.path.lexists(target):
            os.unlink(target)
        os.symlink(os.readlink(source), target)
        return
    shutil.copyfile(source, target)
    os.chmod(target, 0o755 if os.access(source, os.X_OK) else 0o644)


def copy(target, root=ROOT, backwards=False):
    """All of a checkout to target; backwards: in another order, which some file systems keep."""
    paths = files(root)
    for path in reversed(paths) if backwards else paths:
        put(os.path.join(root, path), os.path.join(target, path))


def copy_folder(source, target):
    """Any folder, such as an application from elsewhere, without what was built in it."""
    for top, dirs, names in os.walk(source):
        dirs[:] = [d for d in dirs if d not in (".git", "build")]
        for name in names:
            path = os.path.join(top, name)
            put(path, os.path.join(target, os.path.relpath(path, source)))


def environment(**values):
    """What a build gets: nothing of ours but what it needs, and these."""
    keep = {k: v for k, v in os.environ.items()
            if k in ("PATH", "TERM", "http_proxy", "https_proxy", "no_proxy", "PYTHON", "CC")}
    return {**keep, "SETUP": "no", **values}
