# SPDX-License-Identifier: BSD-3-Clause
# Tests on the host: called by tests/tests.mk. For every library whose Makefile.uk has hosttest-y:
#   asan    one CPU, under ASan and UBSan
#   tsan    four host threads as CPUs, under TSan, where a test uses uk_test_smp()
#   nolock  as tsan with the library's spinlocks compiled out: TSan must report it
# A program is the library's own objects, lib/test, and, as needed, the host's members of the
# contracts (this folder) and the sources of other libraries.

ROOT := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))../..)
OUT ?= $(ROOT)/build/host
CC_HOST ?= clang-19
PYTHON ?= /usr/bin/python3
export OUT CC_HOST PYTHON LIB V
HERE := $(ROOT)/tests/host
ifneq ($(V),1)
Q := @
endif
.DELETE_ON_ERROR:
.SECONDARY:

FOLDERS := $(patsubst %/Config.uk,%,$(wildcard $(foreach d,lib drivers plat apps,$(ROOT)/$(d)/*/Config.uk)))
TESTED := $(patsubst %/Makefile.uk,%,$(shell grep -ls '^hosttest-y' $(FOLDERS:%=%/Makefile.uk)))
# LIB="frames vm" builds and runs these alone (other libraries still serve them).
NAMES := $(notdir $(TESTED))
$(if $(filter-out $(NAMES),$(LIB)),$(error LIB=$(LIB): no such library with tests for the host: there are $(sort $(NAMES))))

# $(1): a library's folder. Reads its file names and finds out whether it has SMP tests.
define read_library
hosttest-y :=
implements-y :=
include $(1)/Makefile.uk
DIR_$(notdir $(1)) := $(1)
SRCS_$(notdir $(1)) := $$(hosttest-y)
# lib/heap is one half of the contract heap: its members' programs have it and its tests in them, but
# for what a member has in a file of the same name.
FRONT_$(notdir $(1)) := $$(filter-out $(notdir $(1)),$$(filter $$(implements-y),$(NAMES)))
EXTRA_$(notdir $(1)) := $$(wildcard $(HERE)/$(notdir $(1))_test.c)
endef
$(foreach d,$(TESTED),$(eval $(call read_library,$(d))))
FRONTS := $(sort $(foreach n,$(NAMES),$(FRONT_$(n))))
WHOLE := $(filter-out $(FRONTS),$(NAMES))
RUN := $(or $(strip $(foreach n,$(WHOLE),$(if $(filter $(LIB),$(n) $(FRONT_$(n))),$(n)))),$(WHOLE))

# What a library selects or implies, and with all that follows: only these may serve it here.
$(foreach d,$(FOLDERS),$(eval SELECTS_$(notdir $(d)) := $(shell \
	sed -nE 's/^\s+(select|imply) LIB_(\w+).*/\2/p; s/^\s+select USE_SCHED.*/sched-fair/p' \
		$(d)/Config.uk | tr A-Z_ a-z-)))
next = $(sort $(1) $(foreach n,$(1),$(SELECTS_$(n))))
closure = $(if $(filter-out $(1),$(call next,$(1))),$(call closure,$(call next,$(1))),$(1))
$(foreach n,$(NAMES),$(eval SERVES_$(n) := $(filter $(NAMES),log test $(call closure,$(n)))))

# $(1): library, $(2): itself or its front -> what its program has of that
used = $(if $(filter $(1),$(2)),$(SRCS_$(2)),$(filter-out $(SRCS_$(1)),$(SRCS_$(2))))
sources = $(foreach n,$(1) $(FRONT_$(1)),$(addprefix $(DIR_$(n))/,$(call used,$(1),$(n))))
SMP := $(foreach n,$(filter-out test,$(WHOLE)),$(if $(shell grep -ls 'uk_test_smp' \
	$(foreach f,$(call sources,$(n)),$(if $(findstring /test/,$(f)),$(f)))),$(n)))
# Those that have spinlocks to leave out.
NOLOCK := $(foreach n,$(SMP),$(if $(shell grep -l 'uk_spin_' \
	$(foreach f,$(call sources,$(n)),$(if $(findstring /test/,$(f)),,$(f)))),$(n)))

INCLUDES := -I $(ROOT)/include -I $(HERE)/include $(patsubst %,-I %/include,$(FOLDERS)) $(INCLUDES_EXTRA)
FLAGS := -std=gnu11 -g -O1 -fno-omit-frame-pointer -fno-strict-aliasing -Wall -Wextra -Wundef \
	-Werror -DUK_HOST=1 '-DUK_TABLE_EXTRA=__attribute__((no_sanitize("address")))' \
	$(INCLUDES) -MMD -MP
SAN_asan := -fsanitize=address,undefined -fno-sanitize-recover=undefined
SAN_tsan := -fsanitize=thread
SAN_nolock := $(SAN_tsan)
OPTIONS := PREEMPT=1 PREEMPT_COUNT=1 VM_DEMAND=1 USE_HEAP=0 LIB_CONSOLE=1 LIB_TEST=1 LOG_LEVEL=4 ASSERT=1 \
	'APP_NAME="host"'
OPTIONS_asan := LIB_SMP=0 CPUS_MAX=1
OPTIONS_tsan := LIB_SMP=1 CPUS_MAX=4

MEMBERS := $(patsubst $(HERE)/%.c,%,$(filter-out %_test.c,$(wildcard $(HERE)/*.c)))

# $(1): variant, $(2): library -> its objects
objects = $(foreach n,$(2) $(FRONT_$(2)),$(patsubst %.c,$(OUT)/$(1)/$(n)/%.o,$(call used,$(2),$(n)))) \
	$(patsubst $(HERE)/%.c,$(OUT)/$(1)/$(2)/host/%.o,$(EXTRA_$(2)))
core = $(foreach n,$(2) $(FRONT_$(2)),\
	$(patsubst %.c,$(OUT)/$(1)/$(n)/%.o,$(filter-out test/%,$(call used,$(2),$(n)))))
tests = $(filter-out $(core),$(objects))
pool = $(patsubst %,$(OUT)/$(1)/host/%.o,\
	$(filter-out $(if $(filter vm,$(SERVES_$(2))),novm),$(MEMBERS))) $(foreach n,$(SERVES_$(2)),$(call core,$(1),$(n)))

# $(1): variant whose config.h is used, $(2): variant, $(3): library, $(4): more flags
define compile_rules
$(OUT)/$(2)/$(3)/%.o: $(DIR_$(3))/%.c $(OUT)/$(1)/config.h
	@mkdir -p $$(@D)
	$(Q)$(CC_HOST) $(FLAGS) $(SAN_$(1)) -include $(OUT)/$(1)/config.h -DUK_LIB='"$(3)"' $(4) \
		-I $(DIR_$(3)) -c $$< -o $$@
$(OUT)/$(2)/$(3)/host/%.o: $(HERE)/%.c $(OUT)/$(1)/config.h
	@mkdir -p $$(@D)
	$(Q)$(CC_HOST) $(FLAGS) $(SAN_$(1)) -include $(OUT)/$(1)/config.h -DUK_LIB='"$(3)"' \
		-I $(DIR_$(3)) -c $$< -o $$@
endef
define variant_rules
$(OUT)/$(1)/host/%.o: $(HERE)/%.c $(OUT)/$(1)/config.h
	@mkdir -p $$(@D)
	$(Q)$(CC_HOST) $(FLAGS) $(SAN_$(1)) -include $(OUT)/$(1)/config.h -DUK_LIB='"host"' \
		-c $$< -o $$@
$(OUT)/$(1)/config.h: $(FOLDERS:%=%/Config.uk) $(TESTED:%=%/Makefile.uk) $(HERE)/generate.py \
		$(HERE)/host.mk
	$(Q)$(PYTHON) $(HERE)/generate.py $$(@D) $(FOLDERS) $(ROOT)/include \
		$(OPTIONS) $(OPTIONS_$(1))
	@touch $$@
endef
$(foreach v,asan tsan,$(eval $(call variant_rules,$(v))))
$(foreach n,$(NAMES),$(foreach v,asan tsan,$(eval $(call compile_rules,$(v),$(v),$(n),))))
$(foreach n,$(sort $(NOLOCK) $(FRONTS)),$(eval $(call compile_rules,tsan,nolock,$(n),-include $(HERE)/nolock.h)))

# $(1): variant of the rest, $(2): variant, $(3): library, $(4): its objects
define link_rule
PROGRAMS += $(OUT)/$(2)/$(3)/test.run
$(OUT)/$(2)/$(3)/test.run: $(4) $(call pool,$(1),$(3))
	$(Q)$(CC_HOST) $(SAN_$(1)) -fuse-ld=lld -Wl,-T,$(OUT)/$(1)/tables.ld $(4) \
		-Wl,--start-lib $(call pool,$(1),$(3)) -Wl,--end-lib -pthread -o $$@
endef
$(foreach n,$(RUN),$(eval $(call link_rule,asan,asan,$(n),$(call objects,asan,$(n)))))
$(foreach n,$(filter $(RUN),$(SMP)),$(eval $(call link_rule,tsan,tsan,$(n),$(call objects,tsan,$(n)))))
$(foreach n,$(filter $(RUN),$(NOLOCK)),$(eval $(call link_rule,tsan,nolock,$(n),\
	$(call core,nolock,$(n)) $(filter-out $(call core,tsan,$(n)),$(call objects,tsan,$(n))))))

.PHONY: programs test
programs: $(PROGRAMS)
# What does not build is one more failure, not the end of the others.
test:
	$(Q)built=yes; $(MAKE) --no-print-directory -k -f $(HERE)/host.mk programs || built=no; \
	$(PYTHON) $(HERE)/run.py $$built "$(T)" $(PROGRAMS)

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
