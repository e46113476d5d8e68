# SPDX-License-Identifier: BSD-3-Clause
"""Registration of rules. A rule is a generator of (where, what), where = "file:line"."""

RULES = {}


class Skip(Exception):
    """The rule cannot be checked: a tool or a built tree is missing. Counts as a finding."""


def rule(name, says):
    """Make a function the rule `name`; `says` is the one line that explains it."""
    def register(function):
        RULES[name] = (function, says)
        return function
    return register
