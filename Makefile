# SPDX-License-Identifier: BSD-3-Clause
# The front door: what people type. It finds the tools, makes the configuration and hands over to
# the engine (Makefile.uk), once per target. An application's own Makefile includes it.
ASHLAR := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
.DEFAULT_GOAL := image
MAKEFLAGS += --no-print-directory

# The application: A=, or the folder that we are in, or httpd.
A ?= $(if $(filter-out $(ASHLAR),$(if $(wildcard Config.uk),$(CURDIR))),$(CURDIR),apps/httpd)
override A := $(abspath $(if $(wildcard $(A)/Config.uk)$(filter /%,$(A)),,$(ASHLAR)/)$(A))
override O := $(abspath $(or $(O),$(ASHLAR)/build))
override L := $(foreach p,$(subst :, ,$(L)),$(abspath $(p)))
app := $(notdir $(A))
out := $(O)/$(app)
DL_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ashlar
# Objects that no option reaches are found by the hash of what made them: one place for all clones.
SHARED ?= $(DL_DIR)/objects
$(if $(filter-out 3,$(words $(ASHLAR) $(O) $(A))),$(error paths with spaces do not work with make: $(ASHLAR), $(O), $(A)))
# What is built may not fall together with what is written, or with what else lies in $(O).
$(if $(filter $(out) $(out)/%,$(A)),$(error O=$(O): $(out) would be the application's own folder: give another O=))
kept := src shared host test rebuild thinlto planted fuzz analyze bench boots soak
$(if $(filter $(kept),$(app)),$(error A=$(A): the build folder keeps something else under the name $(app): rename the folder))

configs := menuconfig guiconfig defconfig savedefconfig olddefconfig listnewconfig allnoconfig \
	allyesconfig randconfig
NO_TOOLS_GOALS += help clean distclean new-app
-include $(ASHLAR)/support/deps/deps.mk
$(if $(filter-out clang gcc,$(COMPILER)),$(error COMPILER=$(COMPILER) is unknown: there are clang, gcc (CC= names another clang)))
compiler := $(if $(filter gcc,$(COMPILER)),gcc,$(CC))
config = $(PYTHON) $(ASHLAR)/support/build/config.py --app '$(A)' --out '$(O)' --lib '$(L)' \
	--fragments '$(F)' --compiler '$(compiler)' --seed '$(SEED)'
jobs = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
tools = DL_DIR=$(DL_DIR) $(if $(SHARED),SHARED=$(abspath $(SHARED))) PYTHON=$(PYTHON) CC=$(compiler) LD=$(LD) AR=$(AR) OBJCOPY=$(OBJCOPY)
engine = $(MAKE) $(jobs) -C $(ASHLAR) -f Makefile.uk O=$(patsubst $(ASHLAR)/%,%,$(O)) APP=$(app) $(tools)

# exec, here and elsewhere: what make ends on SIGTERM is the work itself, not a shell above it
image: configured
	@rm -f $(out)/.changed
	+@set -- $$(cat $(out)/targets); while [ $$# -gt 1 ]; do $(engine) TARGET=$$1 || exit; shift; done; \
		[ $$# = 0 ] || exec $(engine) TARGET=$$1
	@test -e $(out)/.changed || echo 'nothing to do'
configured:
	@$(config) gen
$(configs):
	@$(config) $@
help:
	@cat $(ASHLAR)/support/build/help.txt
new-app:
	@$(ASHLAR)/support/build/new-app '$(NAME)' '$(DIR)' $(kept)
why: $(if $(X),image)
	@$(PYTHON) $(ASHLAR)/support/build/why.py --app '$(A)' --out '$(O)' --lib '$(L)' '$(X)'
rebuild-test:
	+@exec $(PYTHON) $(ASHLAR)/tests/rebuild/rebuild.py --app '$(A)' --out '$(O)/rebuild' --engine '$(MAKE) $(jobs) -C $(ASHLAR) -f Makefile.uk $(tools)'
fetch:
	@cd $(ASHLAR) && $(PYTHON) support/build/fetch.py $(patsubst $(ASHLAR)/%/source,%,$(wildcard \
		$(ASHLAR)/ports/*/source)) --dl '$(DL_DIR)' --dest '$(O)/src' --download-only $(if $(OFFLINE),--offline)
clean:
	@rm -rf $(out)
distclean:
	@case ' $(ASHLAR)/ $(A)/ $(HOME)/' in *' $(O:/=)/'*) \
		echo 'error: O=$(O) holds more than what was built: it stays' >&2; exit 1 ;; esac
	@rm -rf $(O)
.PHONY: image configured $(configs) help new-app why rebuild-test fetch clean distclean
-include $(ASHLAR)/support/run/run.mk $(ASHLAR)/support/check/check.mk $(ASHLAR)/tests/tests.mk \
	$(ASHLAR)/support/exact/exact.mk $(ASHLAR)/support/bench/bench.mk
