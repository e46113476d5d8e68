# SPDX-License-Identifier: BSD-3-Clause
# Targets that boot or measure an image; part of the front Makefile, which sets ASHLAR, O, app, out.
# MEM=, NET=, ARGS= and the rest reach the runner through the environment, where make puts what was
# given on its command line. PLAT= and ARCH= pick one of several targets.
run.dir := $(ASHLAR)/support/run
run.target = $(or $(if $(PLAT)$(ARCH),$(or $(PLAT),kvm)-$(or $(ARCH),x86_64)),kvm-x86_64)
run.image = $(out)/$(app)_$(run.target)
# exec: what make ends on SIGTERM is the runner itself, which then ends QEMU
run.tool = exec $(PYTHON) $(run.dir)/$1
NO_IMAGE ?=
# How an application wants to be run, if it says so: run: export QEMU_EXTRA ?= ...
-include $(A)/run.mk
run.needs := $(if $(NO_IMAGE),,image)

run: $(run.needs)
	@$(call run.tool,run) --for-make $(run.image)
debug: $(run.needs)
	@$(call run.tool,debug) $(run.image)
size: $(run.needs)
	@$(call run.tool,size) $(run.image) $(N)
boot-report: $(run.needs)
	@$(call run.tool,boot-report) $(run.image)
symbolize:
	@$(call run.tool,symbolize) $(run.image)

# Budgets are those of the applications' own configurations, built for release.
run.budget-apps ?= hello httpd
run.budget-images = $(foreach a,$(run.budget-apps),$(O)/$a/$a_kvm-x86_64)
budget-images:
	+@for a in $(run.budget-apps); do \
		$(MAKE) A=$(ASHLAR)/apps/$$a O=$(O) image || exit; done
budgets: budget-images
	@$(call run.tool,budget.py) write $(run.budget-images)
budget-check: budget-images
	@$(call run.tool,budget.py) check $(run.budget-images)
.PHONY: run debug size boot-report symbolize budgets budget-check budget-images
