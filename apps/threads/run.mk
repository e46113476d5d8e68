# SPDX-License-Identifier: BSD-3-Clause
# What makes it do its work for a number of seconds: make soak.
soak: export SOAK_ARGS ?= soak %d
