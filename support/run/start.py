# SPDX-License-Identifier: BSD-3-Clause
"""What the programs here begin with: compiled Python goes to the cache, not into the tree.

Import it before the other modules.
"""
import os
import sys

HERE = os.path.dirname(os.path.realpath(__file__))

sys.pycache_prefix = os.path.join(os.environ.get("XDG_CACHE_HOME") or
                                  os.path.expanduser("~/.cache"), "ashlar", "python")


def main(function):
    """Ends with the status of function(words of the command line)."""
    sys.exit(function(sys.argv[1:]))
