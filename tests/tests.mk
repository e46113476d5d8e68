# SPDX-License-Identifier: BSD-3-Clause
# Targets that test. Included by the build engine.

.PHONY: test test-list test-host

# Everything, or T='glob glob'; set-up of what is missing has been done by the front door.
test: # the tests call make themselves, for which T= means something else
	@set -f; exec env -u MAKEFLAGS -u MFLAGS -u T $(PYTHON) $(ASHLAR)/tests/run.py $(T)
test-list:
	@$(PYTHON) $(ASHLAR)/tests/run.py --list

# Unit tests of libraries that touch no hardware, as programs of the host under sanitizers.
test-host:
	+@$(MAKE) --no-print-directory -f $(ASHLAR)/tests/host/host.mk \
		-j$(shell nproc) OUT=$(abspath $(O))/host T="$(T)" LIB="$(LIB)" V=$(V) test

# Attacks over the network and abuses by the host: T= picks, T=list names them, SEED= gives other
# numbers.
.PHONY: test-hostile
test-hostile:
	@set -f; exec env -u MAKEFLAGS -u MFLAGS -u T SEED='$(SEED)' $(PYTHON) $(ASHLAR)/tests/hostile/run.py $(T)

# Faults that the tests must catch: T='glob' picks some.
.PHONY: test-planted
test-planted:
	@set -f; exec env -u MAKEFLAGS -u MFLAGS -u T $(PYTHON) $(ASHLAR)/tests/planted.py --out '$(O)/planted' $(T)

# Parsers under libFuzzer, one after the other: T=name for one, T=list for the names; SECONDS= for each
# (60; 0: until Ctrl-C). Findings are kept in $(O)/fuzz/<name>/.
SECONDS ?= 60
fuzz:
	@CC_HOST='$(CC)' exec $(PYTHON) $(ASHLAR)/tests/fuzz/run.py --out $(abspath $(O))/fuzz --seconds='$(SECONDS)' $(T)
.PHONY: fuzz

# Malformed requests and frames, then the right bytes: minutes.
.PHONY: soak-http
soak-http:
	@set -f; exec env -u MAKEFLAGS -u MFLAGS SEED='$(SEED)' $(PYTHON) $(ASHLAR)/tests/hostile/soak_http.py \
		$(or $(REQUESTS),100000) $(or $(FRAMES),10000)

# Many boots, each with other CPUs, memory and machine: N= of them, by SEED=.
.PHONY: boots soak
boots.app := $(ASHLAR)/apps/threads
boots:
	+@$(MAKE) A=$(boots.app) O=$(O) F= image
	@exec env -u MAKEFLAGS -u MFLAGS $(PYTHON) $(ASHLAR)/tests/long/boots.py \
		$(O)/$(notdir $(boots.app))/$(notdir $(boots.app))_kvm-x86_64 $(O)/boots '$(or $(N),200)' '$(or $(SEED),1)'

# The same work for MINUTES=, by apps/threads or A=; SMP= CPUs (4), MEM= and what else run takes.
soak.app = $(if $(filter A=%,$(MAKEOVERRIDES))$(filter-out $(ASHLAR),$(if $(wildcard Config.uk),$(CURDIR))),$(A),$(ASHLAR)/apps/threads)
-include $(soak.app)/run.mk
soak:
	+@$(MAKE) A=$(soak.app) O=$(O) image
	@exec env -u MAKEFLAGS -u MFLAGS $(PYTHON) $(ASHLAR)/tests/long/soak.py \
		$(O)/$(notdir $(soak.app))/$(notdir $(soak.app))_kvm-x86_64 $(O)/soak '$(or $(MINUTES),10)'
