# SPDX-License-Identifier: BSD-3-Clause
# Targets that test. Included by the build engine.

.PHONY: test-host

# Unit tests of libraries that touch no hardware, as programs of the host under sanitizers.
test-host:
	+$(Q)$(MAKE) --no-print-directory -f $(dir $(lastword $(MAKEFILE_LIST)))host/host.mk \
		-j$(shell nproc) OUT=$(abspath $(O))/host T="$(T)" LIB="$(LIB)" V=$(V) test
