# SPDX-License-Identifier: BSD-3-Clause
"""The machines, and what each wants on QEMU's command line (QEMU 7.2 and later)."""
import errors

# How devices attach. microvm has virtio over MMIO: 24 places with ACPI, 8 without; QEMU fills them
# from the last one down, and so do we, but by name, so that the guest's command line cannot differ.
MMIO_BASE, MMIO_STEP, MMIO_IRQ = 0xfeb00000, 0x200, 5

MICROVM = "microvm,x-option-roms=off,rtc=on"
NOW = {
    "microvm": MICROVM,
    "microvm-noacpi": MICROVM + ",acpi=off,auto-kernel-cmdline=off",
    "pc": "pc",
    "q35": "q35",
}
LATER = ("ovmf", "grub-iso", "xen-pv-dom0", "xen-pvh-dom0", "xen-pv", "xen-pvh", "virt-gicv2",
         "virt-gicv3", "virt-uefi", "xen-dom0", "xen-dom0less", "xen-domu")


# The firmware of these keeps its tables at the top of the memory, and moves there through what lies
# below: an image that is nearer loses its own code, and could not even say so.
FIRMWARE_BYTES = {"pc": 512 << 10, "q35": 512 << 10}


def check(name):
    if name in LATER:
        raise errors.RunError(f"MACHINE={name} is not in this version: there are "
                              + ", ".join(NOW))
    if name not in NOW:
        raise errors.RunError(f"MACHINE={name} is unknown: there are " + ", ".join(NOW))


def comma(text):
    """A value inside a QEMU option list: a comma is written twice."""
    return text.replace(",", ",,")


class Devices:
    """Collects devices for one machine; `line` is what the guest must be told about them."""

    def __init__(self, machine):
        self.machine = machine
        self.mmio = machine.startswith("microvm")
        self.args, self.line = [], []
        self.slots = 8 if machine == "microvm-noacpi" else 24

    def virtio(self, kind, options, vectors=0):
        """kind: net, blk, rng; options: `name=value` texts; vectors: MSI-X vectors on PCI."""
        if not self.mmio:
            options = ["disable-legacy=on"] + options
            if vectors:
                options.append(f"vectors={vectors}")
            if kind == "net":
                options.append("romfile=")
            self.args += ["-device", ",".join([f"virtio-{kind}-pci"] + options)]
            return
        if not self.slots:
            raise errors.RunError(f"MACHINE={self.machine} has no place for more devices")
        self.slots -= 1
        options = options + [f"bus=virtio-mmio-bus.{self.slots}"]
        self.args += ["-device", ",".join([f"virtio-{kind}-device"] + options)]
        if self.machine == "microvm-noacpi":
            base = MMIO_BASE + MMIO_STEP * self.slots
            self.line.append(f"{MMIO_STEP}@{base:#x}:{MMIO_IRQ + self.slots}")


def base_args(machine):
    """What every run has, whatever the guest."""
    args = ["-machine", NOW[machine], "-nodefaults", "-no-user-config", "-display", "none",
            "-no-reboot", "-device", "isa-debug-exit,iobase=0x501,iosize=4"]
    if machine.startswith("microvm"):
        args += ["-global", "virtio-mmio.force-legacy=false"]
    else:
        args += ["-vga", "none"]
    return args
