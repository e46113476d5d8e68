# SPDX-License-Identifier: BSD-3-Clause
# Fuzz targets, called by run.py: libFuzzer with ASan and UBSan over the libraries' own sources, built as the
# host tests are (tests/host/host.mk). A target is <name>.c here; its seeds are corpus/<name>/.
#	make -f fuzz.mk OUT=folder PROGRAMS_OUT=folder SRC=sources-of-ports targets | list

FUZZ := $(abspath $(dir $(lastword $(MAKEFILE_LIST))))
.DEFAULT_GOAL := targets
include $(FUZZ)/../host/host.mk

TARGETS := $(filter-out common planted net net-app,$(basename $(notdir $(wildcard $(FUZZ)/*.c))))
MADE := $(or $(filter $(TARGETS) planted,$(T)),$(TARGETS))
PROGRAMS_OUT ?= $(OUT)

# lwIP with our sources beside it, as the port names them; run.py has fetched it into SRC.
CONFIG_LWIP_IPV6 := y
CONFIG_LWIP_DHCP := y
dir := $(ROOT)/ports/lwip
src-dir := $(SRC)/lwip-2.1.3
upstream-y :=
include $(dir)/Makefile.uk
UPSTREAM := $(filter-out $(foreach f,$(upstream-n),$(wildcard $(src-dir)/$(f))),\
	$(foreach f,$(upstream-y),$(wildcard $(src-dir)/$(f))))
# These two are in net.c.
LWIP := $(filter-out heap.c random.c,$(srcs-y))
INCLUDES_lwip := -I $(dir)/include -I $(src-dir)/src/include
FOLDERS += $(dir)

# Libraries all of whose objects are in the target: drivers, which nobody calls by name.
libs_virtio-net := virtio-net
# Sources beside those that the host tests have.
srcs_pci := lib/pci/msix.c
srcs_http := apps/httpd/response.c

# libc's resolver with its own headers; what it asks of the system is in dns.c.
MUSL := $(SRC)/musl-1.2.3
MUSL_CALLS := socket bind connect getsockname setsockopt close sendto recvfrom poll clock_gettime
MUSL_FLAGS := -nostdinc -D_XOPEN_SOURCE=700 $(patsubst %,-isystem $(MUSL)/%,gen/x86_64/internal arch/x86_64 arch/generic \
	src/include src/internal gen/x86_64/include include) -isystem $(shell $(CC_HOST) -print-resource-dir)/include \
	-I $(ROOT)/include $(foreach c,$(MUSL_CALLS),-D$(c)=fuzz_$(c)) -Dpthread_setcancelstate=fuzz_setcancelstate
objs_dns := $(patsubst %,$(OUT)/fuzz/musl/%.o,lookup_name lookup_ipliteral dns_parse dn_expand inet_aton res_mkquery res_msend)

NET := $(basename $(notdir $(wildcard $(FUZZ)/net*.c)))
lwip_objects := $(LWIP:%.c=$(OUT)/fuzz/lwip/%.o) $(UPSTREAM:$(src-dir)/%.c=$(OUT)/fuzz/lwip/up/%.o)
net_objects := $(OUT)/fuzz/targets/net.o $(OUT)/fuzz/targets/net-app.o $(lwip_objects)
objs_net-ip := $(net_objects)
objs_net-tcp := $(net_objects)
objs_net-dhcp := $(net_objects)

SAN_fuzz := $(SAN_asan) -fsanitize=fuzzer-no-link
OPTIONS_fuzz := $(OPTIONS_asan)
$(eval $(call variant_rules,fuzz))
$(OUT)/fuzz/config.h: $(FUZZ)/fuzz.mk
$(foreach n,$(NAMES),$(eval $(call compile_rules,fuzz,fuzz,$(n),)))

compile = $(Q)$(CC_HOST) $(FLAGS) $(SAN_fuzz) -include $(OUT)/fuzz/config.h $(or $(2),-DUK_LIB='"fuzz"') -I $(ROOT) $(1) -c $< -o $@
$(NET:%=$(OUT)/fuzz/targets/%.o): $(OUT)/fuzz/targets/%.o: $(FUZZ)/%.c $(OUT)/fuzz/config.h
	@mkdir -p $(@D)
	$(call compile,$(INCLUDES_lwip))
$(OUT)/fuzz/lwip/%.o: $(dir)/%.c $(OUT)/fuzz/config.h
	@mkdir -p $(@D)
	$(call compile,$(INCLUDES_lwip),-DUK_LIB='"lwip"')
# Its structures of the wire lie at odd addresses by design; x86 does not mind.
$(OUT)/fuzz/lwip/up/%.o: $(src-dir)/%.c $(OUT)/fuzz/config.h
	@mkdir -p $(@D)
	$(call compile,$(INCLUDES_lwip) -w -fno-sanitize=alignment)
$(OUT)/fuzz/targets/%.o: $(FUZZ)/%.c $(OUT)/fuzz/config.h
	@mkdir -p $(@D)
	$(call compile)
$(OUT)/fuzz/musl/%.o: $(MUSL)/src/network/%.c $(FUZZ)/fuzz.mk
	@mkdir -p $(@D)
	$(Q)$(CC_HOST) -std=gnu11 -g -O1 -w $(SAN_fuzz) $(MUSL_FLAGS) -c $< -o $@
$(OUT)/fuzz/srcs/%.o: $(ROOT)/%.c $(OUT)/fuzz/config.h
	@mkdir -p $(@D)
	$(call compile)

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
