# SPDX-License-Identifier: BSD-3-Clause
# make check, make check-selftest; included by the front door.

# What some rules look at is what was built: hello, and the project's other applications that
# are in $(O), brought up to date first.
.PHONY: check check-selftest
check.images := headers symbols privileged
check.apps = $(sort apps/hello $(foreach a,$(foreach f,$(wildcard $(O)/*/.app),$(file <$f)),\
	$(if $(filter-out /%,$a),$(if $(wildcard $(ASHLAR)/$a/Config.uk),$a))))
check:
	+@set -e; for a in $(if $(RULES),$(if $(filter $(check.images),$(RULES)),$(check.apps)),$(check.apps)); do \
		$(MAKE) A=$(ASHLAR)/$$a O=$(O) F= L= image; done
	@$(PYTHON) $(ASHLAR)/support/check/check.py --out $(O) $(RULES)

check-selftest:
	@$(PYTHON) $(ASHLAR)/support/check/selftest.py

# Static analysis: clang's analyzer and cppcheck over what these applications are made of, in their
# own configurations; apps/faults is made of faults. FILES='glob glob' looks at some.
.PHONY: analyze analyze-db
analyze.apps := tests/guest apps/httpd apps/hello apps/netping apps/threads
analyze:
	@mkdir -p $(O)/analyze $(O)/src && ln -sfn ../src $(O)/analyze/src
	+@for a in $(analyze.apps); do $(MAKE) A=$(ASHLAR)/$$a O=$(O)/analyze F= L= analyze-db || exit; done
	@$(PYTHON) $(ASHLAR)/support/check/analyze.py --out $(O)/analyze $(notdir $(analyze.apps)) \
		$(if $(FILES),--files $(foreach g,$(FILES),'$g'))
analyze-db: configured
	+@$(engine) -s TARGET=kvm-x86_64 $(patsubst $(ASHLAR)/%,%,$(O))/$(app)/compile_commands.json
