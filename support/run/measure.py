# SPDX-License-Identifier: BSD-3-Clause
"""The least memory with which a guest still does its work, by bisection."""
import command
import options as opt
import panics
import process
import session
import symbols
from errors import RunError

STEP = 16               # KiB
MOST = 256 << 10        # KiB
LIMIT = 20.0            # seconds for one boot


def works(path, kib):
    """True if the application ends with 0, or serves its port."""
    options = opt.parse([path, f"MEM={kib}K", "ACCEL=tcg", "PORT=18080"], environ={})
    try:
        plan = command.Plan(options)
    except RunError:
        return False        # not even the image fits
    try:
        plan.choose_accel()
        if plan.network.kind == "user":
            plan.network.take_port()
        console = panics.Console(lambda: symbols.Symbols(plan.image.debug_path))
        run = session.Session(plan.command(), console, LIMIT, plan.network.target(),
                              keyboard=False, quiet=True)
        run.until = lambda: run.ready
        try:
            return run.run() == 0
        except (RunError, session.PortTaken):
            return False
    finally:
        process.signals_again()
        plan.close()


def least_memory(path):
    """KiB, rounded up to STEP."""
    low, high = 0, MOST // STEP
    if not works(path, MOST):
        raise RunError(f"{path} does not work even with {MOST >> 10} MiB")
    while high - low > 1:
        middle = (low + high) // 2
        if works(path, middle * STEP):
            high = middle
        else:
            low = middle
    return high * STEP
