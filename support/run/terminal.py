# SPDX-License-Identifier: BSD-3-Clause
"""The person's terminal: each key goes to the guest at once; always restored."""
import atexit
import os
import termios


class Terminal:
    """Raw input while the guest runs, if standard input is a terminal that we are in front of."""

    def __init__(self, fd=0):
        self.fd, self.saved = fd, None
        if not os.isatty(fd):
            return
        try:
            if os.tcgetpgrp(fd) != os.getpgrp():
                return          # in the background: touching it would stop us
            self.saved = termios.tcgetattr(fd)
        except (OSError, termios.error):
            return
        raw = termios.tcgetattr(fd)
        raw[0] &= ~(termios.IXON | termios.BRKINT | termios.INPCK | termios.ISTRIP)
        raw[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
        raw[6][termios.VMIN], raw[6][termios.VTIME] = 1, 0
        atexit.register(self.restore)
        termios.tcsetattr(fd, termios.TCSANOW, raw)

    @property
    def raw(self):
        return self.saved is not None

    def restore(self):
        if self.saved is not None:
            saved, self.saved = self.saved, None
            try:
                termios.tcsetattr(self.fd, termios.TCSADRAIN, saved)
            except termios.error:
                pass            # the terminal is gone
