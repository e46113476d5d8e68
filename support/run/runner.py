# SPDX-License-Identifier: BSD-3-Clause
"""The runner's main part: options, the accelerator's line, the run, the status."""
import os
import shlex
import sys

import command
import errors
import options as opt
import panics
import process
import session
import symbols


def put(text):
    """Unbuffered, as the guest's bytes are, so that the order is true."""
    os.write(1, text.encode())


def boot(plan, **how):
    """Runs until it ends; the next port where QEMU found ours taken."""
    def load():
        return symbols.Symbols(plan.image.debug_path)

    while True:
        s = session.Session(plan.command(), panics.Console(load), plan.limit,
                            plan.network.target(), **how)
        try:
            return s.run(), s
        except session.PortTaken:
            process.signals_again()
            plan.network.take_port(after=plan.network.port)


def prepare(options, **more):
    """A plan with its accelerator said and its port taken."""
    plan = command.Plan(options, **more)
    put(plan.choose_accel() + "\n")
    put(plan.idle_cpus())
    if plan.network.kind == "user":
        plan.network.take_port()
        if plan.network.port != plan.network.wanted:
            put(f"port {plan.network.wanted} is taken: {plan.network.port} instead\n")
    return plan


def run(options):
    plan = None
    try:
        plan = prepare(options)
        if opt.yes(options["DRYRUN"]):
            put(shlex.join(plan.command()) + "\n")
            return 0
        return boot(plan)[0]
    finally:
        process.no_more_signals()
        if plan:
            plan.close()


def guarded(function, *args):
    """Its status; what goes wrong becomes one line and a status."""
    process.watch_signals()
    try:
        return function(*args)
    except errors.RunError as e:
        sys.stderr.write(f"run: {e}\n")
        return e.status
    except errors.Stopped as e:
        return e.status
    except BrokenPipeError:
        return errors.OWN_ERROR
    except OSError as e:
        sys.stderr.write(f"run: {': '.join(filter(None, (e.filename, e.strerror or str(e))))}\n")
        return errors.OWN_ERROR


def main(words):
    for_make = "--for-make" in words

    def both():
        return run(opt.parse(words))

    status = guarded(both)
    if for_make:
        try:
            put(f"exit status: {status}\n")
        except OSError:
            pass
        return 1 if status else 0
    return status
