# SPDX-License-Identifier: BSD-3-Clause
"""Which compiler this is: its own headers' folder, and an identity that goes into the flags, so
that another compiler compiles everything again."""
import os
import shutil
import subprocess

from common import Fault


def _ask(command):
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise Fault(f"{command[0]} does not run: {error}",
                    "`make doctor` shows the tools and how to get them, CC= names another") \
            from None


def describe(compiler):
    """The make variables CC_INCLUDE (folders of the compiler's headers) and CC_ID."""
    path = shutil.which(compiler)
    if not path:
        raise Fault(f"the compiler {compiler} is not here",
                    "`make SETUP=yes` installs it, `make doctor` says how, CC= names another")
    version = _ask([compiler, "--version"]).splitlines()[0]
    if "clang" in version:
        include = [os.path.join(_ask([compiler, "-print-resource-dir"]), "include")]
    else:
        include = [_ask([compiler, f"-print-file-name={name}"])
                   for name in ("include", "include-fixed")]
    include = [d for d in include if os.path.isdir(d)]
    return f"CC_INCLUDE := {' '.join(include)}\nCC_ID := {version.replace('#', '')}\n"
