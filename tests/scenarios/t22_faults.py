# SPDX-License-Identifier: BSD-3-Clause
"""All faults that apps/faults knows, on one machine, with a timer running."""
from build import image
from guest import boot
from registry import expect, test

# What the panic line says of each; faults that t20_boot.py has are here again, with the timer.
KINDS = {
    "null-read": "page fault (read) at 0x0 in null_read",
    "null-write": "page fault (write) at 0x0 in null_write",
    "low-write": "page fault (write) at 0xfff0 in low_write",
    "text-write": "page fault (write) at",
    "text-alias-write": "page fault (write) at",
    "rodata-write": "page fault (write) at",
    "general-protection": "general protection in general_protection",
    "stack-overflow": "stack overflow (write) at",
    "thread-stack-overflow": "stack overflow (write) at",
    "pthread-stack-overflow": "stack overflow (write) at",
    "double-fault": "double fault in double_fault",
    "data-jump": "called from data_jump",
    "stack-jump": "called from stack_jump",
    "null-jump": "called from null_jump",
    "div-zero": "division error in div_zero",
    "bad-opcode": "invalid opcode in bad_opcode",
    "smash-stack": "stack smashed in smash_stack",
    "assert": "assertion failed: zero == 1 (code.c",
    "heap-double-free": "heap: double free in",
    "heap-overflow": "heap: overflow of this block in",
    "heap-realloc-overflow": "heap: overflow of this block in",
    "heap-foreign-free": "heap: foreign pointer in",
    "heap-inner-free": "heap: foreign pointer or overwritten header in",
    "heap-misaligned-free": "heap: foreign pointer in",
    "heap-write-after-free": "heap: a free block was overwritten in",
}


@test("fault.ticking")
def ticking():
    guest = image("apps/faults")
    for name, kind in KINDS.items():
        result = boot(guest, MACHINE="microvm-noacpi", ARGS=f"ticking {name}")
        lines = [line for line in result.lines if "[ashlar] panic: " in line]
        expect(result.status == 134 and len(lines) == 1 and kind in lines[0],
               f"{name}: status {result.status}: {lines}", result.text)
        expect("[ashlar] panic end" in result.lines, f"{name}: no end", result.text)


@test("fault.list")
def listed():
    """None was forgotten here."""
    result = boot(image("apps/faults"), ARGS="list")
    names = {line.strip() for line in result.lines if line and line[0].islower()
             and " " not in line.strip()}
    others = {"abort", "deadlock", "heap-late-write", "heap-leak", "heap-underflow",
              "heap-use-after-free", *(name for name in names if name.startswith("lock-"))}
    expect(names == set(KINDS) | others, f"names differ: {sorted(names ^ set(KINDS) ^ others)}",
           result.text)
