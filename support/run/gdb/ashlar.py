# SPDX-License-Identifier: BSD-3-Clause
"""gdb commands for a stopped guest. Loaded by make debug."""
