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
include $(O)/tools.mk

$(O)/tools.mk: $(deps.dir)/debian-12.txt $(deps.dir)/setup
	@SETUP=$(SETUP) $(deps.dir)/setup --makefile $@ run

ifneq ($(words $(TOOLS_FOUND)),$(words $(if $(MAKE_RESTARTS),$(TOOLS_FOUND),$(wildcard $(TOOLS_FOUND)))))
.PHONY: tools-again
$(O)/tools.mk: tools-again
endif
endif

.PHONY: doctor setup
doctor:
	@$(deps.dir)/setup --doctor
setup:
	@SETUP=$(SETUP) $(deps.dir)/setup run test check

.DEFAULT_GOAL := $(deps.goal)
