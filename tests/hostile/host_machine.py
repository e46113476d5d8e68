# SPDX-License-Identifier: BSD-3-Clause
"""Abuses by the host: machines that are odd from the start."""
import contextlib
import re
import subprocess
import tempfile
import threading
import time

from battery import Outcome, abuse
from build import image
from guest import Server, boot
from host import LIMIT, ends, hmp, lines, served, serves
from registry import Failure, expect

# Memory.

TINY = ("2", "2304K", "3", "3333K", "4", "8")


def little_one(mem):
    """Seconds until it serves; None: it ended with a line and a status."""
    start = time.monotonic()
    try:
        with Server(image("apps/httpd"), MEM=mem, NET="user", timeout=LIMIT):
            return time.monotonic() - start
    except Failure as failure:
        text = failure.console
        expect(time.monotonic() - start < LIMIT, f"{mem}: silent", text)
        expect(re.search(r"memory|too small|error 12", text), f"{mem}: no line", text)
        return None


@abuse("memory-2-to-8-mib")
def little(rng):
    """Each size serves, or ends with a line and a status; hello runs in 2 MiB."""
    image("apps/httpd")
    result = boot(image("apps/hello"), MEM="2", timeout=20)
    expect(result.status == 0, "hello does not run in 2 MiB", result.text)
    took = {mem: little_one(mem) for mem in TINY}
    return Outcome(max(s for s in took.values() if s), None,
                   "serves in " + " ".join(m for m, s in took.items() if s))


def large(mem, machine):
    return serves(f"{mem} MiB on {machine}", machine=machine, MEM=mem)


for _mem, _machine in (("5120", "q35"), ("5120", "microvm"), ("3071", "pc"), ("4097", "pc")):
    abuse(f"memory-{_mem}-{_machine}", needs=("tap",))(
        lambda rng, m=_mem, k=_machine: large(m, k))


# CPUs. Those without a generator of random numbers get a device for it, a seed, or a line.

SEED = "rng.seed=" + "0123456789abcdef" * 4

for _cpu in ("qemu64", "Nehalem"):
    abuse(f"cpu-{_cpu.lower()}-with-seed", needs=("tap",))(
        lambda rng, c=_cpu: serves("entropy from rng.seed", CPU=c, PARAMS=SEED))
    abuse(f"cpu-{_cpu.lower()}-no-entropy", quick=_cpu == "qemu64")(
        lambda rng, c=_cpu: ends(r"net: no entropy", 1, NET="user", CPU=c))
abuse("cpu-without-apic")(
    lambda rng: ends("no local APIC", NET="user", CPU="max,-apic"))
abuse("cpus-four", needs=("tap",))(lambda rng: serves("three of them idle", SMP="4"))

# Machines with parts left out, or with options that nobody expects.

ODD = {
    "no-hpet": ("q35", "-no-hpet"),
    "no-pit-no-pic": ("microvm", "-machine pit=off,pic=off,rtc=off"),
    "no-smm-vmport": ("pc", "-machine smm=off,vmport=off,hmat=off"),
    "no-pm-timer-use": ("q35", "-global ICH9-LPC.disable_s3=1 -global ICH9-LPC.disable_s4=1"),
    "rtc-1970": ("pc", "-rtc base=1970-01-01T00:00:00"),
    "rtc-2099": ("microvm", "-rtc base=2099-12-31T23:59:58"),
    "q35-intel-iommu": ("q35", "-device intel-iommu"),
    "event-index-off": ("microvm", "-global virtio-net-device.event_idx=off"),
    "indirect-off": ("microvm", "-global virtio-net-device.indirect_desc=off"),
    "queue-64": ("pc", "-global virtio-net-pci.rx_queue_size=256"),
}


def odd(machine, extra):
    return serves(extra, machine=machine, extra=extra)


for _name, (_machine, _extra) in ODD.items():
    abuse(f"machine-{_name}", needs=("tap",))(lambda rng, m=_machine, e=_extra: odd(m, e))


# Devices.

EIGHT = {
    "pc": ("virtio-balloon-pci", "virtio-serial-pci", "virtio-keyboard-pci", "pci-testdev",
           "edu", "pcnet", "ne2k_pci", "nec-usb-xhci"),
    "q35": ("virtio-balloon-pci,disable-legacy=on", "virtio-scsi-pci", "virtio-tablet-pci",
            "pvpanic-pci", "e1000e", "rtl8139", "i82801b11-bridge", "ich9-ahci"),
    "microvm": ("virtio-balloon-device", "virtio-serial-device", "virtio-keyboard-device",
                "virtio-tablet-device", "virtio-mouse-device", "virtio-scsi-device",
                "virtio-gpu-device", "virtio-rng-device"),
}


def undriven(machine):
    extra = " ".join("-device " + name for name in EIGHT[machine])
    return serves("eight devices that nobody drives", machine=machine, extra=extra)


for _machine in EIGHT:
    abuse(f"devices-nobody-drives-{_machine}", needs=("tap",), quick=_machine == "q35")(
        lambda rng, m=_machine: undriven(m))
for _machine in EIGHT:
    abuse(f"devices-none-{_machine}")(
        lambda rng, m=_machine: ends("net: no network device", 1, NET="none", MACHINE=m))


@abuse("disk-nobody-drives", needs=("tap",))
def disk(rng):
    with tempfile.NamedTemporaryFile() as f:
        f.truncate(1 << 20)
        return serves("a disk, and no driver for it", DISK=f.name)


@abuse("two-nics", needs=("tap",))
def two(rng):
    """The second one leads nowhere."""
    return serves("the second one leads nowhere", machine="pc",
                  extra="-netdev user,id=n2,restrict=on -device virtio-net-pci,netdev=n2,"
                        "disable-legacy=on,romfile=", PARAMS="net.wait_ms=500")


NICS = {
    "group-address": ("mac=01:00:5e:00:00:01", "group"),
    "broadcast-address": ("mac=ff:ff:ff:ff:ff:ff", "group"),
    "legacy": ("disable-modern=on,disable-legacy=off", "legacy"),
    "no-msix": ("vectors=0", "MSI-X"),
    "one-vector": ("vectors=1", "error"),
    "mtu-68": ("host_mtu=68", None),
    "mtu-9000": ("host_mtu=9000", None),
    "mtu-65535": ("host_mtu=65535", None),
    "packed": ("packed=on,mq=on,rss=on,hash=on", None),
}


def nic(options, line):
    """A line and a status, or it serves."""
    words = options if "legacy" in options else "disable-legacy=on," + options
    extra = (f"-netdev user,id=n1 -device virtio-net-pci,netdev=n1,romfile=,{words}")
    result = boot(image("apps/httpd"), MACHINE="pc", NET="none", QEMU_EXTRA=extra, timeout=6)
    if line is None:
        expect(result.status == 124 and "httpd: serving" in result.text,
               f"status {result.status}", result.text)
        return Outcome(None, None, f"{options}: serves")
    expect(result.status not in (0, 124, 134) and line in result.text,
           f"status {result.status}, no '{line}'", result.text)
    return Outcome(None, None, f"{options}: status {result.status}, "
                   + next(text.strip() for text in result.lines if line in text))


for _name, (_options, _line) in NICS.items():
    abuse(f"nic-{_name}")(lambda rng, o=_options, w=_line: nic(o, w))

# What comes and goes.


def link_lines(it):
    return lines(it, "link is")


@abuse("link-down-up", needs=("tap",), quick=True)
def link(rng):
    with served() as it:
        def carrier(state):
            hmp(it, f"set_link net0 {state}")

        for _ in range(3):
            carrier("off")
            it.server.wait_for("link is down", 5)
            expect(not it.fetch(timeout=0.5), "it serves without a link", it.server.text)
            carrier("on")
            seconds = it.recovers()
        for _ in range(50):
            carrier("off")
            carrier("on")
        seconds = max(seconds, it.recovers())
        return Outcome(seconds, None, f"53 times, {link_lines(it)} lines")


@abuse("network-backend-gone", needs=("tap",))
def backend(rng):
    """netdev_del: the device stays and leads nowhere. One line; it lives."""
    with served("pc") as it:
        it.monitor.command("netdev_del", id="net0")
        it.server.wait_for("link is down", 5)
        time.sleep(1)
        expect(it.server.process.poll() is None, "it ended", it.server.text)
    return Outcome(None, None, "link is down: said, and it waits")


def device_id(it, kind):
    """QOM path of the first device of a type."""
    text = hmp(it, "info qom-tree")
    match = re.search(rf"/(device\[\d+\]|\w+) \({kind}\)", text)
    expect(match, f"no {kind}: {text}")
    return "/machine/peripheral-anon/" + match.group(1)


def unplug(machine):
    with served(machine) as it:
        it.monitor.command("device_del", id=device_id(it, "virtio-net-pci"))
        if machine == "pc":
            it.server.wait_for("the host wants something", 5)
        return Outcome(it.recovers(), None, "device_del of the network device: it stays")


abuse("unplug-pc", needs=("tap",), quick=True)(lambda rng: unplug("pc"))


@abuse("unplug-by-force", needs=("tap",))
def torn_out(rng):
    """The host ejects what the guest did not give: one line and a status."""
    with served("pc") as it:
        path = device_id(it, "virtio-net-pci")
        slot = int(re.search(r"Bus +0, device +(\d+), function 0:\s+Ethernet", hmp(it, "info pci"))
                   .group(1))
        it.monitor.command("device_del", id=path)
        it.server.wait_for("the host wants something", 5)
        hmp(it, "o/w 0xae10 0")
        hmp(it, f"o/w 0xae08 {1 << slot}")
        expect("1af4:1041" not in hmp(it, "info pci"), "it is still there", hmp(it, "info pci"))
        expect(not it.fetch(timeout=1), "served without a device", it.server.text)
        time.sleep(2)
        expect(it.server.process.poll() is None, "it ended", it.server.text)
    return Outcome(None, None, "said at the request; it waits for ever after")


@abuse("plug-pc", needs=("tap",))
def plug(rng):
    with served("pc") as it:
        for i in range(3):
            it.monitor.command("device_add", driver="virtio-rng-pci", id=f"new{i}")
        it.server.wait_for("the host wants something", 5)
        return Outcome(it.recovers(), None, "device_add of three: said, not taken")


@abuse("plug-in-vain-microvm", needs=("tap",))
def plug_microvm(rng):
    """There is no bus for it: QEMU refuses, the guest hears nothing."""
    with served() as it:
        text = hmp(it, "device_add virtio-rng-pci,id=x")
        return Outcome(it.recovers(), None, text.strip())


# Entropy, console, words.

SILENT = ("-chardev null,id=egd -object rng-egd,chardev=egd,id=r0 "
          "-device virtio-rng-device,rng=r0")


def silent(cpu):
    """Beside one that answers there is a generator that never does."""
    with_rng = image("apps/httpd", "rng", options=("CONFIG_LIB_VIRTIO_RNG=y",))
    return serves("one of two generators never answers", built=with_rng, CPU=cpu, extra=SILENT)


for _cpu in ("max", "qemu64"):
    abuse(f"rng-device-silent-{_cpu}", needs=("tap",))(lambda rng, c=_cpu: silent(c))


@abuse("console-flood", needs=("tap",))
def flood(rng):
    """Four megabytes of input that nobody reads."""
    with served(stdin=subprocess.PIPE) as it:
        def feed():
            with contextlib.suppress(OSError):
                for _ in range(1024):
                    it.server.process.stdin.write(rng.randbytes(4096))
        threading.Thread(target=feed, daemon=True).start()
        time.sleep(3)
        return Outcome(it.recovers(), None, "input that nobody reads")


@abuse("command-line-huge")
def huge(rng):
    return ends("long", None, NET="user", PARAMS="x" * 9000)


@abuse("command-line-noise")
def noise(rng):
    """Bytes that no one would write; with a NUL never, as the host cannot send one."""
    for _ in range(5):
        text = bytes(rng.choice(range(33, 127)) for _ in range(rng.randrange(1, 200))).decode()
        text = re.sub(r"[\"'\\\\,]", "_", text)
        result = boot(image("apps/httpd"), NET="user", CMDLINE=text, timeout=6)
        expect(result.status not in (134, 125), f"{text!r}: status {result.status}", result.text)
    return Outcome(None, None, "five lines of noise: each a line and a status, or served")
