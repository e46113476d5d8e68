# SPDX-License-Identifier: BSD-3-Clause
"""Where things are differs in each boot, and is nobody's business; without entropy, no secrets."""
import os
import re
import subprocess

from build import ROOT, image
from guest import MACHINES, Server, boot
from registry import expect, test
from t21_linuxboot import by_linux

BOOTS, BOOTS_WEAK = 16, 4
NAMES = ("canary", "image", "stack", "thread", "heap", "mmap")
WARNING = "canary and places come from jitter"


def guest():
    """The guest of the unit tests has all of it; one of its tests is the shortest run."""
    return image("tests/guest", "test")


def places(result):
    """{name: address} of the line that boot.places=1 asks for."""
    line = next((ln for ln in result.lines if ln.startswith("places: ")), "")
    found = {name: int(value, 16) for name, value in re.findall(r"(\w+) (0x[0-9a-f]+)", line)}
    expect(set(found) == set(NAMES) and all(found.values()), f"places: {line}", result.text)
    return found


def differ(boots, cpu, weak):
    seen = []
    for _ in range(boots):
        result = boot(guest(), CPU=cpu, MEM="64", PARAMS="boot.places=1", ARGS="start_info.*")
        expect(result.status == 0, f"status {result.status}", result.text)
        expect((WARNING in result.text) == weak, f"with {cpu}: warning of jitter: {not weak}",
               result.text)
        seen.append(places(result))
    for name in NAMES:
        values = {p[name] for p in seen}
        expect(len(values) == boots, f"{name}: {len(values)} values in {boots} boots: "
               + " ".join(hex(v) for v in sorted(values)))


test("places.differ")(lambda: differ(BOOTS, "max", False))
test("places.differ.weak")(lambda: differ(BOOTS_WEAK, "qemu64", True))


@test("places.machines")
def machines():
    """The image is slid on each machine, by both ways in; without the parameter nobody is told."""
    for machine in MACHINES:
        images = {places(boot(guest(), MACHINE=machine, MEM="64", PARAMS="boot.places=1",
                              ARGS="start_info.*"))["image"] for _ in range(2)}
        expect(len(images) == 2 and 0xffffffff80100000 not in images, f"{machine}: {images}")
    silent = boot(guest(), MEM="64", ARGS="start_info.*")
    expect("places: " not in silent.text and not re.search(r"ffff[89a-f][0-9a-f]{11}", silent.text),
           "addresses without being asked", silent.text)
    text = by_linux(image("tests/apps/status", "kaslr", options=["CONFIG_KASLR=y"]).path)
    expect("arg 2 <two words>" in text and "[ashlar] exit 33" in text,
           "by the 64-bit protocol it did not come to main", text)


@test("places.repeatable")
def repeatable():
    """The list of addresses takes the same number of instructions wherever the image goes."""
    path = image("tests/apps/status", "kaslr", options=["CONFIG_KASLR=y"]).path
    seen = set()
    for _ in range(3):
        done = subprocess.run([os.path.join(ROOT, "support/run/boot-report"), path],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, check=False)
        seen.add(re.search(r"^entry to main: (\d+) instructions$", done.stdout + done.stderr,
                           re.M).group(1))
    expect(len(seen) == 1, f"differs between runs: {sorted(seen)}")


@test("places.secret")
def secret():
    """A panic names the image as it was linked, and no address of stacks or heap."""
    for fault in ("text-alias-write", "stack-overflow", "stack-jump", "smash-stack", "data-jump"):
        result = boot(image("apps/faults"), ARGS=fault)
        expect(result.status == 134, f"{fault}: status {result.status}", result.text)
        for word in re.findall(r"0x[0-9a-f]{8,16}", result.text):
            address = int(word, 16)
            expect(address < 0x10000 or 0xffffffff80100000 <= address < 0xffffffff80200000,
                   f"{fault}: {word} says where something is", result.text)


@test("entropy.missing")
def missing():
    """A network without entropy ends the boot with the remedy; each remedy works."""
    guest_image, needed = image("apps/httpd"), "net: no entropy: "
    weak = {"CPU": "qemu64", "NET": "user"}
    result = boot(guest_image, **weak)
    lines = [line for line in result.lines if needed in line]
    expect(result.status not in (0, 124, 134) and len(lines) == 1,
           f"status {result.status}, {lines}", result.text)
    for remedy in ("RDRAND", "virtio-rng", "rng.seed="):
        expect(remedy in lines[0], f"no {remedy} in: {lines[0]}")
    for remedy in ({"CPU": "qemu64,+rdrand"}, {"PARAMS": "rng.seed=" + "5a" * 16}):
        with Server(guest_image, **{**weak, **remedy}):
            pass            # it said that it is ready
    # the driver for a device of entropy is an option: httpd's image is smaller without
    built = image("apps/httpd", "virtio-rng", options=["CONFIG_LIB_VIRTIO_RNG=y"])
    with Server(built, **weak, QEMU_EXTRA="-device virtio-rng-device"):
        pass


@test("kcfi.calls")
def kcfi():
    """Calls through pointers of the right type go on, of another type they end the guest."""
    guest_image = image("tests/apps/kcfi", "kcfi")
    right = boot(guest_image, ARGS="right")
    expect("called 43" in right.text and right.status == 0, f"status {right.status}", right.text)
    wrong = boot(guest_image, ARGS="wrong")
    expect(wrong.status == 134 and "invalid opcode in call" in wrong.text,
           f"status {wrong.status}", wrong.text)
