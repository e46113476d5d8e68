# SPDX-License-Identifier: BSD-3-Clause
# Fuzz targets, called by run.py: libFuzzer with ASan and UBSan over the libraries' own sources, built as the
# host tests are (tests/host/host.mk). A target is <name>.c here; its seeds are corpus/<name>/.
#	make -f fuzz.mk OUT=folder PROGRAMS_OUT=folder targets | list

FUZZ := $(abspath $(dir $(lastword $(MAKEFILE_LIST))))
.DEFAULT_GOAL := targets
include $(FUZZ)/../host/host.mk

TARGETS := $(filter-out common planted net net-app net-ip net-tcp net-dhcp,$(basename $(notdir $(wildcard $(FUZZ)/*.c))))
MADE := $(or $(filter $(TARGETS) planted,$(T)),$(TARGETS))
PROGRAMS_OUT ?= $(OUT)

# Libraries all of whose objects are in the target: drivers, which nobody calls by name.
libs_virtio-net := virtio-net
# Sources beside those that the host tests have.
srcs_pci := lib/pci/pci.c lib/pci/msix.c
srcs_http := apps/httpd/response.c

SAN_fuzz := $(SAN_asan) -fsanitize=fuzzer-no-link
OPTIONS_fuzz := $(OPTIONS_asan)
$(eval $(call variant_rules,fuzz))
$(OUT)/fuzz/config.h: $(FUZZ)/fuzz.mk
$(foreach n,$(NAMES),$(eval $(call compile_rules,fuzz,fuzz,$(n),)))

compile = $(Q)$(CC_HOST) $(FLAGS) $(SAN_fuzz) -include $(OUT)/fuzz/config.h -DUK_LIB='"fuzz"' -I $(ROOT) -c $< -o $@
$(OUT)/fuzz/targets/%.o: $(FUZZ)/%.c $(OUT)/fuzz/config.h
	@mkdir -p $(@D)
	$(compile)
$(OUT)/fuzz/srcs/%.o: $(ROOT)/%.c $(OUT)/fuzz/config.h
	@mkdir -p $(@D)
	$(compile)

# What serves the target is linked as it is needed: the host's members of the contracts first.
members := $(patsubst %,$(OUT)/fuzz/host/%.o,$(filter-out test_host,$(MEMBERS)))
served := $(members) $(foreach n,$(filter-out heap heap-% sched-coop timer clock test,$(NAMES)),$(call core,fuzz,$(n)))
# $(1): a target
objects_of = $(OUT)/fuzz/targets/$(1).o $(OUT)/fuzz/targets/common.o \
	$(foreach n,$(libs_$(1)),$(call core,fuzz,$(n))) $(patsubst %.c,$(OUT)/fuzz/srcs/%.o,$(srcs_$(1))) $(objs_$(1))
define target_rule
$(PROGRAMS_OUT)/$(1)/fuzz: $(call objects_of,$(1)) $(served)
	@mkdir -p $$(@D)
	$(Q)$(CC_HOST) $(SAN_asan) -fsanitize=fuzzer -fuse-ld=lld -Wl,-T,$(OUT)/fuzz/tables.ld $(call objects_of,$(1)) \
		-Wl,--start-lib $(filter-out $(call objects_of,$(1)),$(served)) -Wl,--end-lib -pthread -o $$@
endef
$(foreach n,$(TARGETS) planted,$(eval $(call target_rule,$(n))))

.PHONY: targets list
targets: $(MADE:%=$(PROGRAMS_OUT)/%/fuzz)
list:
	@printf '%s\n' $(TARGETS)
