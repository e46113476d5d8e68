# SPDX-License-Identifier: BSD-3-Clause
"""Which accelerator: KVM only where it runs the kernel mode of a guest at speed.

A /dev/kvm that opens says little: a software one prints hello at once and is then a thousand
times slower than QEMU's own translator. So a probe counts down in ring 0, and must be done within
a second of its first byte. The answer holds until the host boots again.
"""
import hashlib
import json
import os
import select
import subprocess
import tempfile
import time

import machines
import probe_image
import process
from errors import RunError

LIMIT = 1.0         # seconds for the 20 million iterations; real hardware needs 0.01
START_LIMIT = 10.0  # seconds for QEMU to start on a busy machine
DEVICE = "/dev/kvm"


def choose(wanted, qemu, cpu):
    """(accelerator, CPU model, why)"""
    if wanted == "tcg":
        return "tcg", cpu or "max", "ACCEL=tcg"
    if wanted == "kvm":
        if not os.access(DEVICE, os.R_OK | os.W_OK):
            raise RunError(f"ACCEL=kvm: {_closed()}: take ACCEL=tcg or ACCEL=auto")
        return "kvm", cpu or "host", "ACCEL=kvm"
    if wanted != "auto":
        raise RunError(f"ACCEL={wanted} is unknown: there are auto, kvm, tcg")
    if not os.access(DEVICE, os.R_OK | os.W_OK):
        return "tcg", cpu or "max", _closed()
    kvm_cpu, why = _cached(qemu, cpu)
    return ("kvm", kvm_cpu, why) if kvm_cpu else ("tcg", cpu or "max", why)


def _closed():
    if not os.path.exists(DEVICE):
        return f"there is no {DEVICE}"
    return f"{DEVICE} does not open for this user (group kvm)"


def _cached(qemu, cpu):
    try:
        path = os.path.join(process.cache_folder(), "accel-" + _key(qemu, cpu) + ".json")
    except OSError:
        path = None         # no place to keep the answer in: it is asked for each time
    try:
        with open(path or os.devnull, encoding="utf-8") as f:
            answer = json.load(f)
        return answer["cpu"], answer["why"]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    found = probe(qemu, [cpu] if cpu else ["host", "qemu64"])
    if path:
        process.write_whole(path, json.dumps({"cpu": found[0], "why": found[1]}).encode())
    return found


def _key(qemu, cpu):
    with open("/proc/sys/kernel/random/boot_id") as f:
        boot = f.read().strip()
    tool = os.stat(qemu)
    text = f"{boot} {qemu} {tool.st_mtime_ns} {tool.st_size} {os.getuid()} {cpu}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def probe(qemu, cpus):
    """(CPU model that runs at speed under KVM or None, why)"""
    why = ""
    for cpu in cpus:
        ok, why = _probe_one(qemu, cpu)
        if ok:
            return cpu, why
        if "over" in why:
            break       # slow is slow, whatever the model
    return None, why


def _probe_one(qemu, cpu):
    with tempfile.TemporaryDirectory(prefix="ashlar-probe-") as folder:
        path = os.path.join(folder, "probe")
        process.write_whole(path, probe_image.image())
        child = process.start(
            [qemu, *machines.base_args("microvm"), "-accel", "kvm", "-cpu", cpu, "-m", "16",
             "-serial", "stdio", "-monitor", "none", "-kernel", path],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            return _watch(child, cpu)
        finally:
            # killed, not asked: a slow KVM would keep the machine busy for its patience too
            child.kill()
            child.wait()
            child.stdout.close()
            child.stderr.close()


def _watch(child, cpu):
    begin = time.monotonic()
    ready, _, _ = select.select([child.stdout], [], [], START_LIMIT)
    if not ready:
        return False, f"{DEVICE} opens, but a guest did not start within {START_LIMIT:.0f} s"
    if os.read(child.stdout.fileno(), 16)[:1] != probe_image.STARTED:
        return False, f"{DEVICE} opens, but QEMU fails with -cpu {cpu}"
    begin = time.monotonic()
    try:
        status = child.wait(LIMIT)
    except subprocess.TimeoutExpired:
        return False, f"{DEVICE} opens, but 20 million ring-0 iterations took over {LIMIT:.0f} s"
    if status != probe_image.STATUS:
        return False, f"{DEVICE} opens, but the probe ended with status {status}"
    took = (time.monotonic() - begin) * 1000
    return True, f"20 million ring-0 iterations took {took:.0f} ms"
