# SPDX-License-Identifier: BSD-3-Clause
# Run so that an instruction is a nanosecond of virtual time, and a cycle of its counter.
run: export ACCEL ?= tcg
run: export QEMU_EXTRA ?= -icount shift=0,sleep=off
