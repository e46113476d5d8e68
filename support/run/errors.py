# SPDX-License-Identifier: BSD-3-Clause
"""The runner's exit statuses, and the one exception that ends it with a message."""

TIME_LIMIT = 124
OWN_ERROR = 125
CTRL_C = 130
PANIC = 134


class RunError(Exception):
    """Something is wrong on this side of the guest: one line saying what, and what to do."""

    def __init__(self, text, status=OWN_ERROR):
        super().__init__(text)
        self.status = status


class Stopped(Exception):
    """A signal asked the runner to end."""

    def __init__(self, number):
        super().__init__(f"signal {number}")
        self.status = 128 + number
