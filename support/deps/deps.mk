# SPDX-License-Identifier: BSD-3-Clause
# The tools: looked for once, their names kept in $(O)/tools.mk, looked for again when the list
# changes or one of them is gone. Include this where $(O) is known and ASHLAR is the framework's
# folder; afterwards PYTHON, CC, LD, AR, NM, OBJCOPY, SYMBOLIZER, QEMU and GIT are names that run.
# Goals that need no tools (help, doctor, clean ...) name themselves in NO_TOOLS_GOALS before.

ifeq ($(filter grouped-target,$(.FEATURES)),)
$(error GNU make 4.3 or later is needed, this is $(MAKE_VERSION): type support/deps/setup --doctor)
endif

deps.goal := $(.DEFAULT_GOAL)
ASHLAR ?= $(abspath $(dir $(lastword $(MAKEFILE_LIST)))../..)
O ?= build
deps.dir := $(ASHLAR)/support/deps
NO_TOOLS_GOALS += help doctor setup clean distclean

ifneq ($(if $(MAKECMDGOALS),$(filter-out $(NO_TOOLS_GOALS),$(MAKECMDGOALS)),all),)
tools.mk := $(O)/tools.mk
deps.groups := run $(if $(filter test test-host test-hostile test-planted soak-http fuzz budget-check,$(MAKECMDGOALS)),test check) \
	$(if $(filter check check-selftest analyze,$(MAKECMDGOALS)),check)
deps.good := $(shell [ '$(tools.mk)' -nt '$(deps.dir)/debian-12.txt' ] && \
	[ '$(tools.mk)' -nt '$(deps.dir)/setup' ] && \
	for g in $(deps.groups); do grep -q "^TOOLS_GROUPS.* $$g" '$(tools.mk)' || exit; done && \
	ls $$(sed -n 's/^TOOLS_FOUND :=//p' '$(tools.mk)') >/dev/null 2>&1 && echo good)
ifeq ($(deps.good),)
# a shell function does not see what was given on the command line
deps.given := $(foreach v,CC LD OBJCOPY NM AR SYMBOLIZER PYTHON QEMU GIT,\
	$(if $(filter command environment,$(firstword $(origin $v))),$v='$($v)'))
$(shell SETUP='$(SETUP)' $(deps.given) $(deps.dir)/setup --makefile '$(tools.mk)' $(deps.groups) >&2)
ifneq ($(.SHELLSTATUS),0)
$(error the tools are not complete (above); make doctor lists them)
endif
endif
include $(tools.mk)
$(tools.mk): ;
endif

.PHONY: doctor setup
doctor:
	@$(deps.dir)/setup --doctor
setup:
	@SETUP='$(SETUP)' $(deps.dir)/setup run test check
.DEFAULT_GOAL := $(deps.goal)
