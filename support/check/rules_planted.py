# SPDX-License-Identifier: BSD-3-Clause
"""Planted faults (tests/planted/, make test-planted) still fit the code that they spoil."""
import os
import re
import subprocess

from rule import rule


@rule("planted", "each planted fault fits the code, and says what must catch it")
def planted(project):
    env = dict(os.environ)
    if not os.path.exists(os.path.join(project.root, ".git")):
        env["GIT_CEILING_DIRECTORIES"] = os.path.dirname(os.path.realpath(project.root))
    for file in project.files:
        if not re.fullmatch(r"tests/planted/[^/]+\.patch", file.path):
            continue
        head = file.text.split("\n--- ", 1)[0]
        for name in ("Plants", "Test", "Says"):
            if not re.search(rf"^{name}: \S", head, re.M):
                yield f"{file.path}:1", f"no line `{name}:`"
        done = subprocess.run(["git", "apply", "--check", "--recount", file.path], text=True,
                              cwd=project.root, env=env, capture_output=True, check=False)
        if done.returncode:
            said = (done.stderr.strip() or "git apply fails").splitlines()[0]
            yield f"{file.path}:1", f"does not fit any more, plant it anew: {said}"
